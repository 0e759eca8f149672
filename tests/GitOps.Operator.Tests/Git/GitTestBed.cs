using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using GitOps.Operator.Credentials;
using GitOps.Operator.Git;
using GitOps.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace GitOps.Operator.Tests.Git;

/// <summary>A directory of a test's own with source repositories, a cache for mirrors, and a clock that moves when told.</summary>
internal sealed class GitTestBed : IDisposable
{
    public static readonly CancellationToken None = CancellationToken.None;

    private readonly List<GitRepositories> _made = [];

    public GitTestBed() => Directory.CreateDirectory(Root);

    public string Root { get; } = Path.Combine(Path.GetTempPath(), "gitops-git-" + Guid.NewGuid().ToString("N"));

    public ManualTimeProvider Time { get; } = new();

    public CountingObserver Observer { get; } = new();

    public GitOptions Options => new()
    {
        CacheDirectory = Path.Combine(Root, "cache"),
        AllowLocalRepositories = true,
    };

    public TestRepository Repository(string name = "source") => new(Path.Combine(Root, name), create: true);

    public GitRepositories Open(Func<GitOptions, GitOptions>? change = null, IRefProbe? probe = null, TimeProvider? time = null,
        IRepositoryCredentials? credentials = null, ILogger? logger = null)
    {
        var options = change is null ? Options : change(Options);
        var services = new RepositoryServices(
            probe ?? NoRefProbe.Instance, Observer, new ObjectCache(options.ObjectCacheBytes), time ?? Time, () => 1, logger ?? NullLogger.Instance)
        {
            Credentials = credentials ?? NoCredentials.Instance,
        };
        var made = new GitRepositories(options, services);
        _made.Add(made);
        return made;
    }

    public void Dispose()
    {
        _made.ForEach(static one => one.Dispose());
        Directory.Delete(Root, recursive: true);
    }

    /// <summary>Until the condition holds; fails the test after a while.</summary>
    public static async Task EventuallyAsync(Func<bool> condition, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(60), what);
            await Task.Delay(5);
        }
    }
}

internal sealed class CountingObserver : IGitObserver
{
    private readonly ConcurrentQueue<(string Operation, string Result)> _runs = new();

    public void Ran(string operation, string result, TimeSpan duration) => _runs.Enqueue((operation, result));

    public int Count(string operation) => _runs.Count(run => run.Operation == operation);

    public int Count(string operation, string result) => _runs.Count(run => run == (operation, result));
}

/// <summary>A repository that stands for the server's.</summary>
internal sealed class TestRepository
{
    public TestRepository(string path, bool create)
    {
        Path = path;
        if (create)
        {
            Directory.CreateDirectory(path);
            Git("init", "--quiet", "--initial-branch=main");
            Git("config", "uploadpack.allowFilter", "true");
        }
    }

    public string Path { get; }

    public string Url => "file://" + Path;

    public void Write(string file, string content)
    {
        var full = System.IO.Path.Combine(Path, file);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(full)!);
        File.WriteAllText(full, content);
    }

    /// <returns>The commit's id.</returns>
    public string Commit(string message = "change")
    {
        Git("add", "--all");
        Git("commit", "--quiet", "--allow-empty", "--message", message);
        return Head();
    }

    public string CommitFile(string file, string content)
    {
        Write(file, content);
        return Commit($"write {file}");
    }

    public string Head() => Git("rev-parse", "HEAD");

    public string Git(params string[] arguments) => GitWithInput(null, arguments);

    public string GitWithInput(byte[]? input, params string[] arguments)
    {
        var start = new ProcessStartInfo("git")
        {
            UseShellExecute = false,
            WorkingDirectory = Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_AUTHOR_NAME"] = "Ada";
        start.Environment["GIT_AUTHOR_EMAIL"] = "ada@example.org";
        start.Environment["GIT_COMMITTER_NAME"] = "Grace";
        start.Environment["GIT_COMMITTER_EMAIL"] = "grace@example.org";
        start.Environment["GIT_AUTHOR_DATE"] = "2026-01-02T03:04:05+02:00";
        start.Environment["GIT_COMMITTER_DATE"] = "2026-01-02T03:04:06+02:00";
        using var process = Process.Start(start)!;
        process.StandardInput.BaseStream.Write(input ?? []);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, $"git {string.Join(' ', arguments)}: {errors.GetAwaiter().GetResult()}");
        return output.Trim();
    }

    /// <summary>A commit whose root tree has these entries, written as they are: no check keeps odd names out.</summary>
    public string CommitTree(params (string Mode, byte[] Name, string Id)[] entries)
    {
        using var tree = new MemoryStream();
        foreach (var (mode, name, id) in entries)
        {
            tree.Write(Encoding.ASCII.GetBytes(mode + " "));
            tree.Write(name);
            tree.WriteByte(0);
            tree.Write(Convert.FromHexString(id));
        }

        var treeId = GitWithInput(tree.ToArray(), "hash-object", "-t", "tree", "-w", "--stdin", "--literally");
        var commit = Git("commit-tree", treeId, "-m", "odd");
        Git("update-ref", "refs/heads/main", commit);
        return commit;
    }

    public string Blob(string content) => GitWithInput(Encoding.UTF8.GetBytes(content), "hash-object", "-w", "--stdin");
}

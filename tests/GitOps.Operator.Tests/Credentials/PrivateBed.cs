using System.Collections.Concurrent;
using System.Text;
using GitOps.Operator.Api;
using GitOps.Operator.Credentials;
using GitOps.Operator.Git;
using GitOps.Operator.Model;
using GitOps.Operator.Tests.Git;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Tests.Credentials;

/// <summary>
/// Repositories on real servers, the Secrets for them, and a record of everything that could show what is in those Secrets: the
/// arguments of every program that was run, logs, messages, and the files of the cache.
/// </summary>
internal sealed class PrivateBed : IDisposable
{
    private readonly ConcurrentQueue<string> _said = new();
    private readonly ConcurrentDictionary<string, byte> _commandLines = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<string> _secrets = [];
    private readonly GitHubTokens _tokens;
    private readonly Task _sampling;

    public PrivateBed()
    {
        Source = Bed.Repository("app");
        First = Source.CommitFile("a.yaml", "a: 1");
        _tokens = new(Bed.Time);
        Book = new(new TrustPolicy("gitops-system", ["platform"], null), _tokens);
        Wrap("git");
        Wrap("ssh");
        _sampling = Task.Run(SampleAsync);
    }

    public GitTestBed Bed { get; } = new();

    public TestRepository Source { get; }

    public string First { get; }

    public CredentialBook Book { get; }

    /// <summary>The arguments of every git and ssh, and the command lines of other programs that were seen.</summary>
    public string Arguments => (File.Exists(LogFile) ? File.ReadAllText(LogFile) : string.Empty) + string.Join('\n', _commandLines.Keys);

    /// <summary>What was logged, and what failed.</summary>
    public IReadOnlyCollection<string> Said => _said;

    private string LogFile => Path.Combine(Bed.Root, "arguments.log");

    private string Wrappers => Path.Combine(Bed.Root, "bin");

    private string Cache => Path.Combine(Bed.Root, "cache");

    public GitRepositories Open() => Bed.Open(
        options => options with
        {
            AllowLocalRepositories = false,
            GitProgram = Path.Combine(Wrappers, "git"),
            InheritedEnvironment = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["PATH"] = $"{Wrappers}:{Environment.GetEnvironmentVariable("PATH")}",
            },
        },
        credentials: Book,
        logger: new Listener(_said));

    /// <summary>Something that somebody could read.</summary>
    public void Hear(string text) => _said.Enqueue(text);

    /// <summary>Something that must never be seen anywhere.</summary>
    public string Secret(string text)
    {
        _secrets.Add(text);
        return text;
    }

    /// <summary>Tells the book of a Secret, as the watch would.</summary>
    public void Set(string @namespace, string name, params (string Key, string Value)[] data)
    {
        foreach (var (_, value) in data.Where(static pair => pair.Key is "password" or "bearerToken"))
        {
            Secret(value);
        }

        foreach (var (_, value) in data.Where(static pair => pair.Key is "sshPrivateKey" or "tlsClientCertKey" or "githubAppPrivateKey"))
        {
            // A line of it: the first ones are the same in every key.
            Secret(value.Trim().Split('\n')[^3]);
        }

        Book.Set(Secrets.Repository(@namespace, name, data).Read());
    }

    public async Task<GitException> FailsAsync(GitRepositories repositories, RepositoryAddress address, GitFailure kind)
    {
        var failure = await Should.ThrowAsync<GitException>(() => repositories.RefreshAsync(address, GitTestBed.None));
        _said.Enqueue(failure.ToString());
        failure.Kind.ShouldBe(kind, failure.Message);
        repositories.StateOf(address).Failure!.Message.ShouldBe(failure.Message);
        return failure;
    }

    public async Task<string> ReadsAsync(GitRepositories repositories, RepositoryAddress address, string? sha = null)
    {
        await repositories.RefreshAsync(address, GitTestBed.None);
        var resolved = await repositories.ResolveAsync(address, "main", GitTestBed.None);
        resolved.Sha.ShouldBe(sha ?? First);
        var tree = await repositories.OpenAsync(address, resolved.Sha, GitTestBed.None);
        (await tree.ReadAsync("a.yaml", GitTestBed.None)).IsEmpty.ShouldBeFalse();
        return resolved.Warning ?? string.Empty;
    }

    /// <summary>Nothing of any Secret was, or is, anywhere.</summary>
    public async Task NothingLeakedAsync()
    {
        _secrets.ShouldNotBeEmpty();
        var passes = Path.Combine(Cache, "passes");
        await GitTestBed.EventuallyAsync(() => !Directory.EnumerateFileSystemEntries(passes).Any(), "no key file is left");
        var arguments = Arguments;
        arguments.ShouldContain("ls-remote");
        var said = string.Join('\n', _said);
        var forms = _secrets.SelectMany(Forms).Distinct(StringComparer.Ordinal).ToList();
        foreach (var form in forms)
        {
            arguments.ShouldNotContain(form, Case.Sensitive, "an argument");
            said.ShouldNotContain(form, Case.Sensitive, "a message");
        }

        // A Secret that was just told of may be in use once more.
        foreach (var file in Directory.EnumerateFiles(Cache, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != "lock" && !file.StartsWith(passes, StringComparison.Ordinal)))
        {
            var content = File.Exists(file) ? await File.ReadAllBytesAsync(file) : [];
            forms.Where(form => content.AsSpan().IndexOf(Encoding.UTF8.GetBytes(form)) >= 0).Count().ShouldBe(0, file);
        }
    }

    public void Dispose()
    {
        _stopping.Cancel();
        _sampling.GetAwaiter().GetResult();
        _stopping.Dispose();
        Bed.Dispose();
        _tokens.Dispose();
    }

    private static IEnumerable<string> Forms(string secret) =>
    [
        secret, Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)), Convert.ToBase64String(Encoding.UTF8.GetBytes($"ada:{secret}")), Uri.EscapeDataString(secret),
    ];

    private void Wrap(string program)
    {
        Directory.CreateDirectory(Wrappers);
        var path = Path.Combine(Wrappers, program);
        File.WriteAllText(path, $"""
            #!/bin/sh
            printf '%s\n' {program} "$@" >> '{LogFile}'
            PATH=$(printf '%s' "$PATH" | sed 's|^[^:]*:||') exec {program} "$@"
            """);
        if (program == "git")
        {
            // ssh is found by git on the PATH, and is to be a wrapper, too.
            File.WriteAllText(path, $"""
                #!/bin/sh
                printf '%s\n' git "$@" >> '{LogFile}'
                exec {RealPath("git")} "$@"
                """);
        }

        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("the wrappers are scripts of a shell");
        }

        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static string RealPath(string program) => Environment.GetEnvironmentVariable("PATH")!.Split(':')
        .Select(directory => Path.Combine(directory, program)).First(File.Exists);

    private async Task SampleAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            foreach (var process in Directory.EnumerateDirectories("/proc").Where(static path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
            {
                try
                {
                    _commandLines.TryAdd(await File.ReadAllTextAsync(Path.Combine(process, "cmdline")), 0);
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    // It ended in between.
                }
            }

            await Task.Delay(5, CancellationToken.None);
        }
    }

    private sealed class Listener(ConcurrentQueue<string> said) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            said.Enqueue($"{formatter(state, exception)} {exception}");
    }
}

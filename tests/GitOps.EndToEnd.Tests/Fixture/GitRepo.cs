using System.Diagnostics;

namespace GitOps.EndToEnd.Tests.Fixture;

/// <summary>A real Git repository in a temporary directory; the operator reads it by its <c>file://</c> URL.</summary>
internal sealed class GitRepo
{
    private readonly string _directory;

    private GitRepo(string directory) => _directory = directory;

    /// <summary>Settings of git for what follows, by which commits and tags are signed; empty: they are not.</summary>
    public IReadOnlyList<string> Signer { get; set; } = [];

    /// <summary>The environment that goes with them.</summary>
    public IReadOnlyDictionary<string, string> SignerEnvironment { get; set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public string Url => new Uri(_directory).AbsoluteUri;

    /// <summary>The commit that <c>main</c> points to.</summary>
    public string Head => Git("rev-parse", "HEAD").Trim();

    public static GitRepo Create(string directory)
    {
        var repository = new GitRepo(directory);
        repository.Git("init", "--quiet", "--initial-branch=main");
        return repository;
    }

    /// <summary>Writes files (null: deletes them) and commits.</summary>
    /// <returns>The commit's id.</returns>
    public string Commit(params ReadOnlySpan<(string Path, string? Content)> files) =>
        CommitAs("Change " + string.Join(", ", files.ToArray().Take(3).Select(static file => file.Path)), files);

    /// <inheritdoc cref="Commit"/>
    public string CommitAs(string message, params ReadOnlySpan<(string Path, string? Content)> files)
    {
        foreach (var (path, content) in files)
        {
            var full = Path.Combine(_directory, path);
            if (content is null)
            {
                File.Delete(full);
            }
            else
            {
                Directory.CreateDirectory(Path.GetDirectoryName(full)!);
                File.WriteAllText(full, content);
            }
        }

        return CommitAll(message);
    }

    /// <summary>Commits on a branch of its own that begins here, for <see cref="Merge"/>; unsigned.</summary>
    public void CommitAside(string branch, params ReadOnlySpan<(string Path, string? Content)> files)
    {
        var signer = Signer;
        Signer = [];
        Git("checkout", "--quiet", "-b", branch);
        Commit(files);
        Git("checkout", "--quiet", "main");
        Signer = signer;
    }

    /// <summary>Merges a branch with a commit of its own.</summary>
    public string Merge(string branch)
    {
        Git("merge", "--quiet", "--no-ff", Signer.Count > 0 ? "--gpg-sign" : "--no-gpg-sign", "--message", $"Merge {branch}", branch);
        return Head;
    }

    /// <summary>Makes a light-weight tag at the newest commit.</summary>
    public void Tag(string name) => Git("tag", name);

    /// <summary>Makes an annotated tag at the newest commit, signed if anything is.</summary>
    public void TagAnnotated(string name) => Git("tag", Signer.Count > 0 ? "--sign" : "--annotate", "--message", name, name);

    /// <summary>A commit that undoes the newest one.</summary>
    public string Revert()
    {
        Git("revert", "--no-edit", "HEAD");
        return Head;
    }

    /// <summary>Moves <c>main</c> to another commit, as a forced push does.</summary>
    public string ForcePush(string revision)
    {
        Git("reset", "--quiet", "--hard", revision);
        return Head;
    }

    /// <summary>Commits another repository's commit as a submodule.</summary>
    public string CommitSubmodule(string path, string url, string commit)
    {
        Directory.CreateDirectory(Path.Combine(_directory, path));
        File.WriteAllText(Path.Combine(_directory, ".gitmodules"), $"[submodule \"{path}\"]\n\tpath = {path}\n\turl = {url}\n");
        Git("update-index", "--add", "--cacheinfo", $"160000,{commit},{path}");
        return CommitAll($"Take {path} at {commit}");
    }

    public void DeleteTag(string name) => Git("tag", "--delete", name);

    /// <summary>Forgets whatever no branch has any more, as a server does sooner or later after a forced push.</summary>
    public void ForgetUnreachable()
    {
        Git("reflog", "expire", "--expire=now", "--all");
        Git("gc", "--quiet", "--prune=now");
    }

    /// <summary>Whether a commit is there, on a branch or not.</summary>
    public bool Has(string revision) => Git("cat-file", "--batch-check", "--batch-all-objects").Contains(revision, StringComparison.Ordinal);

    /// <summary>The repository is gone, until <see cref="Restore"/>.</summary>
    public void Vanish() => Directory.Move(_directory, _directory + ".gone");

    public void Restore() => Directory.Move(_directory + ".gone", _directory);

    private string CommitAll(string subject)
    {
        Git("add", "--all");
        Git("commit", "--quiet", "--allow-empty", Signer.Count > 0 ? "--gpg-sign" : "--no-gpg-sign", "--message", subject);
        return Head;
    }

    private string Git(params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo("git")
        {
            WorkingDirectory = _directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in (string[])
            ["-c", "user.name=Dora Dev", "-c", "user.email=dora@example.com", "-c", "commit.gpgSign=false", "-c", "gc.auto=0", .. Signer, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        // Nothing of the machine's own configuration, and no answer from a terminal.
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        foreach (var (name, value) in SignerEnvironment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"git {string.Join(' ', arguments.ToArray())}: {error.GetAwaiter().GetResult()}");
    }
}

using System.Diagnostics;
using GitOps.Operator.Git;
using GitOps.Operator.Git.Signatures;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Git.Signatures;

/// <summary>A repository with people who sign what they put there, and the mirror that it is checked in.</summary>
internal sealed class SigningBed : IDisposable
{
    private readonly GitTestBed _bed = new();
    private readonly List<OpenPgpKey> _keys = [];

    public SigningBed()
    {
        Signing = Signing.Require(Path.Combine(Path.GetTempPath(), "gs-" + Guid.NewGuid().ToString("N")[..8]));
        Source = _bed.Repository();
        Repositories = _bed.Open(time: TimeProvider.System);
    }

    public static CancellationToken None => CancellationToken.None;

    public Signing Signing { get; }

    public TestRepository Source { get; }

    public GitRepositories Repositories { get; private set; }

    public string Cache => _bed.Options.CacheDirectory;

    public ISignedHistory Signed => Repositories.Signed;

    /// <summary>As after a restart of the operator.</summary>
    public void Restart(Func<GitOptions, GitOptions>? change = null)
    {
        Repositories.Dispose();
        Repositories = _bed.Open(change, time: TimeProvider.System);
    }

    public OpenPgpKey OpenPgp(string name, string expire = "0", string? at = null)
    {
        var key = Signing.OpenPgp(name, expire, at);
        _keys.Add(key);
        return key;
    }

    public static VerificationKeys Keys(params ReadOnlySpan<string> texts) =>
        VerificationKeys.Parse([.. texts.ToArray().Select(static (text, i) => new KeyText($"ConfigMap keys (key k{i})", text))]);

    public string Commit(OpenPgpKey key, string message = "signed") => Run(key.Git, key.Environment, "commit", "--quiet", "--allow-empty", "--gpg-sign", "--message", message);

    public string Commit(SshKey key, string message = "signed") => Run(key.Git, null, "commit", "--quiet", "--allow-empty", "--gpg-sign", "--message", message);

    public void Tag(OpenPgpKey key, string name, string target = "HEAD") => Run(key.Git, key.Environment, "tag", "--sign", "--message", name, name, target);

    public void Tag(SshKey key, string name, string target = "HEAD") => Run(key.Git, null, "tag", "--sign", "--message", name, name, target);

    /// <summary>The commit's text with something else in it, and the old signature.</summary>
    public string Tamper(string sha, string was, string becomes)
    {
        var content = Run([], null, "cat-file", "commit", sha).Replace(was, becomes, StringComparison.Ordinal);
        var id = Source.GitWithInput(System.Text.Encoding.UTF8.GetBytes(content + "\n"), "hash-object", "-t", "commit", "-w", "--stdin", "--literally");
        Source.Git("update-ref", "refs/heads/main", id);
        return id;
    }

    public async Task<SignatureFinding> CheckAsync(string sha, VerificationKeys keys) =>
        (await Signed.CheckCommitsAsync(Source.Url, [sha], keys, None))[sha];

    public void Dispose()
    {
        _keys.ForEach(static key => key.Dispose());
        _bed.Dispose();
    }

    /// <returns>What git wrote, or for a commit its id.</returns>
    private string Run(IReadOnlyList<string> settings, IReadOnlyDictionary<string, string>? variables, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo("git")
        {
            UseShellExecute = false,
            WorkingDirectory = Source.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["-c", "user.name=Ada", "-c", "user.email=ada@example.org", .. settings, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        foreach (var (name, value) in variables ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, errors.GetAwaiter().GetResult());
        return arguments[0] == "commit" ? Source.Head() : output.TrimEnd('\n');
    }
}

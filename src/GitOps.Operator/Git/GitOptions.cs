namespace GitOps.Operator.Git;

/// <summary>Limits and places of the Git stage. The defaults suit a pod with an emptyDir.</summary>
internal sealed record GitOptions
{
    /// <summary>Where the mirrors are kept. Ours alone: a second process is refused. May be empty or lost at any start.</summary>
    public required string CacheDirectory { get; init; }

    /// <summary>Whether <c>file://</c> URLs and absolute paths may be used.</summary>
    public bool AllowLocalRepositories { get; init; }

    /// <summary>
    /// Whether ssh may use what the account that we run as has: keys, agent, configuration and known hosts. For a person's own
    /// command; in the operator they would be everybody's.
    /// </summary>
    public bool UsesAccount { get; init; }

    /// <summary>The git program, found on the PATH unless it is a path.</summary>
    public string GitProgram { get; init; } = "git";

    /// <summary>What checks OpenPGP signatures, found on the PATH unless it is a path.</summary>
    public string GpgProgram { get; init; } = "gpg";

    /// <summary>What checks SSH signatures, found on the PATH unless it is a path.</summary>
    public string SshKeygenProgram { get; init; } = "ssh-keygen";

    /// <summary>How many git processes talk to servers at a time.</summary>
    public int Parallelism { get; init; } = 8;

    /// <summary>How many of repositories that timed out last time: they have slots of their own, so that they delay nobody else.</summary>
    public int SlowParallelism { get; init; } = 2;

    public TimeSpan ListTimeout { get; init; } = TimeSpan.FromSeconds(20);

    public TimeSpan FetchTimeout { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan MaintenanceTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The first pause after a failure; it doubles up to the interval.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A cheap look may say "nothing changed" for this long before git itself is asked again.</summary>
    public TimeSpan FullPollEvery { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>A file larger than this is refused, in bytes.</summary>
    public int MaxFileBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>A directory's tree object larger than this is refused, in bytes.</summary>
    public int MaxTreeBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>What git may answer to a listing of refs, in bytes.</summary>
    public int MaxListBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Parsed trees and commits are kept up to about this size, over all repositories, in bytes.</summary>
    public long ObjectCacheBytes { get; init; } = 24 * 1024 * 1024;

    /// <summary>Readers (<c>git cat-file</c>) per repository.</summary>
    public int ReadersPerMirror { get; init; } = 3;

    /// <summary>A reader that nobody used for this long is closed.</summary>
    public TimeSpan ReaderIdle { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>A mirror with more packs than this is repacked.</summary>
    public int MaxPacks { get; init; } = 40;

    /// <summary>A mirror that fetched something is repacked after this time at the latest.</summary>
    public TimeSpan MaintenanceAge { get; init; } = TimeSpan.FromHours(24);

    /// <summary>A mirror that no subscription used for this long is deleted.</summary>
    public TimeSpan UnusedMirrorAge { get; init; } = TimeSpan.FromHours(1);

    /// <summary>A damaged mirror is cloned again at most this often.</summary>
    public TimeSpan RebuildPause { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The variables that reach git from our own environment: proxies and trust, and where programs are.</summary>
    public IReadOnlyDictionary<string, string> InheritedEnvironment { get; init; } = ReadEnvironment();

    private static Dictionary<string, string> ReadEnvironment()
    {
        string[] names =
        [
            "PATH", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy",
            "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "CURL_CA_BUNDLE",
        ];
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
            {
                found[name] = value;
            }
        }

        return found;
    }
}

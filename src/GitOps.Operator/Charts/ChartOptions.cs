namespace GitOps.Operator.Charts;

/// <summary>Limits and places of what fetches charts.</summary>
internal sealed record ChartOptions
{
    /// <summary>Where packages and indexes are kept; below it only what is ours. May be empty or lost at any start.</summary>
    public required string CacheDirectory { get; init; }

    /// <summary>The gpg program, found on the PATH unless it is a path.</summary>
    public string GpgProgram { get; init; } = "gpg";

    /// <summary>How many requests are made at a time.</summary>
    public int Parallelism { get; init; } = 8;

    /// <summary>One small request: tags, a manifest, a token.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>One index or package, until its last byte.</summary>
    public TimeSpan DownloadTimeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>One run of gpg.</summary>
    public TimeSpan VerificationTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The first pause after a failure; it doubles up to the interval.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest pause that a server may ask for.</summary>
    public TimeSpan LongestRetryAfter { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>What nobody subscribes to and nobody asked for in this time is forgotten.</summary>
    public TimeSpan UnusedAge { get; init; } = TimeSpan.FromHours(1);

    /// <summary>An index.yaml, unpacked, in bytes.</summary>
    public long MaxIndexBytes { get; init; } = 100L * 1024 * 1024;

    /// <summary>Versions of one chart; more are refused.</summary>
    public int MaxVersions { get; init; } = 50_000;

    /// <summary>Tags of one repository in a registry; more are refused.</summary>
    public int MaxTags { get; init; } = 200_000;

    /// <summary>An answer that is read whole: tags, a manifest, a token, a provenance file; in bytes.</summary>
    public int MaxAnswerBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>A package as it is sent, in bytes.</summary>
    public int MaxPackageBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>All packages on the disk, in bytes; those not used for longest go first.</summary>
    public long MaxCacheBytes { get; init; } = 512L * 1024 * 1024;

    /// <summary>Unpacked packages in memory, in bytes; the last one stays whatever its size.</summary>
    public long MaxOpenBytes { get; init; } = 32L * 1024 * 1024;

    public ArchiveLimits Archive { get; init; } = new();
}

/// <summary>What a package may unpack to.</summary>
internal sealed record ArchiveLimits
{
    /// <summary>Everything in it, headers too, in bytes; what helm allows.</summary>
    public long MaxTotalBytes { get; init; } = 100L * 1024 * 1024;

    /// <summary>One file, in bytes.</summary>
    public int MaxFileBytes { get; init; } = 16 * 1024 * 1024;

    public int MaxEntries { get; init; } = 20_000;

    /// <summary>In characters.</summary>
    public int MaxPathLength { get; init; } = 512;

    public int MaxDepth { get; init; } = 32;
}

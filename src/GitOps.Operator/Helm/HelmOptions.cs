namespace GitOps.Operator.Helm;

/// <summary>How helm is kept apart from the operator.</summary>
internal enum HelmIsolation
{
    /// <summary>By the kernel: see <see cref="Jail.HelmJail"/>. Where that cannot be had, charts are not rendered.</summary>
    Jail,

    /// <summary>Not at all: a chart that makes helm do what it should not has all that the operator has.</summary>
    None,
}

/// <summary>How helm is run.</summary>
/// <param name="Program">By path, or by name.</param>
/// <param name="Directory">For the files of runs; emptied at the start.</param>
internal sealed record HelmOptions(string Program, string Directory)
{
    public HelmIsolation Isolation { get; init; }

    /// <summary>Of one run.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Private memory of one run.</summary>
    public long MaxMemoryBytes { get; init; } = 512 << 20;

    /// <summary>Of the manifests.</summary>
    public int MaxOutputBytes { get; init; } = 32 << 20;

    /// <summary>Runs at a time.</summary>
    public int Concurrency { get; init; } = 2;

    /// <summary>What else may be read and run in the jail: nothing but in tests of it.</summary>
    public IReadOnlyList<string> Readable { get; init; } = [];
}

using GitOps.Operator.Helm.Jail;

namespace GitOps.Operator.Helm;

/// <summary>How helm is kept apart from the operator.</summary>
internal enum HelmIsolation
{
    /// <summary>By the kernel: see <see cref="HelmJail"/>. Where that cannot be had, charts are not rendered.</summary>
    Jail,

    /// <summary>Not at all: a chart that makes helm do what it should not has all that the operator has.</summary>
    None,
}

/// <summary>How helm is run.</summary>
/// <param name="Program">By path, or by name.</param>
/// <param name="Directory">For the files of runs; emptied at the start.</param>
internal sealed record HelmOptions(string Program, string Directory)
{
    private const long LeastMemoryBytes = 128 << 20;
    private const long MostMemoryBytes = 512 << 20;

    public HelmIsolation Isolation { get; init; }

    /// <summary>Of one run.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Private memory of one run.</summary>
    public long MaxMemoryBytes { get; init; } = MostMemoryBytes;

    /// <summary>Of the manifests.</summary>
    public int MaxOutputBytes { get; init; } = 32 << 20;

    /// <summary>Runs at a time.</summary>
    public int Concurrency { get; init; } = 2;

    /// <summary>What else may be read and run in the jail: nothing but in tests of it.</summary>
    public IReadOnlyList<string> Readable { get; init; } = [];

    /// <summary>
    /// What a run may have beside an operator with so much. Where a container takes more than its limit the kernel ends all of it, so
    /// two runs and the operator have to fit. Below the least helm does not start.
    /// </summary>
    /// <param name="available">Bytes that the operator's own heap may have: three quarters of the container's.</param>
    public static long MemoryBeside(long available) => Math.Clamp(available / 3, LeastMemoryBytes, MostMemoryBytes);

    /// <summary>What is in force where helm answers, for the log.</summary>
    public string Describe() => Isolation == HelmIsolation.Jail
        ? $"it opens only the files of its run (Landlock {HelmJail.LandlockVersion()}), has no network and no other processes (seccomp), "
            + $"{MaxMemoryBytes >> 20} MiB of memory and {TimeLimit.TotalSeconds:0.#} s"
        : $"it is not kept apart (--helm-isolation=none), and has {TimeLimit.TotalSeconds:0.#} s";
}

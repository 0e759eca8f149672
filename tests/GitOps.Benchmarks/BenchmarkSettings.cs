namespace GitOps.Benchmarks;

/// <summary>How large a run is.</summary>
internal sealed record BenchmarkSettings
{
    /// <summary>Names of the rows to measure; empty: all.</summary>
    public IReadOnlyList<string> Rows { get; init; } = [];

    /// <summary>Applications; null: 100 for a first sync, 1,000 for the rows that work on a synced fleet.</summary>
    public int? Applications { get; init; }

    /// <summary>Objects of each Application.</summary>
    public int Objects { get; init; } = 10;

    /// <summary>First syncs, each between two raw loops.</summary>
    public int Rounds { get; init; } = 2;

    /// <summary>Commits that are timed.</summary>
    public int Commits { get; init; } = 5;

    /// <summary>How long the drift row edits.</summary>
    public TimeSpan DriftTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the operator is watched at rest, for each number of repositories.</summary>
    public TimeSpan RestTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the soak lasts.</summary>
    public TimeSpan SoakTime { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>The soak's dice; null: random ones, which the report names.</summary>
    public int? Seed { get; init; }

    /// <summary>The operator's assembly; null: the one that was built along with this program.</summary>
    public string? Operator { get; init; }

    /// <summary>What the operator is given beside its own environment.</summary>
    public IReadOnlyDictionary<string, string> OperatorEnvironment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>More arguments of the operator.</summary>
    public IReadOnlyList<string> OperatorArguments { get; init; } = [];

    /// <summary>Limits of memory of the operator and its children, in MiB, one after the other.</summary>
    public IReadOnlyList<int> MemoryLimits { get; init; } = [1024];

    /// <summary>Ids of the processes that a real API server consists of, its storage included; empty: they are not on this machine.</summary>
    public IReadOnlyList<int> ServerProcesses { get; init; } = [];

    /// <summary>Print JSON instead of a table.</summary>
    public bool Json { get; init; }
}

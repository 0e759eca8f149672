namespace GitOps.Benchmarks.Rows;

/// <summary>One line of the table of targets.</summary>
/// <param name="Name">On the command line.</param>
/// <param name="Summary">One line for people.</param>
/// <param name="RunAsync">Measures, and reports.</param>
internal sealed record Row(string Name, string Summary, Func<Lab, CancellationToken, Task> RunAsync)
{
    /// <summary>Takes minutes, and is measured only when it is asked for by name.</summary>
    public bool IsLong { get; init; }

    /// <summary>In the order in which they are measured: each takes the fleet as the one before left it.</summary>
    public static IReadOnlyList<Row> All { get; } =
    [
        new("first-sync", "objects synced per second beside what the API server takes from a raw loop", FirstSyncRow.RunAsync),
        new("no-op", "passes over Applications of which nothing changed", NoOpRow.RunAsync),
        new("commit", "a commit that touches one of many Applications of a repository", CommitRow.RunAsync),
        new("restart", "the operator starts with an empty disk on a cluster that is in sync", RestartRow.RunAsync),
        new("drift", "somebody edits managed objects", DriftRow.RunAsync),
        new("soak", "a referee counts what was drift while everything happens at once", SoakRow.RunAsync) { IsLong = true },
        new("rest", "nothing happens", RestRow.RunAsync),
        new("sizing", "what a pod needs: memory under a limit, processor time, disk", SizingRow.RunAsync) { IsLong = true },
        new("growth", "what grows while commits and heals go on and on", GrowthRow.RunAsync) { IsLong = true },
        new("server", "what the API server itself can take: the sandbox as a library", ServerRow.RunAsync),
        new("render", "one kustomization beside the real program", RenderRow.RunAsync),
        new("render-scale", "kustomizations of growing size", RenderScaleRow.RunAsync),
        new("render-repository", "a repository of many overlays over a few bases", RenderRepositoryRow.RunAsync),
        new("large-repository", "a repository of 100,000 files and 50,000 commits beside git itself", LargeRepositoryRow.RunAsync) { IsLong = true },
        new("render-corpus", "other people's kustomizations beside the real program", RenderCorpusRow.RunAsync),
        new("micro", "what one event and one manifest cost", MicroRow.RunAsync),
    ];
}

namespace GitOps.Manifests.Kustomize;

/// <summary>What is built, and how.</summary>
/// <param name="Path">The directory of the kustomization, from the tree's root.</param>
public sealed record KustomizeOptions(string Path)
{
    /// <summary>Files outside the directory of the kustomization that names them may be read; kustomize's load restrictor <c>None</c>.</summary>
    public bool AllowFilesOutsideRoot { get; init; }

    /// <summary>Leave the objects in the order in which they were accumulated, where the kustomization does not sort them itself.</summary>
    public bool KeepOrder { get; init; }

    /// <summary>What is added to the kustomization.</summary>
    public KustomizeOverrides Overrides { get; init; } = new();

    /// <summary>For <c>helmCharts</c>; null: they are refused.</summary>
    public KustomizeCharts? Charts { get; init; }

    /// <summary>All files that are read, those read again counted again, in bytes.</summary>
    public long MaxTotalBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>
    /// How much is done, in steps of about 10 ns; a value that is kept counts 200. An application of 10,000 objects takes a tenth of it.
    /// </summary>
    public long MaxSteps { get; init; } = 600_000_000;
}

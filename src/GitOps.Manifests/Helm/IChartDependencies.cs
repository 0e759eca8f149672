using GitOps.Manifests.Trees;

namespace GitOps.Manifests.Helm;

/// <summary>A chart that another one, or a kustomization, needs.</summary>
/// <param name="Name">Of the chart, whatever its alias.</param>
/// <param name="Repository">URL of a repository with an index, or <c>oci://…</c>.</param>
/// <param name="Version">The one that Chart.lock names, else what Chart.yaml asks for: a version or a range.</param>
public sealed record ChartDependency(string Name, string Repository, string Version)
{
    /// <summary>What it is called in messages.</summary>
    public string Role { get; init; } = "dependency";
}

/// <summary>Where the charts come from that a chart needs and that are not beside it.</summary>
public interface IChartDependencies
{
    /// <summary>The files of a chart, Chart.yaml at the root; the tree's revision is its version.</summary>
    /// <exception cref="ManifestException">There is no such chart, or it may not be used: until somebody changes something.</exception>
    Task<ISourceTree> OpenAsync(ChartDependency dependency, CancellationToken cancellationToken);
}

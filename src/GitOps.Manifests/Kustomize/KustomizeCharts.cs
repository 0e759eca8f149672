using System.Collections.Immutable;
using GitOps.Manifests.Helm;

namespace GitOps.Manifests.Kustomize;

/// <summary>With what the charts of kustomizations are rendered.</summary>
/// <param name="Program">Its version is asked for before a chart is rendered.</param>
public sealed record KustomizeCharts(IHelmProgram Program)
{
    /// <summary>For charts that do not say themselves what to go by; null: for Helm's defaults.</summary>
    public IHelmCapabilities? Capabilities { get; init; }

    /// <summary>In the place of the cluster's, for charts that name none; null: the cluster's.</summary>
    public string? KubeVersion { get; init; }

    /// <summary>The same; empty: the cluster's.</summary>
    public ImmutableArray<string> ApiVersions { get; init; } = [];

    /// <summary>Where charts come from that are not in the repository; null: nowhere.</summary>
    public IChartDependencies? Repositories { get; init; }
}

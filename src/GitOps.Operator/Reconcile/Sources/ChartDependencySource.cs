using GitOps.Manifests.Helm;
using GitOps.Operator.Charts;
using GitOps.Operator.Render;

namespace GitOps.Operator.Reconcile.Sources;

/// <summary>Charts that charts need come from the repositories that charts come from.</summary>
internal sealed class ChartDependencySource(IChartRepositories repositories) : IChartDependencySource
{
    public IChartDependencies For(string tenant, bool passCredentials) => new ChartDependencies(repositories, tenant, passCredentials);
}

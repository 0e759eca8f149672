using GitOps.Kubernetes.Discovery;
using GitOps.Manifests.Helm;
using GitOps.Operator.Helm;
using GitOps.Operator.Observability;
using GitOps.Operator.Options;
using GitOps.Operator.Render;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Controllers;

/// <summary>Makes what renders charts from the operator's options.</summary>
/// <param name="Program">Helm.</param>
/// <param name="Facts">That trees answer from.</param>
/// <param name="Renderer">For charts.</param>
internal sealed record HelmStage(HelmProgram Program, ClusterFacts Facts, ChartRenderer Renderer) : IDisposable
{
    /// <param name="options">The operator's.</param>
    /// <param name="discovery">Of the cluster; null: there is none.</param>
    /// <param name="dependencies">Where charts come from that charts need; null: from nowhere.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="HelmException">The cache directory cannot be used.</exception>
    public static HelmStage Create(OperatorOptions options, IDiscovery? discovery, IChartDependencySource? dependencies, TimeProvider time)
    {
        var program = new HelmProgram(
            new(options.Helm, Path.Combine(options.CacheDirectory, "helm")) { Isolation = options.HelmIsolation, TimeLimit = options.HelmTimeout }, time);
        var facts = new ClusterFacts(program, discovery, time);
        return new(program, facts, new(program, facts, dependencies));
    }

    /// <summary>Says at the start whether charts can be rendered, so that nobody has to find out by the first one.</summary>
    public async Task LookAsync(OperatorOptions options, OperatorMetrics metrics, ILogger log, CancellationToken cancellationToken)
    {
        metrics.Helm = () => (Program.KnownVersion, options.HelmIsolation.ToString(), Program.IsUsable == true);
        if (options.HelmIsolation == HelmIsolation.None)
        {
            Log.HelmIsNotIsolated(log);
        }

        try
        {
            Log.HelmFound(log, await Program.VersionAsync(cancellationToken));
        }
        catch (HelmException failure)
        {
            Log.HelmUnavailable(log, failure.Message);
        }
    }

    public void Dispose() => Program.Dispose();
}

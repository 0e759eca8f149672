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
    /// <param name="metrics">Null: nothing is counted.</param>
    /// <exception cref="HelmException">The cache directory cannot be used.</exception>
    public static HelmStage Create(OperatorOptions options, IDiscovery? discovery, IChartDependencySource? dependencies, TimeProvider time, OperatorMetrics? metrics = null)
    {
        var program = new HelmProgram(
            new(options.Helm, Path.Combine(options.CacheDirectory, "helm"))
            {
                Isolation = options.HelmIsolation,
                TimeLimit = options.HelmTimeout,
                MaxMemoryBytes = HelmOptions.MemoryBeside(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes),
            },
            time);
        IHelmProgram measured = metrics is null ? program : new MeasuredHelm(program, metrics, time);
        var facts = new ClusterFacts(measured, discovery, time);
        return new(program, facts, new(measured, facts, dependencies));
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
            Log.HelmFound(log, await Program.VersionAsync(cancellationToken), Program.Isolation);
        }
        catch (HelmException failure)
        {
            Log.HelmUnavailable(log, failure.Message);
        }
    }

    public void Dispose() => Program.Dispose();
}

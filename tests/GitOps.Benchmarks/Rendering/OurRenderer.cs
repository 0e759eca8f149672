using System.Diagnostics;
using GitOps.Benchmarks.Figures;
using GitOps.Manifests.Kustomize;
using GitOps.Manifests.Trees;

namespace GitOps.Benchmarks.Rendering;

/// <summary>One rendering, timed.</summary>
/// <param name="Milliseconds">By the clock.</param>
/// <param name="CpuMilliseconds">Of a processor, the collector's and the compiler's work included.</param>
/// <param name="Bytes">Allocated.</param>
/// <param name="Objects">Rendered.</param>
internal sealed record Rendered(double Milliseconds, double CpuMilliseconds, long Bytes, int Objects);

/// <summary>Ours, in this process.</summary>
internal static class OurRenderer
{
    private const int MinRenderings = 40;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    /// <summary>Renders for a while, so that what is measured is compiled.</summary>
    public static async Task WarmUpAsync(ISourceTree tree, string path, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        for (var count = 0; count < MinRenderings || Stopwatch.GetElapsedTime(started) < WarmUp; count++)
        {
            await KustomizeRenderer.RenderAsync(tree, new(path), cancellationToken);
        }
    }

    /// <summary>From opening the tree until the objects are there.</summary>
    public static async Task<Rendered> OnceAsync(Func<ISourceTree> open, string path, CancellationToken cancellationToken)
    {
        var (bytes, cpu, started) = (GC.GetTotalAllocatedBytes(), Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        var result = await KustomizeRenderer.RenderAsync(open(), new(path), cancellationToken);
        var milliseconds = Sample.Milliseconds(started, Stopwatch.GetTimestamp());
        return new(
            milliseconds, (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds, GC.GetTotalAllocatedBytes() - bytes, result.Objects.Length);
    }
}

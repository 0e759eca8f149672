using System.Globalization;
using GitOps.Benchmarks.Figures;
using GitOps.Benchmarks.Rendering;
using GitOps.Manifests.Trees;

namespace GitOps.Benchmarks.Rows;

/// <summary>What an object costs as a kustomization grows, and all that refers to its objects with it: it should stay the same.</summary>
internal static class RenderScaleRow
{
    private const int Rounds = 5;

    private static readonly int[] Sizes = [10, 100, 1_000, 5_000];

    public static async Task RunAsync(Lab lab, CancellationToken cancellationToken)
    {
        foreach (var (name, overlay) in GrowingOverlays.All)
        {
            var first = double.NaN;
            foreach (var size in Sizes)
            {
                var tree = MemorySourceTree.Of(GrowingOverlays.Files(size, overlay));
                if (size == Sizes[0])
                {
                    await OurRenderer.WarmUpAsync(tree, SampleOverlay.Path, cancellationToken);
                }

                var rendered = new List<Rendered>();
                for (var round = 0; round <= Rounds; round++)
                {
                    rendered.Add(await OurRenderer.OnceAsync(() => tree, SampleOverlay.Path, cancellationToken));
                }

                // The first brings code in that the smaller ones did not need.
                var microseconds = Sample.Median(rendered.Skip(1).Select(static one => one.CpuMilliseconds)) * 1000 / rendered[0].Objects;
                first = size == Sizes[1] ? microseconds : first;
                var label = string.Create(CultureInfo.InvariantCulture, $"{name}, {size} objects, processor");
                if (size <= Sizes[1])
                {
                    lab.Report.Add(label, microseconds, "µs/object");
                }
                else
                {
                    lab.Report.Add(label, microseconds, "µs/object", microseconds / first, "with 100");
                }
            }
        }
    }
}

using System.Globalization;
using GitOps.Benchmarks.Figures;
using GitOps.Benchmarks.Rendering;
using GitOps.Manifests.Trees;

namespace GitOps.Benchmarks.Rows;

/// <summary>
/// One overlay, small and large, beside the real program: a process that reads the same files from a disk. Rounds of both take
/// turns, so that both meet the same machine.
/// </summary>
internal static class RenderRow
{
    private const double SmallRatio = 50;
    private const double LargeMicroseconds = 30;
    private const int OursOfRound = 5;

    /// <summary>Of the base.</summary>
    private static readonly (int Objects, int Rounds)[] Sizes = [(5, 15), (100, 9), (1_000, 5)];

    public static async Task RunAsync(Lab lab, CancellationToken cancellationToken)
    {
        var program = KustomizeProgram.Find(lab.Report);
        foreach (var (objects, rounds) in Sizes)
        {
            await MeasureAsync(lab, program, objects, rounds, cancellationToken);
        }
    }

    private static async Task MeasureAsync(Lab lab, KustomizeProgram? program, int objects, int rounds, CancellationToken cancellationToken)
    {
        var isSmall = objects == SampleOverlay.ObjectsOfSet;
        var files = SampleOverlay.Files(objects);
        var tree = MemorySourceTree.Of(files);
        var directory = lab.NewDirectory("overlay");
        KustomizeProgram.Write(directory, files);
        await OurRenderer.WarmUpAsync(tree, SampleOverlay.Path, cancellationToken);
        var (ours, real) = (new List<Rendered>(), new List<Spent>());
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < OursOfRound; i++)
            {
                ours.Add(await OurRenderer.OnceAsync(() => tree, SampleOverlay.Path, cancellationToken));
            }

            if (program is not null)
            {
                real.Add(await program.RunAsync([Path.Combine(directory, SampleOverlay.Path)], cancellationToken));
            }
        }

        var milliseconds = Sample.Median(ours.Select(static one => one.Milliseconds));
        var name = string.Create(CultureInfo.InvariantCulture, $"{objects} objects");
        lab.Report.Add($"{name}, one rendering", milliseconds, "ms");
        lab.Report.Add($"{name}, per object", milliseconds * 1000 / ours[0].Objects, "µs", isSmall ? null : Target.AtMost(LargeMicroseconds));
        lab.Report.Add($"{name}, per object, processor", ours.Average(static one => one.CpuMilliseconds) * 1000 / ours[0].Objects, "µs");
        lab.Report.Add($"{name}, allocated per object", ours.Average(static one => one.Bytes) / 1024 / ours[0].Objects, "KB");
        if (real.Count > 0)
        {
            var (wall, cpu) = (Sample.Median(real.Select(static one => one.Milliseconds)), real.Average(static one => one.CpuMilliseconds));
            lab.Report.Add($"{name}, kubectl kustomize", wall, "ms");
            lab.Report.Add($"{name}, kubectl kustomize, processor", cpu, "ms");
            lab.Report.Add($"{name}, kubectl kustomize over ours, processor", cpu / ours.Average(static one => one.CpuMilliseconds), "times");
            lab.Report.Add($"{name}, kubectl kustomize over ours", wall / milliseconds, "times", isSmall ? Target.AtLeast(SmallRatio) : null);
        }
    }
}

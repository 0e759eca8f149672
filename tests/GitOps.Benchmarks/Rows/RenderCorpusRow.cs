using GitOps.Benchmarks.Figures;
using GitOps.Benchmarks.Rendering;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Trees;

namespace GitOps.Benchmarks.Rows;

/// <summary>Other people's kustomizations, all that build, beside the real program. Both read the same files from the same disk.</summary>
internal static class RenderCorpusRow
{
    private const string Variable = "GITOPS_TEST_CORPUS";
    private const int Rounds = 3;

    public static async Task RunAsync(Lab lab, CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } corpus)
        {
            lab.Report.Note($"{Variable} names no folder with real kustomizations");
            return;
        }

        if (KustomizeProgram.Find(lab.Report) is not { } program)
        {
            return;
        }

        var cases = new List<Case>();
        foreach (var directory in Directory.GetDirectories(Path.Combine(corpus, "kustomize-real")).Order(StringComparer.Ordinal))
        {
            var meta = KubernetesJson.ParseObject(await File.ReadAllBytesAsync(Path.Combine(directory, "meta.json"), cancellationToken));
            if (KubernetesObject.GetString(meta, "expect") != "error")
            {
                cases.Add(await MeasureAsync(program, directory, KubernetesObject.GetString(meta, "path") ?? ".", cancellationToken));
            }
        }

        var (ours, real) = (cases.Sum(static one => one.Ours), cases.Sum(static one => one.Real));
        var worst = cases.MinBy(static one => one.Real / one.Ours)!;
        lab.Report.Add("kustomizations", cases.Count, "");
        lab.Report.Add("objects", cases.Sum(static one => one.Objects), "");
        lab.Report.Add("all, ours", ours, "ms");
        lab.Report.Add("all, kubectl kustomize", real, "ms");
        lab.Report.Add("all, kubectl kustomize over ours", real / ours, "times");
        lab.Report.Add("each, kubectl kustomize over ours, median", Sample.Median(cases.Select(static one => one.Real / one.Ours)), "times");
        lab.Report.Add("each, kubectl kustomize over ours, worst", worst.Real / worst.Ours, "times");
        lab.Report.Note($"worst: {worst.Name}, {worst.Objects} objects, {worst.Ours:0.0} ms beside {worst.Real:0.0} ms");
    }

    private static async Task<Case> MeasureAsync(KustomizeProgram program, string directory, string path, CancellationToken cancellationToken)
    {
        var input = Path.Combine(directory, "input");
        var (ours, real) = (new List<Rendered>(), new List<Spent>());
        for (var round = 0; round <= Rounds; round++)
        {
            var one = await OurRenderer.OnceAsync(() => new DirectorySourceTree(input), path, cancellationToken);
            var other = await program.RunAsync([Path.Combine(input, path)], cancellationToken);

            // The first is for the caches of both.
            if (round > 0)
            {
                ours.Add(one);
                real.Add(other);
            }
        }

        return new(
            Path.GetFileName(directory), ours[0].Objects, Sample.Median(ours.Select(static one => one.Milliseconds)), Sample.Median(real.Select(static one => one.Milliseconds)));
    }

    private sealed record Case(string Name, int Objects, double Ours, double Real);
}

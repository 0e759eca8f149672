using System.Diagnostics;
using GitOps.Benchmarks.Figures;
using GitOps.Benchmarks.Rendering;
using GitOps.Manifests.Trees;
using GitOps.Operator.Git;
using Microsoft.Extensions.Logging.Abstractions;

namespace GitOps.Benchmarks.Rows;

/// <summary>
/// A repository of many overlays over a few bases, each an Application: rendered from an empty state, and after commits. The clock
/// runs from when the fetched commit has been opened until all Applications are at it.
/// </summary>
internal static class RenderRepositoryRow
{
    private const int Commits = 9;
    private const int ProgramRuns = 9;
    private const double TargetMilliseconds = 10;

    public static async Task RunAsync(Lab lab, CancellationToken cancellationToken)
    {
        var source = await OverlayRepository.CreateAsync(lab.NewDirectory("overlays"), cancellationToken);
        var memory = MemorySourceTree.Of(OverlayRepository.Files());
        var inMemory = new RenderedApplications();
        await inMemory.RenderAsync(memory, cancellationToken);
        await AddColdAsync(lab, "from memory", memory, cancellationToken);

        var options = new GitOptions { CacheDirectory = lab.NewDirectory("mirrors"), AllowLocalRepositories = true };
        using var git = new GitRepositories(
            options, new(NoRefProbe.Instance, new NullGitObserver(), new ObjectCache(options.ObjectCacheBytes), TimeProvider.System, static () => 1, NullLogger.Instance));
        var applications = await AddColdAsync(lab, "from Git", await OpenAsync(git, source, cancellationToken), cancellationToken);
        await AddProgramAsync(lab, source, cancellationToken);

        await AddCommitsAsync(lab, "one overlay", 1, number => source.ChangeOverlayAsync(number * 97, $"2.{number}", cancellationToken), git, source, applications, cancellationToken);
        await AddCommitsAsync(
            lab, "one base", OverlayRepository.Overlays / OverlayRepository.Bases,
            number => source.ChangeBaseAsync(number, 10 + number, cancellationToken), git, source, applications, cancellationToken);
    }

    private static async Task<RenderedApplications> AddColdAsync(Lab lab, string name, ISourceTree tree, CancellationToken cancellationToken)
    {
        var applications = new RenderedApplications();
        var (cpu, started) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        await applications.RenderAsync(tree, cancellationToken);
        var milliseconds = Sample.Milliseconds(started, Stopwatch.GetTimestamp());
        lab.Report.Add($"all overlays, {name}", milliseconds, "ms");
        lab.Report.Add($"all overlays, {name}, per object", milliseconds * 1000 / applications.Objects, "µs");
        lab.Report.Add($"all overlays, {name}, processor", (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds, "ms");
        return applications;
    }

    private static async Task AddProgramAsync(Lab lab, OverlayRepository source, CancellationToken cancellationToken)
    {
        if (KustomizeProgram.Find(lab.Report) is not { } program)
        {
            return;
        }

        var runs = new List<Spent>();
        for (var number = 0; number < ProgramRuns; number++)
        {
            runs.Add(await program.RunAsync([Path.Combine(source.Directory, OverlayRepository.PathOf(number))], cancellationToken));
        }

        lab.Report.Add(
            "all overlays, kubectl kustomize, by some of them", Sample.Median(runs.Select(static run => run.Milliseconds)) * OverlayRepository.Overlays, "ms");
    }

    private static async Task AddCommitsAsync(
        Lab lab, string name, int rendered, Func<int, Task> commitAsync, GitRepositories git, OverlayRepository source, RenderedApplications applications,
        CancellationToken cancellationToken)
    {
        var (opened, times, cpu, counts) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var number = 0; number < Commits; number++)
        {
            await commitAsync(number);
            await git.RefreshAsync(source.Url, cancellationToken);
            var started = Stopwatch.GetTimestamp();
            var tree = await OpenAsync(git, source, cancellationToken);
            opened.Add(Sample.Milliseconds(started, Stopwatch.GetTimestamp()));
            (var used, started) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
            counts.Add(await applications.RenderAsync(tree, cancellationToken));
            times.Add(Sample.Milliseconds(started, Stopwatch.GetTimestamp()));
            cpu.Add((Environment.CpuUsage.TotalTime - used).TotalMilliseconds);
        }

        lab.Report.Add($"a commit to {name}", Sample.Median(times), "ms", rendered == 1 ? Target.AtMost(TargetMilliseconds) : null);
        lab.Report.Add($"a commit to {name}, opening it before that", Sample.Median(opened), "ms");
        lab.Report.Add($"a commit to {name}, processor", Sample.Median(cpu), "ms");
        lab.Report.Add($"a commit to {name}, renderings, most", counts.Max(), "", Target.AtMost(rendered));
        lab.Report.Add($"a commit to {name}, renderings, fewest", counts.Min(), "", Target.AtLeast(rendered));
    }

    private static async Task<ISourceTree> OpenAsync(GitRepositories git, OverlayRepository source, CancellationToken cancellationToken) =>
        await git.OpenAsync(source.Url, (await git.ResolveAsync(source.Url, "main", cancellationToken)).Sha, cancellationToken);

    private sealed class NullGitObserver : IGitObserver
    {
        public void Ran(string operation, string result, TimeSpan duration)
        {
        }
    }
}

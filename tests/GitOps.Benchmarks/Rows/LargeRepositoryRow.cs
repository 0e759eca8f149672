using System.Diagnostics;
using System.Globalization;

using GitOps.Benchmarks.Figures;
using GitOps.Benchmarks.Operators;
using GitOps.Benchmarks.Rendering;
using GitOps.Benchmarks.Repositories;
using GitOps.Manifests.Trees;
using GitOps.Operator.Git;
using Microsoft.Extensions.Logging.Abstractions;
using GitCommand = GitOps.Benchmarks.Cluster.GitCommand;

namespace GitOps.Benchmarks.Rows;

/// <summary>
/// One Application, and then a thousand, of a repository of 100,000 files and 50,000 commits, in turns with git itself. The server is
/// this machine: its processes are in the memory of both.
/// </summary>
internal static class LargeRepositoryRow
{
    private const int Rounds = 3;
    private const int Commits = 9;
    private const int Polls = 9;
    private const int Workers = 8;
    private const double Megabyte = 1024 * 1024;

    public static async Task RunAsync(Lab lab, CancellationToken cancellationToken)
    {
        lab.Report.Note($"making {LargeRepository.Files} files and {LargeRepository.Commits} commits");
        var source = await LargeRepository.CreateAsync(lab.NewDirectory("large"), cancellationToken);
        var (clone, kept) = await AddFirstAsync(lab, source, cancellationToken);
        using var git = kept;
        await AddCommitsAsync(lab, source, git, clone, cancellationToken);
        await AddManyAsync(lab, source, git, cancellationToken);
    }

    /// <returns>The last clone of git, and the last of ours.</returns>
    private static async Task<(string Clone, Mirror Ours)> AddFirstAsync(Lab lab, LargeRepository source, CancellationToken cancellationToken)
    {
        var (clones, ours) = (new List<Taken>(), new List<Taken>());
        var clone = string.Empty;
        Mirror? git = null;
        for (var round = 0; round < Rounds; round++)
        {
            clone = lab.NewDirectory("clone");
            clones.Add(await TakeAsync(clone, async () =>
            {
                await GitCommand.RunAsync(clone, ["clone", "--quiet", "--filter=blob:none", "--bare", source.Url, "."], cancellationToken);
                await GitCommand.RunAsync(clone, ["ls-remote", "--symref", source.Url], cancellationToken);
            }));
            git?.Dispose();
            git = Mirror.Open(lab.NewDirectory("mirrors"), source);
            ours.Add(await TakeAsync(git.Directory, () => git.RenderAsync(One(), cancellationToken)));
        }

        var (gits, own) = (Taken.Median(clones), Taken.Median(ours));
        lab.Report.Add("first fetch, resolve and render of one Application", own.Milliseconds, "ms", own.Milliseconds / gits.Milliseconds, "git clone and ls-remote", Target.AtMost(2 * gits.Milliseconds));
        lab.Report.Add("first fetch, peak memory with git and the server", own.Memory / Megabyte, "MiB", own.Memory / gits.Memory, "git clone", Target.AtMost(1.5 * gits.Memory / Megabyte));
        lab.Report.Add("first fetch, disk", own.Disk / Megabyte, "MiB", own.Disk / gits.Disk, "git clone", Target.AtMost(1.1 * gits.Disk / Megabyte));
        lab.Report.Add("first fetch, objects read", git!.Repository.Mirror.ObjectsRead, "", Target.AtMost(5 + LargeRepository.FilesOfApplication));
        return (clone, git);
    }

    private static async Task AddCommitsAsync(Lab lab, LargeRepository source, Mirror git, string clone, CancellationToken cancellationToken)
    {
        var application = One();
        await git.RenderAsync(application, cancellationToken);
        var (ours, gits, bytes, read, fetched) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var number = 0; number < Commits; number++)
        {
            await source.CommitAsync(0, 0, cancellationToken);
            var started = Stopwatch.GetTimestamp();
            await GitCommand.RunAsync(clone, ["ls-remote", "--symref", source.Url], cancellationToken);
            await GitCommand.RunAsync(clone, ["fetch", "--quiet", "origin", "+refs/heads/*:refs/heads/*"], cancellationToken);
            await GitCommand.RunAsync(clone, ["cat-file", "-p", $"main:{LargeRepository.PathOf(0, 0)}/file-0.yaml"], cancellationToken);
            gits.Add(Sample.Milliseconds(started, Stopwatch.GetTimestamp()));

            var (size, before, objects) = (DiskUsage.Of(git.Directory), git.Repository.Mirror.ObjectsRead, await git.CountAsync(cancellationToken));
            started = Stopwatch.GetTimestamp();
            await git.Repositories.RefreshAsync(source.Url, cancellationToken);
            await git.RenderAsync(application, cancellationToken);
            ours.Add(Sample.Milliseconds(started, Stopwatch.GetTimestamp()));
            bytes.Add(DiskUsage.Of(git.Directory) - size);
            read.Add(git.Repository.Mirror.ObjectsRead - before);
            fetched.Add(await git.CountAsync(cancellationToken) - objects);
        }

        var (own, beside) = (Sample.Median(ours), Sample.Median(gits));
        lab.Report.Add("a commit of one file, fetched and rendered", own, "ms", own / beside, "git ls-remote, fetch, and cat-file of the file", Target.AtMost(1.5 * beside));
        lab.Report.Add("a commit of one file, more on disk", Sample.Median(bytes) / 1024, "KiB", Target.AtMost(64));
        lab.Report.Add("a commit of one file, objects fetched", Sample.Median(fetched), "", Target.AtMost(10));
        lab.Report.Add("a commit of one file, objects read", Sample.Median(read), "", Target.AtMost(5 + LargeRepository.FilesOfApplication));
    }

    private static async Task AddManyAsync(Lab lab, LargeRepository source, Mirror git, CancellationToken cancellationToken)
    {
        var paths = Enumerable.Range(0, 1_000).Select(static number => LargeRepository.PathOf(number % LargeRepository.Teams, number / LargeRepository.Teams)).ToList();
        var applications = new RenderedApplications(paths);
        var (fetches, started) = (git.Observer.Fetches, Stopwatch.GetTimestamp());
        var tree = await git.OpenAsync(cancellationToken);
        await applications.RenderAsync(tree, Workers, cancellationToken);
        lab.Report.Add("1,000 Applications rendered for the first time", Sample.Milliseconds(started, Stopwatch.GetTimestamp()), "ms");
        lab.Report.Add("1,000 Applications rendered for the first time, fetches", git.Observer.Fetches - fetches, "");

        var subscriptions = paths.ConvertAll(_ => git.Repositories.Subscribe(new(source.Url, "main", TimeSpan.FromHours(1), static () => { })));
        var (polls, lists, looks, cpu, reads) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), git.Repository.Mirror.ObjectsRead);
        fetches = git.Observer.Fetches;
        for (var number = 0; number < Polls; number++)
        {
            started = Stopwatch.GetTimestamp();
            await GitCommand.RunAsync(git.Directory, ["ls-remote", "--symref", "--quiet", source.Url], cancellationToken);
            lists.Add(Sample.Milliseconds(started, Stopwatch.GetTimestamp()));
            (started, var used) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            await git.Repositories.RefreshAsync(source.Url, cancellationToken);
            polls.Add(Sample.Milliseconds(started, Stopwatch.GetTimestamp()));
            cpu.Add((Environment.CpuUsage.TotalTime - used).TotalMilliseconds);
            started = Stopwatch.GetTimestamp();
            await git.Repository.Refs.PollAsync(full: false, cancellationToken);
            looks.Add(Sample.Milliseconds(started, Stopwatch.GetTimestamp()));
        }

        var (poll, list) = (Sample.Median(polls), Sample.Median(lists));
        lab.Report.Add("1,000 Applications, a poll by git where nothing changed", poll, "ms", poll / list, "git ls-remote", Target.AtMost(2 * list));
        lab.Report.Add("1,000 Applications, a poll by git where nothing changed, our processor time", Sample.Median(cpu), "ms");
        lab.Report.Add("1,000 Applications, a cheap look where nothing changed", Sample.Median(looks), "ms", Sample.Median(looks) / list, "git ls-remote", Target.AtMost(0.5 * list));
        lab.Report.Add("1,000 Applications at rest, fetches", git.Observer.Fetches - fetches, "", Target.AtMost(0));
        lab.Report.Add("1,000 Applications at rest, objects read", git.Repository.Mirror.ObjectsRead - reads, "", Target.AtMost(0));

        var (times, rendered, opened) = (new List<double>(), new List<double>(), new List<double>());
        for (var number = 0; number < Commits; number++)
        {
            await source.CommitAsync(number, 0, cancellationToken);
            await git.Repositories.RefreshAsync(source.Url, cancellationToken);
            (started, reads) = (Stopwatch.GetTimestamp(), git.Repository.Mirror.ObjectsRead);
            rendered.Add(await applications.RenderAsync(await git.OpenAsync(cancellationToken), Workers, cancellationToken));
            times.Add(Sample.Milliseconds(started, Stopwatch.GetTimestamp()));
            opened.Add(git.Repository.Mirror.ObjectsRead - reads);
        }

        lab.Report.Add("1,000 Applications, after the fetch of a commit to one of them", Sample.Median(times), "ms");
        lab.Report.Add("1,000 Applications, a commit to one of them, renderings", Sample.Median(rendered), "", Target.AtMost(1));
        lab.Report.Add("1,000 Applications, a commit to one of them, objects read", Sample.Median(opened), "", Target.AtMost(Workers * (5 + LargeRepository.FilesOfApplication)));
        subscriptions.ForEach(static subscription => subscription.Dispose());
    }

    private static RenderedApplications One() => new([LargeRepository.PathOf(0, 0)]);

    private static async Task<Taken> TakeAsync(string directory, Func<Task> work)
    {
        var milliseconds = 0.0;
        var memory = await PeakMemory.DuringAsync(async () =>
        {
            var started = Stopwatch.GetTimestamp();
            await work();
            milliseconds = Sample.Milliseconds(started, Stopwatch.GetTimestamp());
        });
        return new(milliseconds, memory, DiskUsage.Of(directory));
    }

    private sealed record Taken(double Milliseconds, double Memory, double Disk)
    {
        public static Taken Median(IReadOnlyCollection<Taken> all) => new(
            Sample.Median(all.Select(static one => one.Milliseconds)), Sample.Median(all.Select(static one => one.Memory)), Sample.Median(all.Select(static one => one.Disk)));
    }

    private static class DiskUsage
    {
        public static double Of(string directory) => new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories).Sum(static file => file.Length);
    }

    /// <summary>Ours, with a cache of its own.</summary>
    private sealed class Mirror : IDisposable
    {
        private readonly LargeRepository _source;

        private Mirror(string directory, LargeRepository source)
        {
            (Directory, _source) = (directory, source);
            var options = new GitOptions { CacheDirectory = directory, AllowLocalRepositories = true };
            Repositories = new(options, new(new LocalRefProbe(), Observer, new ObjectCache(options.ObjectCacheBytes), TimeProvider.System, static () => 1, NullLogger.Instance));
        }

        public string Directory { get; }

        public GitRepositories Repositories { get; }

        public FetchObserver Observer { get; } = new();

        public GitRepository Repository => Repositories.Find(_source.Url);

        public static Mirror Open(string directory, LargeRepository source) => new(directory, source);

        public async Task<ISourceTree> OpenAsync(CancellationToken cancellationToken) =>
            await Repositories.OpenAsync(_source.Url, (await Repositories.ResolveAsync(_source.Url, "main", cancellationToken)).Sha, cancellationToken);

        public async Task RenderAsync(RenderedApplications applications, CancellationToken cancellationToken) =>
            await applications.RenderAsync(await OpenAsync(cancellationToken), cancellationToken);

        /// <summary>How many objects the mirror has.</summary>
        public async Task<double> CountAsync(CancellationToken cancellationToken)
        {
            var output = await GitCommand.RunAsync(Repository.Directory, ["count-objects", "--verbose"], cancellationToken);
            return output.Split('\n').Select(static line => line.Split(": ")).Where(static pair => pair[0] is "count" or "in-pack")
                .Sum(static pair => double.Parse(pair[1], CultureInfo.InvariantCulture));
        }

        public void Dispose() => Repositories.Dispose();
    }

    private sealed class FetchObserver : IGitObserver
    {
        private int _fetches;

        public int Fetches => Volatile.Read(ref _fetches);

        public void Ran(string operation, string result, TimeSpan duration)
        {
            if (operation.StartsWith("fetch", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref _fetches);
            }
        }
    }
}

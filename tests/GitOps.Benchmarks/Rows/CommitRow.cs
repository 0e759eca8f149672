using System.Diagnostics;
using System.Globalization;
using GitOps.Benchmarks.Cluster;
using GitOps.Benchmarks.Figures;
using GitOps.Benchmarks.Operators;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.Benchmarks.Rows;

/// <summary>
/// Commits that change one object of one Application each. Fetched is when git has ended; applied is when a watch of somebody
/// else shows the object changed.
/// </summary>
internal static class CommitRow
{
    private const int Stride = 7919;
    private const double TargetMilliseconds = 300;

    public static async Task RunAsync(Lab lab, CancellationToken cancellationToken)
    {
        var fleet = await lab.FleetAsync(cancellationToken);
        var running = await fleet.InsideAsync(workers: null, cancellationToken);
        await using var objects = await ObjectWatch.StartAsync(fleet.Server.Client, Kinds.ConfigMap, Names.ApplicationLabel, cancellationToken);
        await Quiet.WaitAsync(running.MetricsAsync, cancellationToken);
        var request = await fleet.Server.Raw.LatencyAsync(fleet.Workload.NamespaceOf(0), cancellationToken);
        var commits = new List<Commit>();
        for (var number = 0; number < lab.Settings.Commits; number++)
        {
            var commit = await CommitAsync(fleet, running, objects, number, cancellationToken);
            commits.Add(commit);
            lab.Report.Note(commit.ToString());
        }

        var applied = commits.Select(static commit => commit.Applied).ToList();
        lab.Report.Add(
            "fetched to applied, median", Sample.Median(applied), "ms", Sample.Median(applied) / request, "one raw apply", Target.AtMost(TargetMilliseconds));
        lab.Report.Add("fetched to applied, slowest", applied.Max(), "ms", applied.Max() / request, "one raw apply", Target.AtMost(TargetMilliseconds));
        lab.Report.Add("fetched to reported, median", Sample.Median(commits.Select(static commit => commit.Reported)), "ms");
        lab.Report.Add("fetched until all Applications have looked, median", Sample.Median(commits.Select(static commit => commit.Passed)), "ms");
        lab.Report.Add("told to fetched, median", Sample.Median(commits.Select(static commit => commit.Fetched)), "ms");
        lab.Report.Add("renders of a commit, most", commits.Max(static commit => commit.Renders), "", Target.AtMost(1));
        lab.Report.Add("renders of a commit, fewest", commits.Min(static commit => commit.Renders), "", Target.AtLeast(1));
        lab.Report.Add("requests of a commit, median", Sample.Median(commits.Select(static commit => commit.Requests.Values.Sum())), "");
    }

    private static async Task<Commit> CommitAsync(
        Fleet fleet, OperatorInside running, ObjectWatch objects, int number, CancellationToken cancellationToken)
    {
        var application = (int)((long)(number + 1) * Stride % fleet.Workload.Applications);
        var value = Guid.NewGuid().ToString("N");
        var sha = await fleet.Repository.ChangeAsync(application, value, cancellationToken);
        var before = await running.MetricsAsync(cancellationToken);
        var passed = running.PassesAsync(fleet.Workload.Applications);
        var appliedAt = objects.WaitAsync(
            "the object that the commit changed", 1, item => ValueOf(item) == value, Fleet.Limit, cancellationToken);
        var reportedAt = fleet.Applications.WaitAsync(
            "the Application that the commit changed", 1, item => ApplicationFacts.IsAt(item, sha), Fleet.Limit, cancellationToken);
        var told = Stopwatch.GetTimestamp();
        await running.RefreshAsync(fleet.Repository.Url, cancellationToken);
        var fetched = running.FetchedAt;
        var (applied, reported, all) = (await appliedAt, await reportedAt, await passed.WaitAsync(Fleet.Limit, cancellationToken));
        await Quiet.WaitAsync(running.MetricsAsync, cancellationToken);
        var after = await running.MetricsAsync(cancellationToken);
        return new Commit(
            Sample.Milliseconds(told, fetched), Sample.Milliseconds(fetched, applied), Sample.Milliseconds(fetched, reported),
            Sample.Milliseconds(fetched, all), after.Renders - before.Renders, after.CachedRenders - before.CachedRenders, after.RequestsSince(before));
    }

    private static string? ValueOf(KubernetesObject item) => item.At("data") is System.Text.Json.Nodes.JsonObject data ? KubernetesObject.GetString(data, "value") : null;

    private sealed record Commit(
        double Fetched, double Applied, double Reported, double Passed, double Renders, double Cached, IReadOnlyDictionary<string, double> Requests)
    {
        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"fetched in {Fetched:0} ms, applied after {Applied:0} ms more, all looked after {Passed:0} ms; {Renders} rendered, {Cached} not; requests: {string.Join(", ", Requests.Select(static pair => $"{pair.Value} {pair.Key}"))}");
    }
}

using System.Diagnostics;
using System.Globalization;
using GitOps.Benchmarks.Cluster;
using GitOps.Benchmarks.Figures;
using GitOps.Operator.Api;

namespace GitOps.Benchmarks.Rows;

/// <summary>
/// Two restarts with nothing on the disk: one on a cluster in sync, which must write nothing; and one after somebody edited objects
/// while no operator ran, which proves that everything was looked at by when they are reported and put right.
/// </summary>
internal static class RestartRow
{
    private const int Edited = 20;
    private const double TargetSeconds = 10;

    private static readonly string[] Writes = ["apply ", "create ", "update ", "patch ", "delete "];

    public static async Task RunAsync(Lab lab, CancellationToken cancellationToken)
    {
        var fleet = await lab.FleetAsync(cancellationToken);
        var request = await fleet.Server.Raw.LatencyAsync(fleet.Workload.NamespaceOf(0), cancellationToken);
        await fleet.StopAsync();
        var started = Stopwatch.GetTimestamp();
        var running = await fleet.FreshProcessAsync(cancellationToken);
        var page = await running.WaitAsync(
            "every Application has been looked at",
            page => page.PassesDone >= fleet.Workload.Applications && page.Synced >= fleet.Workload.Applications && page.QueueDepth == 0,
            Fleet.Limit, cancellationToken);
        var undisturbed = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var cpu = running.Usage.Cpu.TotalSeconds;
        await Quiet.WaitAsync(running.MetricsAsync, cancellationToken);
        var requests = (await running.MetricsAsync(cancellationToken)).Requests().Where(static pair => pair.Value > 0).ToList();
        lab.Report.Add(
            "until all statuses are right, nothing changed", undisturbed, "s", undisturbed * 1000 / request, "one raw apply", Target.AtMost(TargetSeconds));
        lab.Report.Add("processor time", cpu, "s", cpu / undisturbed, "one processor");
        lab.Report.Add("writes", requests.Where(static pair => IsWrite(pair.Key)).Sum(static pair => pair.Value), "", Target.AtMost(0));
        lab.Report.Add("renders", page.Renders, "");
        lab.Report.Note("requests: " + string.Join(", ", requests.Select(static pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Value:0} {pair.Key}"))));
        await DisturbedAsync(lab, fleet, cancellationToken);
    }

    private static async Task DisturbedAsync(Lab lab, Fleet fleet, CancellationToken cancellationToken)
    {
        await fleet.StopAsync();
        await using var objects = await ObjectWatch.StartAsync(fleet.Server.Client, Kinds.ConfigMap, Names.ApplicationLabel, cancellationToken);
        using var probe = new DriftProbe(fleet, objects);
        var last = fleet.Workload.ConfigMaps().Last();
        var edited = Math.Min(Edited, fleet.Workload.Applications);
        for (var number = 0; number < edited; number++)
        {
            await probe.EditAsync(number * fleet.Workload.Applications / edited, last, cancellationToken);
        }

        var started = Stopwatch.GetTimestamp();
        await fleet.FreshProcessAsync(cancellationToken);
        await probe.WaitAsync(Fleet.Limit, cancellationToken);
        var seconds = Stopwatch.GetElapsedTime(started, probe.Completed).TotalSeconds;
        lab.Report.Add($"until {edited} edits made meanwhile are reported and healed", seconds, "s", Target.AtMost(TargetSeconds));
    }

    private static bool IsWrite(string request) =>
        Array.Exists(Writes, verb => request.StartsWith(verb, StringComparison.Ordinal)) && !request.EndsWith(" events", StringComparison.Ordinal);
}

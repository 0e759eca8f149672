using System.Diagnostics;
using System.Globalization;
using GitOps.Benchmarks.Cluster;
using GitOps.Benchmarks.Figures;
using GitOps.Operator.Api;

namespace GitOps.Benchmarks.Rows;

/// <summary>Fifty edits a second, each of another object, over some of the Applications.</summary>
internal static class DriftRow
{
    private const int EditsPerSecond = 50;
    private const int EditedApplications = 200;
    private const int WarmUpEdits = 50;
    private const double ReportedTarget = 250;
    private const double HealedTarget = 500;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    public static async Task RunAsync(Lab lab, CancellationToken cancellationToken)
    {
        var fleet = await lab.FleetAsync(cancellationToken);
        var running = await fleet.ProcessAsync(cancellationToken);
        await using var objects = await ObjectWatch.StartAsync(fleet.Server.Client, Kinds.ConfigMap, Names.ApplicationLabel, cancellationToken);
        var applications = Math.Min(EditedApplications, fleet.Workload.Applications);
        var targets = fleet.Workload.ConfigMaps().SelectMany(index => Enumerable.Range(0, applications).Select(application => (application, index))).ToList();
        await Quiet.WaitAsync(running.MetricsAsync, cancellationToken);
        await EditAsync(fleet, objects, targets.Take(WarmUpEdits), cancellationToken);
        await Quiet.WaitAsync(running.MetricsAsync, cancellationToken);
        var request = await fleet.Server.Raw.LatencyAsync(fleet.Workload.NamespaceOf(0), cancellationToken);

        var measured = targets.Skip(WarmUpEdits).Take((int)(lab.Settings.DriftTime.TotalSeconds * EditsPerSecond)).ToList();
        var (before, usage, started) = (await running.MetricsAsync(cancellationToken), running.Usage, Stopwatch.GetTimestamp());
        var (reported, healed) = await EditAsync(fleet, objects, measured, cancellationToken);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var cpu = (running.Usage.Cpu - usage.Cpu).TotalSeconds;
        var requests = (await running.MetricsAsync(cancellationToken)).RequestsSince(before);
        Add("reported, median", Sample.Median(reported), null);
        Add("reported, 99 of 100", Sample.Percentile(reported, 99), Target.AtMost(ReportedTarget));
        Add("healed, median", Sample.Median(healed), null);
        Add("healed, 99 of 100", Sample.Percentile(healed, 99), Target.AtMost(HealedTarget));
        lab.Report.Add("edits", reported.Count, "");
        lab.Report.Add("requests per edit", requests.Values.Sum() / reported.Count, "");
        lab.Report.Add("processor time per edit", cpu * 1000 / reported.Count, "ms", cpu / seconds, "one processor");
        lab.Report.Note("requests: " + string.Join(", ", requests.Select(static pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Value:0} {pair.Key}"))));

        void Add(string name, double milliseconds, Target? target) =>
            lab.Report.Add(name, milliseconds, "ms", milliseconds / request, "one raw apply", target);
    }

    private static async Task<(IReadOnlyList<double> Reported, IReadOnlyList<double> Healed)> EditAsync(
        Fleet fleet, ObjectWatch objects, IEnumerable<(int Application, int Index)> targets, CancellationToken cancellationToken)
    {
        using var probe = new DriftProbe(fleet, objects);
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / EditsPerSecond));
        var edits = new List<Task>();
        foreach (var (application, index) in targets)
        {
            await pace.WaitForNextTickAsync(cancellationToken);
            edits.Add(probe.EditAsync(application, index, cancellationToken));
        }

        await Task.WhenAll(edits);
        await probe.WaitAsync(Limit, cancellationToken);
        return (probe.Reported, probe.Healed);
    }
}

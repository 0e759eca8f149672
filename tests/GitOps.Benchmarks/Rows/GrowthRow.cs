using System.Globalization;
using GitOps.Benchmarks.Cluster;
using GitOps.Benchmarks.Operators;
using GitOps.Operator.Api;

namespace GitOps.Benchmarks.Rows;

/// <summary>
/// Commits, and four edits that are healed after each. Whatever grows with them rather than with the objects is found by
/// comparing what the operator has at rest after some of them with what it has after many.
/// </summary>
internal static class GrowthRow
{
    private const int EditsPerCommit = 4;
    private const double Mebibyte = 1 << 20;

    private static readonly TimeSpan TrimmedAfter = TimeSpan.FromSeconds(25);
    private static readonly int[] Looks = [0, 100, 300, 500];

    public static async Task RunAsync(Lab lab, CancellationToken cancellationToken)
    {
        var fleet = await lab.FleetAsync(cancellationToken);
        var running = await fleet.ProcessAsync(cancellationToken);
        await using var objects = await ObjectWatch.StartAsync(fleet.Server.Client, Kinds.ConfigMap, Names.ApplicationLabel, cancellationToken);
        var targets = fleet.Workload.ConfigMaps().Skip(1).SelectMany(
            index => Enumerable.Range(0, fleet.Workload.Applications).Select(application => (Application: application, Index: index))).ToList();
        for (var (number, look) = (0, 0); look < Looks.Length; number++)
        {
            if (number == Looks[look])
            {
                await LookAsync(lab, running, number, cancellationToken);
                look++;
            }

            if (look < Looks.Length)
            {
                await CommitAsync(fleet, running, number % fleet.Workload.Applications, cancellationToken);
                using var probe = new DriftProbe(fleet, objects);
                for (var edit = 0; edit < EditsPerCommit; edit++)
                {
                    // Each object once, as far as there are so many: one that is edited again waits for its heal on purpose.
                    var (application, index) = targets[((number * EditsPerCommit) + edit) % targets.Count];
                    await probe.EditAsync(application, index, cancellationToken);
                }

                await probe.WaitAsync(Fleet.Limit, cancellationToken);
            }
        }
    }

    private static async Task CommitAsync(Fleet fleet, OperatorProcess running, int application, CancellationToken cancellationToken)
    {
        var sha = await fleet.Repository.ChangeAsync(application, Guid.NewGuid().ToString("N"), cancellationToken);
        var reported = fleet.Applications.WaitAsync("the commit", 1, item => ApplicationFacts.IsAt(item, sha), Fleet.Limit, cancellationToken);
        await fleet.Server.RefreshAsync(fleet.Workload.ApplicationName(application), cancellationToken);
        await running.WhileRunningAsync(reported, cancellationToken);
    }

    private static async Task LookAsync(Lab lab, OperatorProcess running, int commits, CancellationToken cancellationToken)
    {
        await Quiet.WaitAsync(running.MetricsAsync, cancellationToken);
        await Task.Delay(TrimmedAfter, cancellationToken);
        var (usage, page) = (running.Usage, await running.MetricsAsync(cancellationToken));
        Add("managed heap at rest", page.ManagedHeapBytes / Mebibyte, "MiB");
        Add("resident", usage.OwnBytes / Mebibyte, "MiB");
        Add("resident, children", usage.ChildBytes / Mebibyte, "MiB");
        Add("series of metrics", page.SeriesCount, "");
        Add("threads", Directory.EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{running.Id}/task")).Count(), "");
        Add("file descriptors", Directory.EnumerateFiles(string.Create(CultureInfo.InvariantCulture, $"/proc/{running.Id}/fd")).Count(), "");

        void Add(string name, double value, string unit) => lab.Report.Add(string.Create(CultureInfo.InvariantCulture, $"after {commits} commits and {commits * EditsPerCommit} heals: {name}"), value, unit);
    }
}

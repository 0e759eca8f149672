using System.Diagnostics;
using System.Globalization;
using GitOps.Benchmarks.Cluster;
using GitOps.Benchmarks.Figures;

namespace GitOps.Benchmarks.Rows;

/// <summary>The operator is left alone, with all Applications in one repository and with the same ones spread over many.</summary>
internal static class RestRow
{
    private const int ManyRepositories = 100;
    private const double TargetRequests = 1;
    private const double TargetPercent = 1;
    private const double BaseMegabytes = 120;
    private const double KilobytesPerObject = 3;

    public static async Task RunAsync(Lab lab, CancellationToken cancellationToken)
    {
        var fleet = await lab.FleetAsync(cancellationToken);
        await RestAsync(lab, fleet, "1 repository", cancellationToken);

        var repositories = new string[Math.Min(ManyRepositories, fleet.Workload.Applications)];
        for (var number = 0; number < repositories.Length; number++)
        {
            var own = Enumerable.Range(0, fleet.Workload.Applications).Where(application => application % repositories.Length == number);
            repositories[number] = (await WorkloadRepository.CreateAsync(lab.NewDirectory("repository"), fleet.Workload, own, cancellationToken)).Url;
        }

        await fleet.PointAtAsync(application => repositories[application % repositories.Length], cancellationToken);
        await fleet.WaitUntilSyncedAsync(cancellationToken);
        await RestAsync(lab, fleet, $"{repositories.Length} repositories", cancellationToken);
    }

    private static async Task RestAsync(Lab lab, Fleet fleet, string repositories, CancellationToken cancellationToken)
    {
        var running = await fleet.ProcessAsync(cancellationToken);
        await Quiet.WaitAsync(running.MetricsAsync, cancellationToken);
        var (before, usage, started) = (await running.MetricsAsync(cancellationToken), running.Usage, Stopwatch.GetTimestamp());
        await Task.Delay(lab.Settings.RestTime, cancellationToken);
        var now = running.Usage;
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var page = await running.MetricsAsync(cancellationToken);
        var requests = page.RequestsSince(before);
        var percent = (now.Cpu - usage.Cpu).TotalSeconds / seconds * 100;
        var allowed = BaseMegabytes + (fleet.Workload.TotalObjects * KilobytesPerObject / 1024);
        var megabytes = (now.OwnBytes + now.ChildBytes) / 1024.0 / 1024;
        lab.Report.Add($"requests beside watches, {repositories}", requests.Values.Sum() / seconds, "1/s", Target.AtMost(TargetRequests));
        lab.Report.Add($"processor, {repositories}", percent, "% of one", Target.AtMost(TargetPercent));
        lab.Report.Add($"working set, {repositories}", megabytes, "MB", megabytes / allowed, "allowance", Target.AtMost(allowed));
        lab.Report.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"memory: {now.OwnBytes / 1024.0 / 1024:0} MB of the process, {page.ManagedHeapBytes / 1024 / 1024:0} MB of it managed; {now.ChildBytes / 1024.0 / 1024:0} MB of its children"));
        Note("git", page.GitOperationsSince(before));
        Note("requests", requests);

        void Note(string what, IReadOnlyDictionary<string, double> counts)
        {
            if (counts.Count > 0)
            {
                lab.Report.Note(
                    $"{what}: {string.Join(", ", counts.Select(static pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Value:0} {pair.Key}")))}; {page.Passes - before.Passes} passes");
            }
        }
    }
}

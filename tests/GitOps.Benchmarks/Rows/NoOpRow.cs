using System.Diagnostics;
using GitOps.Benchmarks.Cluster;
using GitOps.Benchmarks.Figures;
using GitOps.Benchmarks.Operators;
using GitOps.Kubernetes.Objects;

namespace GitOps.Benchmarks.Rows;

/// <summary>Every Application is triggered over and over, with one worker, while nothing changes: way through the queue included.</summary>
internal static class NoOpRow
{
    private const int WarmUpPasses = 30_000;
    private const int MeasuredPasses = 200_000;
    private const double TargetMicroseconds = 50;

    public static async Task RunAsync(Lab lab, CancellationToken cancellationToken)
    {
        var fleet = await lab.FleetAsync(cancellationToken);
        var running = await fleet.InsideAsync(workers: 1, cancellationToken);
        var keys = Enumerable.Range(0, fleet.Workload.Applications)
            .Select(application => new NamespacedName(Workload.ApplicationNamespace, fleet.Workload.ApplicationName(application))).ToArray();
        await Quiet.WaitAsync(running.MetricsAsync, cancellationToken);
        await PassesAsync(running, keys, WarmUpPasses, cancellationToken);
        var request = await fleet.Server.Raw.LatencyAsync(fleet.Workload.NamespaceOf(0), cancellationToken);
        await Quiet.WaitAsync(running.MetricsAsync, cancellationToken);

        var before = await running.MetricsAsync(cancellationToken);
        var allocated = GC.GetTotalAllocatedBytes();
        var microseconds = await PassesAsync(running, keys, MeasuredPasses, cancellationToken);
        allocated = GC.GetTotalAllocatedBytes() - allocated;
        var after = await running.MetricsAsync(cancellationToken);
        lab.Report.Add("time of a pass", microseconds, "µs", microseconds / 1000 / request, "one raw apply", Target.AtMost(TargetMicroseconds));
        lab.Report.Add("allocated by a pass", (double)allocated / MeasuredPasses, "bytes");
        lab.Report.Add("requests to the API server", after.RequestsSince(before).Values.Sum(), "", Target.AtMost(0));
        lab.Report.Add("passes measured", after.Passes - before.Passes, "");
    }

    /// <returns>Microseconds per pass.</returns>
    private static async Task<double> PassesAsync(OperatorInside running, NamespacedName[] keys, int count, CancellationToken cancellationToken)
    {
        var (took, done) = (TimeSpan.Zero, 0);
        while (done < count)
        {
            var ended = running.PassesAsync(keys.Length);
            var started = Stopwatch.GetTimestamp();
            foreach (var key in keys)
            {
                running.Queue.Trigger(key);
            }

            took += Stopwatch.GetElapsedTime(started, await ended.WaitAsync(Fleet.Limit, cancellationToken));
            done += keys.Length;
        }

        return took.TotalMicroseconds / done;
    }
}

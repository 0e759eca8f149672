using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Watching;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Drift;

/// <summary>How long drift takes to be told and healed; written down, not judged: the machine may be busy.</summary>
public sealed class LatencyTests(Cluster cluster)
{
    private const int Objects = 20;

    [Fact]
    public async Task The_time_from_drift_to_report_and_to_heal_is_measured()
    {
        var names = Enumerable.Range(0, Objects).Select(static index => $"settings-{index:00}").ToList();
        await using var bed = await DriftBed.StartAsync(cluster, DriftManifests.All([.. names.Select(static name => DriftManifests.ConfigMap(name))]));
        var edited = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        var changed = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        var reported = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        var healed = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        using var stopping = new CancellationTokenSource();
        var watches = Task.WhenAll(
            FollowAsync(bed, Kinds.ConfigMap, bed.Target, seen =>
            {
                if (seen.At("data", "color")!.GetValue<string>() == "red")
                {
                    changed.TryAdd(seen.Name, true);
                }
                else if (changed.ContainsKey(seen.Name))
                {
                    healed.TryAdd(seen.Name, Stopwatch.GetTimestamp());
                }
            }, stopping.Token),
            FollowAsync(bed, Kinds.Application, bed.Space.ApplicationNamespace, seen =>
            {
                foreach (var row in ApplicationResource.Parse(seen).Status.Drift)
                {
                    reported.TryAdd(row.Name, Stopwatch.GetTimestamp());
                }
            }, stopping.Token));
        foreach (var name in names)
        {
            edited[name] = Stopwatch.GetTimestamp();
            await cluster.MergeAsync(Kinds.ConfigMap, bed.Target, name, """{"data": {"color": "red"} }""", "vi");
            await bed.UntilObjectAsync(Kinds.ConfigMap, name, "is healed", static live => live.At("data", "color")!.GetValue<string>() == "blue");
        }

        await bed.Space.UntilAsync("all were reported and healed", () => Task.FromResult(reported.Count == Objects && healed.Count == Objects));
        await stopping.CancelAsync();
        await watches;
        TestContext.Current.TestOutputHelper!.WriteLine(Line("reported", edited, reported));
        TestContext.Current.TestOutputHelper!.WriteLine(Line("healed", edited, healed));
    }

    private static string Line(string what, ConcurrentDictionary<string, long> from, ConcurrentDictionary<string, long> to)
    {
        var times = to.Select(pair => Stopwatch.GetElapsedTime(from[pair.Key], pair.Value).TotalMilliseconds).Order().ToList();
        return string.Create(
            CultureInfo.InvariantCulture, $"drift -> {what}: median {times[times.Count / 2]:0.0} ms, worst of {times.Count} {times[^1]:0.0} ms");
    }

    private static async Task FollowAsync(
        DriftBed bed, GitOps.Kubernetes.Resources.ApiResource resource, string @namespace, Action<KubernetesObject> seen, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var item in bed.Cluster.Client.WatchAsync(resource, @namespace, new WatchOptions(), cancellationToken))
            {
                if (item.Object is { } found)
                {
                    seen(found);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Enough was seen.
        }
    }
}

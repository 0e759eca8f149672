using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Testing.Servers;

namespace GitOps.EndToEnd.Tests.Observability;

/// <summary>A real Prometheus scrapes a running operator.</summary>
[Collection(nameof(TracingTests))]
public sealed class PrometheusTests(Cluster cluster)
{
    [Fact]
    public async Task Every_series_and_the_examples_arrive_and_nothing_is_complained_about()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var space = await TestSpace.CreateAsync(cluster, "scrape");
        var repository = space.NewRepository();
        var first = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository);
        var running = await space.StartOperatorAsync(telemetry: collector.Settings("TRACES"));
        using var prometheus = await PrometheusServer.StartAsync(cluster.NewDirectory("prometheus"), running.Address);
        await space.UntilSyncedAsync(application, first);
        var second = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "two")));
        await space.UntilSyncedAsync(application, second);

        // Instants at which a scrape has ended that began after the sync was counted.
        await space.UntilAsync("the sync has been scraped", async () =>
            (await prometheus.QueryAsync($"gitops_operator_application_syncs_total{{namespace=\"{space.ApplicationNamespace}\",application=\"web\",result=\"succeeded\"}} >= 2")).Count > 0);
        var there = await prometheus.NamesAsync();
        (await running.MetricsAsync()).Split('\n').Where(static line => line.Length > 0 && line[0] != '#')
            .Select(static line => line.Split('{', ' ')[0]).Distinct(StringComparer.Ordinal).Where(name => !there.Contains(name)).ShouldBeEmpty();
        var target = await prometheus.TargetAsync();
        target["health"]!.GetValue<string>().ShouldBe("up");
        target["lastError"]!.GetValue<string>().ShouldBeEmpty();
        prometheus.Warnings.ShouldBeEmpty();
        await space.UntilAsync("an example is there whose trace is, too", async () =>
            (await prometheus.ExemplarsAsync("gitops_operator_sync_seconds_bucket")).SelectMany(static series => series!["exemplars"]!.AsArray())
                .Any(found => collector.Spans.Any(span => span.TraceId == found!["labels"]!["trace_id"]!.GetValue<string>())));
    }
}

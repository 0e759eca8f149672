using GitOps.EndToEnd.Tests.Fixture;

namespace GitOps.EndToEnd.Tests.Observability;

/// <summary>An operator and a collector that is spoken to by grpc, which is what OpenTelemetry's variables mean where they say nothing else.</summary>
[Collection(nameof(TracingTests))]
public sealed class GrpcTests(Cluster cluster)
{
    [Fact]
    public async Task A_process_sends_traces_metrics_and_logs_as_its_variables_say()
    {
        await using var collector = await OtlpReceiver.StartAsync(isGrpc: true);
        await using var space = await TestSpace.CreateAsync(cluster, "grpc");
        var repository = space.NewRepository();
        var first = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository);
        space.Variables =
        [
            .. collector.Variables(), new("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "gzip"), new("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "2"),
            new("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "5"), new("OTEL_SERVICE_NAME", "gitops-eu"),
        ];
        var running = space.StartProcess();
        await space.UntilSyncedAsync(application, first);

        await space.UntilAsync("all three have arrived", () => Task.FromResult(
            collector.Spans.Any(static span => span.Name == "apply configmaps")
            && collector.Metrics.ContainsKey("gitops_operator_sync") && collector.Metrics.ContainsKey("gitops_operator_queue_depth")
            && collector.Logs.Any(static line => line.Body.Contains("synced", StringComparison.Ordinal) && line.TraceId.Length > 0)));
        collector.Malformed.ShouldBeEmpty();
        collector.Compressed.ShouldBeGreaterThan(0);
        collector.Keys.Distinct(StringComparer.Ordinal).ShouldBe(["secret-of-collector"]);
        collector.Spans.ShouldAllBe(static span => span.Attributes.Count <= 2 && span.Attributes.Values.All(static value => value.Length <= 5));
        collector.Spans.First().Resource["service.name"].ShouldBe("gitops-eu");
        running.Log.ShouldContain(line => line.Contains($"sending metrics to {collector.Address.GetLeftPart(UriPartial.Authority)} (grpc), traces to", StringComparison.Ordinal));
        running.Log.ShouldAllBe(static line => !line.Contains("OTEL_", StringComparison.Ordinal) && !line.Contains("are not sent", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_collector_that_refuses_stops_nothing_and_is_told_of_once_until_it_takes_again()
    {
        await using var collector = await OtlpReceiver.StartAsync(isGrpc: true);
        await using var space = await TestSpace.CreateAsync(cluster, "grpc");
        collector.Status = 16;
        var repository = space.NewRepository();
        var first = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository);
        var running = await space.StartOperatorAsync(telemetry: collector.Settings());
        await space.UntilSyncedAsync(application, first);
        await space.UntilAsync("metrics have been refused again and again", async () =>
            (await running.MetricsAsync()).Split('\n').Any(static line => line.StartsWith("gitops_operator_telemetry_requests_total{result=\"failed\",signal=\"metrics\"}", StringComparison.Ordinal)
                && int.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture) > 4));
        Lines(running, "metrics are not sent").ShouldHaveSingleItem().ShouldContain($"{collector.Address.Authority} answers with the status UNAUTHENTICATED");

        collector.Status = 0;
        await space.UntilAsync("metrics are sent again", () => Task.FromResult(Lines(running, "metrics are sent again").Count == 1));
        await space.UntilAsync("they have arrived", () => Task.FromResult(collector.Metrics.ContainsKey("gitops_operator_reconciles")));
        running.Log.ShouldAllBe(static line => !line.Contains("secret-of-collector", StringComparison.Ordinal));
    }

    private static List<string> Lines(OperatorInstance running, string text) => [.. running.Log.Where(line => line.Contains(text, StringComparison.Ordinal))];
}

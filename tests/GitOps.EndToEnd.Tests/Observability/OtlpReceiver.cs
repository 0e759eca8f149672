using System.Collections.Concurrent;
using GitOps.Operator.Observability;
using Microsoft.Extensions.Logging;

namespace GitOps.EndToEnd.Tests.Observability;

/// <summary>A span as it was sent.</summary>
internal sealed record ReceivedSpan(
    string TraceId, string Id, string Parent, string Name, ulong Kind, ulong Start, ulong End, IReadOnlyDictionary<string, string> Attributes, ulong Status,
    IReadOnlyDictionary<string, string> Resource)
{
    public string? this[string attribute] => Attributes.GetValueOrDefault(attribute);
}

/// <summary>A line of the log as it was sent.</summary>
internal sealed record ReceivedLog(string Body, string TraceId, IReadOnlyDictionary<string, string> Resource);

/// <summary>Takes OTLP over HTTP, as a collector does.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _host;

    private OtlpReceiver(WebApplication host) => _host = host;

    public ConcurrentQueue<ReceivedSpan> Spans { get; } = new();

    public ConcurrentQueue<ReceivedLog> Logs { get; } = new();

    public ConcurrentDictionary<string, bool> Metrics { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<string> Keys { get; } = new();

    /// <summary>What an operator is given that sends here.</summary>
    public TelemetrySettings Settings(string signals = "TRACES,METRICS,LOGS") => new(
    [
        .. signals.Split(',').Select(signal => new KeyValuePair<string, string?>($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT", $"{_host.Urls.First()}/v1/{signal.ToLowerInvariant()}")),
        new("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        new("OTEL_EXPORTER_OTLP_HEADERS", "x-key=secret-of-collector"),
        new("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=tests,team=platform%20one"),
        new("OTEL_BSP_SCHEDULE_DELAY", "100"),
        new("OTEL_BLRP_SCHEDULE_DELAY", "100"),
        new("OTEL_METRIC_EXPORT_INTERVAL", "200"),
    ]);

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new OtlpReceiver(builder.Build());
        receiver._host.MapPost("/v1/traces", (RequestDelegate)(context => receiver.TakeAsync(context, receiver.TakeSpans)));
        receiver._host.MapPost("/v1/logs", (RequestDelegate)(context => receiver.TakeAsync(context, receiver.TakeLogs)));
        receiver._host.MapPost("/v1/metrics", (RequestDelegate)(context => receiver.TakeAsync(context, receiver.TakeMetrics)));
        await receiver._host.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    private async Task TakeAsync(HttpContext context, Action<ProtobufMessage> take)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        Keys.Enqueue(context.Request.Headers["x-key"].ToString());
        take(ProtobufMessage.Parse(body.ToArray()));
    }

    private void TakeSpans(ProtobufMessage request)
    {
        foreach (var group in request.All(1))
        {
            var resource = group.All(1).Single().Attributes(1);
            foreach (var span in group.Within(2, 2))
            {
                Spans.Enqueue(new(
                    span.Hex(1), span.Hex(2), span.Hex(4), span.Text(5), span.Number(6), span.Number(7), span.Number(8), span.Attributes(9),
                    span.All(15).LastOrDefault()?.Number(3) ?? 0, resource));
            }
        }
    }

    private void TakeLogs(ProtobufMessage request)
    {
        foreach (var group in request.All(1))
        {
            var resource = group.All(1).Single().Attributes(1);
            foreach (var line in group.Within(2, 2))
            {
                Logs.Enqueue(new(line.All(5).Single().Text(1), line.Hex(9), resource));
            }
        }
    }

    private void TakeMetrics(ProtobufMessage request)
    {
        foreach (var metric in request.Within(1, 2, 2))
        {
            Metrics[metric.Text(1)] = true;
        }
    }
}

using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using GitOps.Operator.Observability;
using Microsoft.AspNetCore.Server.Kestrel.Core;
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

/// <summary>Takes OTLP, as a collector does: over HTTP, or by grpc (HTTP/2 without TLS).</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private const int FrameHead = 5;

    private readonly WebApplication _host;
    private readonly bool _isGrpc;

    private OtlpReceiver(WebApplication host, bool isGrpc) => (_host, _isGrpc) = (host, isGrpc);

    public Uri Address => new(_host.Urls.First());

    /// <summary>The status that calls by grpc are answered with.</summary>
    public int Status { get; set; }

    /// <summary>Calls by grpc that came as they should not, each with what was wrong.</summary>
    public ConcurrentQueue<string> Malformed { get; } = new();

    /// <summary>Calls by grpc whose message was compressed.</summary>
    public int Compressed { get; private set; }

    public ConcurrentQueue<ReceivedSpan> Spans { get; } = new();

    public ConcurrentQueue<ReceivedLog> Logs { get; } = new();

    public ConcurrentDictionary<string, bool> Metrics { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<string> Keys { get; } = new();

    /// <summary>What an operator is given that sends here.</summary>
    public TelemetrySettings Settings(string signals = "TRACES,METRICS,LOGS") => new(Variables(signals));

    /// <summary>The same as variables of a process.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Variables(string signals = "TRACES,METRICS,LOGS") =>
    [
        .. signals.Split(',').Select(signal => new KeyValuePair<string, string?>(
            $"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT", _isGrpc ? _host.Urls.First() : $"{_host.Urls.First()}/v1/{signal.ToLowerInvariant()}")),
        .. _isGrpc ? Array.Empty<KeyValuePair<string, string?>>() : [new("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")],
        new("OTEL_EXPORTER_OTLP_HEADERS", "x-key=secret-of-collector"),
        new("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=tests,team=platform%20one"),
        new("OTEL_BSP_SCHEDULE_DELAY", "100"),
        new("OTEL_BLRP_SCHEDULE_DELAY", "100"),
        new("OTEL_METRIC_EXPORT_INTERVAL", "200"),
    ];

    public static async Task<OtlpReceiver> StartAsync(bool isGrpc = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listen => listen.Protocols = isGrpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
        var receiver = new OtlpReceiver(builder.Build(), isGrpc);
        receiver.Map("trace", "traces", receiver.TakeSpans);
        receiver.Map("logs", "logs", receiver.TakeLogs);
        receiver.Map("metrics", "metrics", receiver.TakeMetrics);
        await receiver._host.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    private void Map(string service, string path, Action<ProtobufMessage> take)
    {
        if (_isGrpc)
        {
            var name = $"opentelemetry.proto.collector.{service}.v1.{char.ToUpperInvariant(service[0])}{service[1..]}Service/Export";
            _host.MapPost("/" + name, (RequestDelegate)(context => AnswerAsync(context, take)));
        }
        else
        {
            _host.MapPost("/v1/" + path, (RequestDelegate)(context => TakeAsync(context, take)));
        }
    }

    private async Task TakeAsync(HttpContext context, Action<ProtobufMessage> take)
    {
        var body = await ReadAsync(context);
        Keys.Enqueue(context.Request.Headers["x-key"].ToString());
        take(ProtobufMessage.Parse(body));
    }

    /// <summary>One message comes in a frame: whether it is compressed, how long it is, itself. One goes back, and behind it the status.</summary>
    private async Task AnswerAsync(HttpContext context, Action<ProtobufMessage> take)
    {
        var body = await ReadAsync(context);
        Keys.Enqueue(context.Request.Headers["x-key"].ToString());
        context.Response.ContentType = "application/grpc";
        if (context.Request.ContentType != "application/grpc" || context.Request.Headers.TE != "trailers")
        {
            Malformed.Enqueue($"{context.Request.ContentType}, TE: {context.Request.Headers.TE}");
        }

        if (body.Length < FrameHead || body[0] > 1 || BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(1)) != body.Length - FrameHead)
        {
            Malformed.Enqueue($"a frame of {body.Length} bytes that begins with {Convert.ToHexString(body.AsSpan(0, Math.Min(FrameHead, body.Length)))}");
        }
        else if (Status == 0)
        {
            take(ProtobufMessage.Parse(body[0] == 1 ? Decompress(context, body.AsMemory(FrameHead)) : body.AsMemory(FrameHead)));
        }

        await context.Response.Body.WriteAsync(new byte[FrameHead], context.RequestAborted);
        context.Response.AppendTrailer("grpc-status", Status.ToString(CultureInfo.InvariantCulture));
        context.Response.AppendTrailer("grpc-message", "secret-of-collector is not known");
    }

    private byte[] Decompress(HttpContext context, ReadOnlyMemory<byte> message)
    {
        Compressed++;
        if (context.Request.Headers["grpc-encoding"] != "gzip")
        {
            Malformed.Enqueue($"compressed by {context.Request.Headers["grpc-encoding"]}");
        }

        using var plain = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(message.ToArray()), CompressionMode.Decompress);
        gzip.CopyTo(plain);
        return plain.ToArray();
    }

    private static async Task<byte[]> ReadAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.ToArray();
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

using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace GitOps.Operator.Observability;

/// <summary>
/// Whether and where metrics, traces and logs are sent, by OpenTelemetry's own variables (<c>OTEL_*</c>). Nothing is sent unless
/// an endpoint is named.
/// </summary>
internal sealed class TelemetrySettings
{
    private const string Service = "gitops-operator";
    private const int DefaultMetricInterval = 60_000;
    private const int DefaultTimeout = 10_000;
    private const int DefaultExportTimeout = 30_000;

    private static readonly string[] Signals = ["METRICS", "TRACES", "LOGS"];

    private readonly ImmutableDictionary<string, string> _variables;

    /// <param name="variables">Those that begin with <c>OTEL_</c>; others are left out.</param>
    /// <param name="time">Null: the system's.</param>
    public TelemetrySettings(IEnumerable<KeyValuePair<string, string?>> variables, TimeProvider? time = null)
    {
        _variables = variables.Where(static pair => pair.Key.StartsWith(TelemetryVariables.Prefix, StringComparison.Ordinal) && !string.IsNullOrWhiteSpace(pair.Value))
            .ToImmutableDictionary(static pair => pair.Key, static pair => pair.Value!.Trim(), StringComparer.Ordinal);
        Delivery = new(time ?? TimeProvider.System);
        if (Is("OTEL_SDK_DISABLED", "true"))
        {
            Problems = [];
            return;
        }

        var obstacles = Signals.Where(IsAsked).ToDictionary(static signal => signal, Obstacle, StringComparer.Ordinal);
        SendsMetrics = Sends("METRICS");
        SendsTraces = Sends("TRACES");
        SendsLogs = Sends("LOGS");
        Problems =
        [
            .. TelemetryVariables.Problems(_variables),
            .. Signals.Where(signal => Find($"OTEL_{signal}_EXPORTER") == "otlp" && Named(signal).Value is null)
                .Select(static signal => $"OTEL_{signal}_EXPORTER: otlp is asked for and no endpoint is: name one in OTEL_EXPORTER_OTLP_ENDPOINT"),
            .. Batch("BSP", BatchSettings.Spans), .. Batch("BLRP", BatchSettings.Logs),
            .. obstacles.Values.OfType<string>().Distinct(StringComparer.Ordinal),
        ];

        bool Sends(string signal) => obstacles.TryGetValue(signal, out var obstacle) && obstacle is null;
    }

    public static TelemetrySettings Off { get; } = new([]);

    public bool SendsMetrics { get; }

    public bool SendsTraces { get; }

    public bool SendsLogs { get; }

    /// <summary>Whether the API server is told of which trace a request is.</summary>
    public bool SendsTraceParent => Find("OTEL_PROPAGATORS") is not { } names || names.Contains("tracecontext", StringComparison.Ordinal);

    /// <summary>Which values of histograms are kept with their trace.</summary>
    public ExemplarFilterType Exemplars => Is("OTEL_METRICS_EXEMPLAR_FILTER", "always_on") ? ExemplarFilterType.AlwaysOn
        : Is("OTEL_METRICS_EXEMPLAR_FILTER", "always_off") ? ExemplarFilterType.AlwaysOff : ExemplarFilterType.TraceBased;

    /// <summary>Whether what is sent arrives.</summary>
    public TelemetryDelivery Delivery { get; }

    /// <summary>What is sent where, a line for the log; null: nothing is.</summary>
    public string? Summary => Signals.Where(signal => signal switch { "METRICS" => SendsMetrics, "TRACES" => SendsTraces, _ => SendsLogs })
        .Select(signal => $"{signal.ToLowerInvariant()} to {Endpoint(signal)!.GetLeftPart(UriPartial.Scheme)}{Endpoint(signal)!.Authority} ({(IsHttp(signal) ? "http/protobuf" : "grpc")})").ToList()
        is { Count: > 0 } all ? string.Join(", ", all) : null;

    /// <summary>Variables that cannot be honoured, each with what to do; what they are about is sent as if they were not there, or not at all.</summary>
    public ImmutableArray<string> Problems { get; }

    /// <summary>All variables, for the SDK itself: it reads the sampler from them.</summary>
    public IReadOnlyDictionary<string, string> Variables => _variables;

    public static TelemetrySettings FromProcess() => new(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .Select(static entry => new KeyValuePair<string, string?>((string)entry.Key, entry.Value as string)));

    public ResourceBuilder Resource()
    {
        var attributes = TelemetryVariables.Pairs(Find("OTEL_RESOURCE_ATTRIBUTES") ?? string.Empty).Where(static pair => pair is [{ Length: > 0 }, _])
            .GroupBy(static pair => pair[0], StringComparer.Ordinal)
            .ToDictionary(static pairs => pairs.Key, static pairs => (object)Uri.UnescapeDataString(pairs.Last()[1]), StringComparer.Ordinal);
        var name = Find("OTEL_SERVICE_NAME") ?? attributes.GetValueOrDefault("service.name") as string ?? Service;
        return ResourceBuilder.CreateEmpty()
            .AddService(name, serviceVersion: BuildInfo.Current.Version, autoGenerateServiceInstanceId: false, serviceInstanceId: Environment.MachineName)
            .AddTelemetrySdk()
            .AddAttributes(attributes.Where(static pair => pair.Key != "service.name"));
    }

    /// <param name="signal">METRICS, TRACES or LOGS; one that is sent.</param>
    public OtlpExporterOptions Exporter(string signal)
    {
        var timeout = Number($"OTEL_EXPORTER_OTLP_{signal}_TIMEOUT") ?? Number("OTEL_EXPORTER_OTLP_TIMEOUT") ?? DefaultTimeout;
        return new OtlpExporterOptions
        {
            Endpoint = Endpoint(signal)!,
            Protocol = IsHttp(signal) ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc,
            TimeoutMilliseconds = timeout,
            Headers = Of(signal, "HEADERS") is { } headers && TelemetryVariables.Headers(headers) is null ? headers : null,
            Compression = string.Equals(Of(signal, "COMPRESSION"), "gzip", StringComparison.OrdinalIgnoreCase) ? OtlpExportCompression.GZip : OtlpExportCompression.None,
            HttpClientFactory = () => OtlpConnection.Open(
                signal.ToLowerInvariant(), !IsHttp(signal), TimeSpan.FromMilliseconds(timeout), Certificates(signal), Delivery),
        };
    }

    /// <summary>A variable's whole number; null: it is not set, or is none.</summary>
    public int? Number(string name) =>
        Find(name) is { } text && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;

    /// <summary>How much is kept until it is sent, and how much at once.</summary>
    /// <param name="kind">BSP or BLRP.</param>
    /// <param name="defaults">Where a variable says nothing.</param>
    public BatchSettings BatchOf(string kind, BatchSettings defaults)
    {
        var queue = Number($"OTEL_{kind}_MAX_QUEUE_SIZE") ?? defaults.Queue;
        return new(
            queue, Number($"OTEL_{kind}_SCHEDULE_DELAY") ?? defaults.Delay, Number($"OTEL_{kind}_EXPORT_TIMEOUT") ?? defaults.Timeout,
            Math.Min(queue, Number($"OTEL_{kind}_MAX_EXPORT_BATCH_SIZE") ?? defaults.Size));
    }

    public void AddReader(MeterProviderBuilder builder, MetricReaderTemporalityPreference temporality) => builder
        .SetResourceBuilder(Resource())
        .AddReader(new PeriodicExportingMetricReader(
            new OtlpMetricExporter(Exporter("METRICS")), Number("OTEL_METRIC_EXPORT_INTERVAL") ?? DefaultMetricInterval,
            Number("OTEL_METRIC_EXPORT_TIMEOUT") ?? DefaultExportTimeout)
        {
            TemporalityPreference = Find("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE")?.ToUpperInvariant() switch
            {
                "DELTA" => MetricReaderTemporalityPreference.Delta,
                "LOWMEMORY" => MetricReaderTemporalityPreference.LowMemory,
                _ => temporality,
            },
        });

    /// <summary>Whether it is to be sent, if that can be.</summary>
    private bool IsAsked(string signal) =>
        !Is($"OTEL_{signal}_EXPORTER", "none") && !Is($"OTEL_{signal}_EXPORTER", "prometheus") && Endpoint(signal) is not null;

    /// <summary>What keeps a signal from being sent; null: nothing.</summary>
    private string? Obstacle(string signal)
    {
        if (Find("OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY") is { } retry && !(retry.Equals("in_memory", StringComparison.OrdinalIgnoreCase)
            || (retry.Equals("disk", StringComparison.OrdinalIgnoreCase) && Find("OTEL_DOTNET_EXPERIMENTAL_OTLP_DISK_RETRY_DIRECTORY_PATH") is not null)))
        {
            return "OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY: nothing is sent with it: set it to in_memory, or to disk and OTEL_DOTNET_EXPERIMENTAL_OTLP_DISK_RETRY_DIRECTORY_PATH to a directory";
        }

        try
        {
            OtlpConnection.Check(Certificates(signal));
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return $"OTEL_EXPORTER_OTLP_CERTIFICATE, _CLIENT_CERTIFICATE or _CLIENT_KEY: {signal.ToLowerInvariant()} are not sent: {failure.Message.TrimEnd('.')}; name readable files in PEM, the key without a password";
        }
    }

    private IEnumerable<string> Batch(string kind, BatchSettings defaults)
    {
        if (BatchOf(kind, defaults).Size < Number($"OTEL_{kind}_MAX_EXPORT_BATCH_SIZE"))
        {
            yield return $"OTEL_{kind}_MAX_EXPORT_BATCH_SIZE: more than the queue holds is not sent at once: set OTEL_{kind}_MAX_QUEUE_SIZE to no less";
        }
    }

    private OtlpCertificates Certificates(string signal) => new(Of(signal, "CERTIFICATE"), Of(signal, "CLIENT_CERTIFICATE"), Of(signal, "CLIENT_KEY"));

    private (string Name, string? Value) Named(string signal) => Find($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT") is { } own
        ? ($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT", own)
        : ("OTEL_EXPORTER_OTLP_ENDPOINT", Find("OTEL_EXPORTER_OTLP_ENDPOINT"));

    private Uri? Endpoint(string signal)
    {
        var (name, value) = Named(signal);
        return TelemetryVariables.Address(value) is not { } endpoint ? null
            : name == "OTEL_EXPORTER_OTLP_ENDPOINT" && IsHttp(signal) ? new Uri(endpoint.AbsoluteUri.TrimEnd('/') + "/v1/" + signal.ToLowerInvariant())
            : endpoint;
    }

    private bool IsHttp(string signal) => Of(signal, "PROTOCOL") == "http/protobuf";

    private bool Is(string name, string value) => string.Equals(Find(name), value, StringComparison.OrdinalIgnoreCase);

    private string? Of(string signal, string what) => Find($"OTEL_EXPORTER_OTLP_{signal}_{what}") ?? Find($"OTEL_EXPORTER_OTLP_{what}");

    private string? Find(string name) => _variables.GetValueOrDefault(name);
}

/// <summary>How spans or lines are gathered before they are sent.</summary>
/// <param name="Queue">Most that wait; what is beyond is dropped.</param>
/// <param name="Delay">Milliseconds between two requests.</param>
/// <param name="Timeout">Milliseconds that what is left has at the end.</param>
/// <param name="Size">Most in one request.</param>
internal sealed record BatchSettings(int Queue, int Delay, int Timeout, int Size)
{
    /// <summary>Those of a large sync come at once.</summary>
    public static readonly BatchSettings Spans = new(8192, 5000, 30_000, 512);

    public static readonly BatchSettings Logs = new(2048, 5000, 30_000, 512);
}

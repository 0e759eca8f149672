using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
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
    private const string Prefix = "OTEL_";
    private const string Service = "gitops-operator";
    private const int DefaultMetricInterval = 60_000;

    private static readonly string[] Signals = ["METRICS", "TRACES", "LOGS"];

    private readonly ImmutableDictionary<string, string> _variables;

    /// <param name="variables">Those that begin with <c>OTEL_</c>; others are left out.</param>
    public TelemetrySettings(IEnumerable<KeyValuePair<string, string?>> variables)
    {
        _variables = variables.Where(static pair => pair.Key.StartsWith(Prefix, StringComparison.Ordinal) && !string.IsNullOrWhiteSpace(pair.Value))
            .ToImmutableDictionary(static pair => pair.Key, static pair => pair.Value!.Trim(), StringComparer.Ordinal);
        SendsMetrics = Sends("METRICS");
        SendsTraces = Sends("TRACES");
        SendsLogs = Sends("LOGS");
        Problems = [.. Signals.Where(Sends).SelectMany(Check).Concat(Endpoints()).Distinct(StringComparer.Ordinal)];
    }

    public static TelemetrySettings Off { get; } = new([]);

    public bool SendsMetrics { get; }

    public bool SendsTraces { get; }

    public bool SendsLogs { get; }

    /// <summary>Variables that cannot be honoured, each with what to do; what they are about is sent as if they were not there, or not at all.</summary>
    public ImmutableArray<string> Problems { get; }

    /// <summary>All variables, for the SDK itself: it reads the sampler from them.</summary>
    public IReadOnlyDictionary<string, string> Variables => _variables;

    public static TelemetrySettings FromProcess() => new(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .Select(static entry => new KeyValuePair<string, string?>((string)entry.Key, entry.Value as string)));

    public ResourceBuilder Resource()
    {
        var attributes = (Find("OTEL_RESOURCE_ATTRIBUTES") ?? string.Empty).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(static pair => pair.Split('=', 2, StringSplitOptions.TrimEntries)).Where(static pair => pair is [{ Length: > 0 }, _])
            .ToDictionary(static pair => pair[0], static pair => (object)Uri.UnescapeDataString(pair[1]), StringComparer.Ordinal);
        var name = Find("OTEL_SERVICE_NAME") ?? attributes.GetValueOrDefault("service.name") as string ?? Service;
        return ResourceBuilder.CreateEmpty()
            .AddService(name, serviceVersion: BuildInfo.Current.Version, autoGenerateServiceInstanceId: false, serviceInstanceId: Environment.MachineName)
            .AddTelemetrySdk()
            .AddAttributes(attributes.Where(static pair => pair.Key != "service.name"));
    }

    /// <param name="signal">METRICS, TRACES or LOGS.</param>
    public OtlpExporterOptions Exporter(string signal)
    {
        var options = new OtlpExporterOptions
        {
            Endpoint = Endpoint(signal)!,
            Protocol = IsHttp(signal) ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc,
            TimeoutMilliseconds = Number($"OTEL_EXPORTER_OTLP_{signal}_TIMEOUT") ?? Number("OTEL_EXPORTER_OTLP_TIMEOUT") ?? 10_000,
        };
        if (Of(signal, "HEADERS") is { } headers)
        {
            options.Headers = headers;
        }

        return options;
    }

    /// <summary>A variable's whole number; null: it is not set, or is none.</summary>
    public int? Number(string name) =>
        Find(name) is { } text && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;

    public void AddReader(MeterProviderBuilder builder, MetricReaderTemporalityPreference temporality) => builder
        .SetResourceBuilder(Resource())
        .AddReader(new PeriodicExportingMetricReader(
            new OtlpMetricExporter(Exporter("METRICS")), Number("OTEL_METRIC_EXPORT_INTERVAL") ?? DefaultMetricInterval)
        {
            TemporalityPreference = temporality,
        });

    private bool Sends(string signal) =>
        !string.Equals(Find("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase)
        && !string.Equals(Find($"OTEL_{signal}_EXPORTER"), "none", StringComparison.OrdinalIgnoreCase)
        && Endpoint(signal) is not null;

    private IEnumerable<string> Check(string signal)
    {
        if (Of(signal, "PROTOCOL") is { } protocol && protocol is not ("grpc" or "http/protobuf"))
        {
            yield return $"OTEL_EXPORTER_OTLP_PROTOCOL: '{protocol}' is not sent here, grpc is: set it to grpc or http/protobuf";
        }

        if (Find($"OTEL_{signal}_EXPORTER") is { } exporter && exporter is not ("otlp" or "none"))
        {
            yield return $"OTEL_{signal}_EXPORTER: '{exporter}' is not there, otlp is used: set it to otlp or none";
        }
    }

    private IEnumerable<string> Endpoints() => _variables
        .Where(static pair => pair.Key.EndsWith("_ENDPOINT", StringComparison.Ordinal) && Parse(pair.Value) is null)
        .Select(static pair => $"{pair.Key}: '{pair.Value}' is no address, nothing is sent there: name one like http://collector:4317");

    private static Uri? Parse(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.Scheme is "http" or "https") && address.Host.Length > 0 ? address : null;

    private Uri? Endpoint(string signal)
    {
        if (Find($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT") is { } own)
        {
            return Parse(own);
        }

        if (Parse(Find("OTEL_EXPORTER_OTLP_ENDPOINT")) is not { } endpoint)
        {
            return null;
        }

        return IsHttp(signal) ? new Uri(endpoint.AbsoluteUri.TrimEnd('/') + "/v1/" + signal.ToLowerInvariant()) : endpoint;
    }

    private bool IsHttp(string signal) => Of(signal, "PROTOCOL") == "http/protobuf";

    private string? Of(string signal, string what) => Find($"OTEL_EXPORTER_OTLP_{signal}_{what}") ?? Find($"OTEL_EXPORTER_OTLP_{what}");

    private string? Find(string name) => _variables.GetValueOrDefault(name);
}

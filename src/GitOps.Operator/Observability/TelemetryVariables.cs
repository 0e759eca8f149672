using System.Collections.Immutable;
using System.Globalization;

namespace GitOps.Operator.Observability;

/// <summary>
/// OpenTelemetry's own variables: which there are, and what each may say. What cannot be honoured is told in a line that names the
/// variable, why, and the way out; values are quoted only of variables that hold no credential.
/// </summary>
internal static class TelemetryVariables
{
    public const string Prefix = "OTEL_";

    private const string OnlyTraceContext = "only tracecontext is sent, to the Kubernetes API alone";

    private static readonly string[] Signals = ["METRICS", "TRACES", "LOGS"];

    /// <summary>Of an exporter, for all signals or one.</summary>
    private static readonly Dictionary<string, Func<string, string?>> OfExporter = new(StringComparer.Ordinal)
    {
        ["ENDPOINT"] = Endpoint,
        ["PROTOCOL"] = static value => value is "grpc" or "http/protobuf" ? null : $"'{value}' is not sent here, grpc is: set it to grpc or http/protobuf",
        ["HEADERS"] = Headers,
        ["TIMEOUT"] = Positive,
        ["COMPRESSION"] = static value => OneOf(value, "none", "gzip"),
        ["CERTIFICATE"] = Anything,
        ["CLIENT_CERTIFICATE"] = Anything,
        ["CLIENT_KEY"] = Anything,

        // For addresses without a scheme, which are refused: it always says the same as the scheme, or yields to it.
        ["INSECURE"] = static value => OneOf(value, "true", "false"),
    };

    private static readonly ImmutableDictionary<string, Func<string, string?>> Known = new Dictionary<string, Func<string, string?>>(StringComparer.Ordinal)
    {
        ["OTEL_SDK_DISABLED"] = static value => OneOf(value, "true", "false"),
        ["OTEL_SERVICE_NAME"] = Anything,
        ["OTEL_RESOURCE_ATTRIBUTES"] = static value => Pairs(value).All(static pair => pair.Length == 2 && pair[0].Length > 0) ? null
            : "a part of it is no key=value, and is left out: write key=value,key=value, with commas in values as %2C",
        ["OTEL_PROPAGATORS"] = Propagators,
        ["OTEL_TRACES_SAMPLER"] = static value =>
            OneOf(value, "always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"),
        ["OTEL_TRACES_SAMPLER_ARG"] = static value => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var share) && share is >= 0 and <= 1
            ? null : $"'{value}' is no share, everything is sampled: write a number from 0 to 1",
        ["OTEL_TRACES_EXPORTER"] = static value => OneOf(value, "otlp", "none"),
        ["OTEL_LOGS_EXPORTER"] = static value => OneOf(value, "otlp", "none"),

        // /metrics is there in any case.
        ["OTEL_METRICS_EXPORTER"] = static value => OneOf(value, "otlp", "none", "prometheus"),
        ["OTEL_METRICS_EXEMPLAR_FILTER"] = static value => OneOf(value, "trace_based", "always_on", "always_off"),
        ["OTEL_METRIC_EXPORT_INTERVAL"] = Positive,
        ["OTEL_METRIC_EXPORT_TIMEOUT"] = Positive,
        ["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"] = static value => OneOf(value, "cumulative", "delta", "lowmemory"),
        ["OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"] = static value => value == "explicit_bucket_histogram" ? null
            : "each histogram has buckets of its own, and keeps them: take it away",
        ["OTEL_BSP_SCHEDULE_DELAY"] = Positive,
        ["OTEL_BSP_EXPORT_TIMEOUT"] = Positive,
        ["OTEL_BSP_MAX_QUEUE_SIZE"] = Positive,
        ["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"] = Positive,
        ["OTEL_BLRP_SCHEDULE_DELAY"] = Positive,
        ["OTEL_BLRP_EXPORT_TIMEOUT"] = Positive,
        ["OTEL_BLRP_MAX_QUEUE_SIZE"] = Positive,
        ["OTEL_BLRP_MAX_EXPORT_BATCH_SIZE"] = Positive,
        ["OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"] = Limit,
        ["OTEL_ATTRIBUTE_COUNT_LIMIT"] = Limit,
        ["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT"] = Limit,
        ["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT"] = Limit,
        ["OTEL_SPAN_EVENT_COUNT_LIMIT"] = Limit,
        ["OTEL_SPAN_LINK_COUNT_LIMIT"] = Limit,
        ["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT"] = Limit,
        ["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT"] = Limit,
        ["OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT"] = Limit,
        ["OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT"] = Limit,
        ["OTEL_LOG_LEVEL"] = static _ => "OpenTelemetry's own part has no log here: for the operator's there is --log-level",
        ["OTEL_CONFIG_FILE"] = NoFile,
        ["OTEL_EXPERIMENTAL_CONFIG_FILE"] = NoFile,
        ["OTEL_EXPORTER_PROMETHEUS_HOST"] = Listens,
        ["OTEL_EXPORTER_PROMETHEUS_PORT"] = Listens,
        ["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = static value => OneOf(value, "in_memory", "disk"),
        ["OTEL_DOTNET_EXPERIMENTAL_OTLP_DISK_RETRY_DIRECTORY_PATH"] = Anything,
        ["OTEL_DOTNET_EXPERIMENTAL_OTLP_EMIT_EVENT_LOG_ATTRIBUTES"] = static value => OneOf(value, "true", "false"),
    }.Concat(from signal in Signals.Select(static signal => signal + "_").Prepend(string.Empty)
             from part in OfExporter
             select KeyValuePair.Create($"OTEL_EXPORTER_OTLP_{signal}{part.Key}", part.Value)).ToImmutableDictionary(StringComparer.Ordinal);

    /// <summary>One line for each variable that is not honoured as it stands, by name.</summary>
    public static IEnumerable<string> Problems(IReadOnlyDictionary<string, string> variables) =>
        from variable in variables.OrderBy(static pair => pair.Key, StringComparer.Ordinal)
        let problem = Known.TryGetValue(variable.Key, out var check) ? check(variable.Value)
            : IsOfOthers(variable.Key) ? null
            : "no such variable is known here, and nothing follows from it: see docs/observability.md for those that are"
        where problem is not null
        select $"{variable.Key}: {problem}";

    /// <summary>The parts of a list of key=value: each a pair, or whatever it is.</summary>
    public static IEnumerable<string[]> Pairs(string list) =>
        list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(static pair => pair.Split('=', 2, StringSplitOptions.TrimEntries));

    /// <summary>An address that can be sent to; null: it is none.</summary>
    public static Uri? Address(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.Scheme is "http" or "https") && address.Host.Length > 0 ? address : null;

    /// <summary>What is wrong with headers; they hold credentials, and are not told.</summary>
    public static string? Headers(string value)
    {
        using var request = new HttpRequestMessage();
        try
        {
            foreach (var pair in Uri.UnescapeDataString(value).Split(',').Select(static pair => pair.Split('=', 2, StringSplitOptions.TrimEntries)))
            {
                request.Headers.Add(pair[0], pair[1]);
            }

            return null;
        }
        catch (Exception exception) when (exception is FormatException or InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            return "it is no list of headers, and none is sent: write name=value,name=value";
        }
    }

    private static string? Endpoint(string value) => Address(value) switch
    {
        null when value.Contains('@', StringComparison.Ordinal) => "it is no address, nothing is sent there: name one like http://collector:4317",
        null => $"'{value}' is no address, nothing is sent there: name one like http://collector:4317",
        { UserInfo.Length: > 0 } => "who asks is not sent from an address: put it into OTEL_EXPORTER_OTLP_HEADERS (Authorization=Basic%20…)",
        _ => null,
    };

    private static string? Propagators(string value)
    {
        var unknown = value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(static name => name is not ("tracecontext" or "baggage" or "none")).ToList();
        return unknown.Count == 0 ? null : $"'{string.Join(", ", unknown)}' is not sent: {OnlyTraceContext}";
    }

    private static string? OneOf(string value, params string[] allowed) => allowed.Contains(value, StringComparer.OrdinalIgnoreCase) ? null
        : $"'{value}' is not there, it is as if it were not set: set it to {string.Join(", ", allowed[..^1])} or {allowed[^1]}";

    private static string? Positive(string value) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? null
        : $"'{value}' is no whole number above 0, it is as if it were not set: write one, of milliseconds where it is a time";

    private static string? Limit(string value) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? null
        : $"'{value}' is no whole number, it is as if it were not set: write one";

    private static string? Anything(string value) => null;

    private static string? NoFile(string value) => "such files are not read here: set the variables themselves";

    private static string? Listens(string value) => "/metrics is served where --listen says: set that";

    // What Kubernetes sets for a Service that is called otel-…, and the parts that OTEL_RESOURCE_ATTRIBUTES is put together of.
    private static bool IsOfOthers(string name) =>
        name.EndsWith("_SERVICE_HOST", StringComparison.Ordinal) || name.Contains("_SERVICE_PORT", StringComparison.Ordinal)
        || name.EndsWith("_PORT", StringComparison.Ordinal) || name.Contains("_PORT_", StringComparison.Ordinal)
        || name.StartsWith("OTEL_RESOURCE_ATTRIBUTES_", StringComparison.Ordinal)
        || name.StartsWith("OTEL_POD_", StringComparison.Ordinal) || name.StartsWith("OTEL_NODE_", StringComparison.Ordinal);
}

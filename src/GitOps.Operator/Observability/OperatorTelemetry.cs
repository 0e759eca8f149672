using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Trace;

namespace GitOps.Operator.Observability;

/// <summary>Sends traces and logs where the variables say; metrics are sent by <see cref="MetricsScraper"/>. Disposing it sends what is left.</summary>
internal sealed class OperatorTelemetry : IDisposable
{
    /// <summary>Spans: those of a large sync come at once.</summary>
    private const int DefaultQueue = 8192;

    /// <summary>Milliseconds.</summary>
    private const int DefaultDelay = 5000;

    private readonly TracerProvider? _traces;

    public OperatorTelemetry(TelemetrySettings settings)
    {
        if (!settings.SendsTraces)
        {
            return;
        }

        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            settings.Variables.Select(static pair => new KeyValuePair<string, string?>(pair.Key, pair.Value))).Build();
        _traces = Sdk.CreateTracerProviderBuilder()
            .ConfigureServices(services => services.AddSingleton<IConfiguration>(configuration))
            .SetResourceBuilder(settings.Resource())
            .AddSource(OperatorTracing.SourceName, Kubernetes.Http.RequestTracing.SourceName)
            .AddProcessor(new TraceUnitProcessor(
                new OtlpTraceExporter(settings.Exporter("TRACES")),
                settings.Number("OTEL_BSP_MAX_QUEUE_SIZE") ?? DefaultQueue,
                settings.Number("OTEL_BSP_SCHEDULE_DELAY") ?? DefaultDelay))
            .Build();
    }

    /// <summary>Logs go there too, beside the console.</summary>
    public static void AddLogs(ILoggingBuilder logging, TelemetrySettings settings)
    {
        if (!settings.SendsLogs)
        {
            return;
        }

        logging.AddOpenTelemetry(options =>
        {
            options.IncludeFormattedMessage = true;
            options.IncludeScopes = true;
            options.ParseStateValues = true;
            options.SetResourceBuilder(settings.Resource());
            options.AddProcessor(new BatchLogRecordExportProcessor(
                new OtlpLogExporter(settings.Exporter("LOGS")),
                scheduledDelayMilliseconds: settings.Number("OTEL_BLRP_SCHEDULE_DELAY") ?? DefaultDelay));
        });
    }

    public void Dispose() => _traces?.Dispose();
}

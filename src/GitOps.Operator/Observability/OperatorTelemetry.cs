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
    private readonly TracerProvider? _traces;

    public OperatorTelemetry(TelemetrySettings settings)
    {
        if (!settings.SendsTraces)
        {
            return;
        }

        var batch = settings.BatchOf("BSP", BatchSettings.Spans);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            settings.Variables.Select(static pair => new KeyValuePair<string, string?>(pair.Key, pair.Value))).Build();
        _traces = Sdk.CreateTracerProviderBuilder()
            .ConfigureServices(services => services.AddSingleton<IConfiguration>(configuration))
            .SetResourceBuilder(settings.Resource())
            .AddSource(OperatorTracing.SourceName, Kubernetes.Http.RequestTracing.SourceName)
            .AddProcessor(new TraceUnitProcessor(new OtlpTraceExporter(settings.Exporter("TRACES")), batch))
            .Build();
    }

    /// <summary>Logs go there too, beside the console.</summary>
    public static void AddLogs(ILoggingBuilder logging, TelemetrySettings settings)
    {
        if (!settings.SendsLogs)
        {
            return;
        }

        var batch = settings.BatchOf("BLRP", BatchSettings.Logs);
        logging.AddOpenTelemetry(options =>
        {
            options.IncludeFormattedMessage = true;
            options.IncludeScopes = true;
            options.ParseStateValues = true;
            options.SetResourceBuilder(settings.Resource());
            options.AddProcessor(new BatchLogRecordExportProcessor(
                new OtlpLogExporter(settings.Exporter("LOGS")), batch.Queue, batch.Delay, batch.Timeout, batch.Size));
        });
    }

    public void Dispose() => _traces?.Dispose();
}

using System.Diagnostics.Metrics;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace GitOps.Operator.Observability;

/// <summary>
/// Collects the instruments of one meter as Prometheus text. Scrapes that arrive while one is running get its answer.
/// There are two providers because a cumulative reader never gives up the place of a series that its callback no longer reports
/// (of a deleted Application), and so runs out of places, while a delta reader would reset the counters: observable gauges are
/// read by the second kind.
/// </summary>
internal sealed class MetricsScraper : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly PrometheusExporter _totals;
    private readonly PrometheusExporter _gauges;
    private readonly MeterProvider _totalsProvider;
    private readonly MeterProvider _gaugesProvider;
    private Task<byte[]>? _running;

    public MetricsScraper(Meter meter, IReadOnlyList<HistogramSeed> seeds, Func<Instrument, int> cardinality)
    {
        _totals = new PrometheusExporter(seeds);
        _gauges = new PrometheusExporter([]);
        _totalsProvider = Build(meter, _totals, MetricReaderTemporalityPreference.Cumulative, cardinality, wantsGauges: false);
        _gaugesProvider = Build(meter, _gauges, MetricReaderTemporalityPreference.Delta, cardinality, wantsGauges: true);
    }

    /// <summary>The text, in UTF-8.</summary>
    public Task<byte[]> ScrapeAsync()
    {
        lock (_lock)
        {
            if (_running is null or { IsCompleted: true })
            {
                _running = Task.Run(Scrape);
            }

            return _running;
        }
    }

    public void Dispose()
    {
        _totalsProvider.Dispose();
        _gaugesProvider.Dispose();
        _totals.Dispose();
        _gauges.Dispose();
    }

    private static MeterProvider Build(
        Meter meter, PrometheusExporter exporter, MetricReaderTemporalityPreference temporality,
        Func<Instrument, int> cardinality, bool wantsGauges) =>
        Sdk.CreateMeterProviderBuilder()
            .AddMeter(meter.Name)
            .AddView(instrument =>
            {
                // Meters are found by name, and a process may run several operators (tests do): this one's alone are read.
                var isGauge = instrument is ObservableGauge<long> or ObservableGauge<double>;
                return ReferenceEquals(instrument.Meter, meter) && isGauge == wantsGauges
                    ? new MetricStreamConfiguration { CardinalityLimit = cardinality(instrument) }
                    : MetricStreamConfiguration.Drop;
            })
            .AddReader(new BaseExportingMetricReader(exporter) { TemporalityPreference = temporality })
            .Build();

    private byte[] Scrape() => Encoding.UTF8.GetBytes(_gauges.Scrape(Timeout) + _totals.Scrape(Timeout));
}

using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace GitOps.Operator.Observability;

/// <summary>
/// Collects the instruments of one meter as Prometheus text or OpenMetrics. Scrapes that arrive while one of their kind is running get
/// its answer.
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
    private readonly Lock _collecting = new();
    private readonly ArrayBufferWriter<byte> _page = new();
    private readonly Task<byte[]>?[] _running = new Task<byte[]>?[2];

    /// <param name="meter">Whose instruments are read.</param>
    /// <param name="seeds">Histograms that are shown before anything was measured.</param>
    /// <param name="cardinality">The most series that an instrument may have.</param>
    /// <param name="push">Adds readers that send the same elsewhere; null: none.</param>
    /// <param name="exemplars">Which values of histograms are kept with their trace.</param>
    public MetricsScraper(
        Meter meter, IReadOnlyList<HistogramSeed> seeds, Func<Instrument, int> cardinality,
        Action<MeterProviderBuilder, MetricReaderTemporalityPreference>? push = null, ExemplarFilterType exemplars = ExemplarFilterType.TraceBased)
    {
        _totals = new PrometheusExporter(seeds);
        _gauges = new PrometheusExporter([]);
        _totalsProvider = Build(meter, _totals, MetricReaderTemporalityPreference.Cumulative, cardinality, wantsGauges: false, push, exemplars);
        _gaugesProvider = Build(meter, _gauges, MetricReaderTemporalityPreference.Delta, cardinality, wantsGauges: true, push, exemplars);
    }

    /// <summary>Instruments that had more series than they may when they were read last.</summary>
    public IEnumerable<string> Overflowing => _totals.Overflowing.Concat(_gauges.Overflowing);

    /// <summary>The text, in UTF-8.</summary>
    public Task<byte[]> ScrapeAsync(MetricsFormat format = MetricsFormat.Text)
    {
        lock (_lock)
        {
            ref var running = ref _running[(int)format];
            if (running is null or { IsCompleted: true })
            {
                running = Task.Run(() => Scrape(format));
            }

            return running;
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
        Func<Instrument, int> cardinality, bool wantsGauges, Action<MeterProviderBuilder, MetricReaderTemporalityPreference>? push,
        ExemplarFilterType exemplars)
    {
        var builder = Sdk.CreateMeterProviderBuilder()

            // Exemplars are of histograms, and room for them is kept for each series: with many Applications, megabytes.
            .SetExemplarFilter(wantsGauges ? ExemplarFilterType.AlwaysOff : exemplars)
            .AddMeter(meter.Name)
            .AddView(instrument =>
            {
                // Meters are found by name, and a process may run several operators (tests do): this one's alone are read.
                var isGauge = instrument is ObservableGauge<long> or ObservableGauge<double>;
                return ReferenceEquals(instrument.Meter, meter) && isGauge == wantsGauges
                    ? new MetricStreamConfiguration { CardinalityLimit = cardinality(instrument) }
                    : MetricStreamConfiguration.Drop;
            })
            .AddReader(new BaseExportingMetricReader(exporter) { TemporalityPreference = temporality });
        push?.Invoke(builder, temporality);
        return builder.Build();
    }

    private byte[] Scrape(MetricsFormat format)
    {
        lock (_collecting)
        {
            // Gauges last: one of them tells which instruments have too many series.
            _page.ResetWrittenCount();
            _totals.Scrape(_page, Timeout, format);
            _gauges.Scrape(_page, Timeout, format);
            Encoding.UTF8.GetBytes(PrometheusText.EndOf(format), _page);
            return _page.WrittenSpan.ToArray();
        }
    }
}

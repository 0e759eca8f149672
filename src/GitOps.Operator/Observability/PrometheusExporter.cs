using System.Buffers;
using System.Globalization;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace GitOps.Operator.Observability;

/// <summary>A histogram whose series are to be shown before anything was measured, so that their first value counts in a rate.</summary>
/// <param name="Instrument">The instrument's name.</param>
/// <param name="Unit">The instrument's unit.</param>
/// <param name="Help">The instrument's description.</param>
/// <param name="Bounds">Upper bounds of the buckets, ascending, without infinity.</param>
/// <param name="Series">The labels of each series.</param>
internal sealed record HistogramSeed(
    string Instrument, string Unit, string Help, IReadOnlyList<double> Bounds,
    IReadOnlyList<IReadOnlyList<KeyValuePair<string, object?>>> Series);

/// <summary>
/// Turns what the OpenTelemetry SDK collected into Prometheus text, when asked to: a pull exporter. It holds the last text;
/// <see cref="MetricsScraper"/> sees to it that one scrape runs at a time.
/// </summary>
[ExportModes(ExportModes.Pull)]
internal sealed class PrometheusExporter : BaseExporter<Metric>, IPullMetricExporter
{
    /// <summary>The SDK's label of the series that all those share that are too many.</summary>
    private const string OverflowTag = "otel.metric.overflow";

    private readonly IReadOnlyList<HistogramSeed> _seeds;
    private readonly PrometheusText _text = new();
    private readonly List<KeyValuePair<string, object?>> _tags = [];
    private readonly List<double> _bounds = [];
    private readonly List<long> _counts = [];
    private readonly List<(double Value, string Text)> _exemplars = [];

    public PrometheusExporter(IReadOnlyList<HistogramSeed> seeds) => _seeds = seeds;

    /// <summary>Set by the reader that owns this exporter. Takes milliseconds; false when collecting failed.</summary>
    public Func<int, bool>? Collect { get; set; }

    /// <summary>Instruments of the last scrape that had more series than they may: what is beyond is in one series without labels.</summary>
    public IReadOnlyCollection<string> Overflowing { get; private set; } = [];

    /// <summary>Collects now, and appends the text in UTF-8.</summary>
    /// <exception cref="InvalidOperationException">The exporter has no reader, or collecting failed.</exception>
    public void Scrape(IBufferWriter<byte> buffer, TimeSpan timeout, MetricsFormat format)
    {
        _text.Clear(format);
        if (Collect?.Invoke((int)timeout.TotalMilliseconds) != true)
        {
            throw new InvalidOperationException("the metrics could not be collected");
        }

        _text.CopyTo(buffer);
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        var overflowing = new List<string>();
        var unseen = _seeds.ToDictionary(static seed => seed.Instrument, StringComparer.Ordinal);
        foreach (var metric in batch)
        {
            unseen.Remove(metric.Name, out var seed);
            if (Write(metric, seed))
            {
                overflowing.Add(PrometheusText.FamilyName(metric.Name, metric.Unit, isCounter: false));
            }
        }

        Overflowing = overflowing;

        foreach (var seed in unseen.Values)
        {
            var name = PrometheusText.FamilyName(seed.Instrument, seed.Unit, isCounter: false);
            _text.Family(name, "histogram", seed.Help, seed.Unit);
            WriteZeros(name, seed, []);
        }

        return ExportResult.Success;
    }

    /// <returns>Whether series were folded into one.</returns>
    private bool Write(Metric metric, HistogramSeed? seed)
    {
        var overflows = false;
        var type = metric.MetricType switch
        {
            MetricType.LongSum or MetricType.DoubleSum => "counter",
            MetricType.Histogram or MetricType.ExponentialHistogram => "histogram",
            _ => "gauge",
        };
        var name = PrometheusText.FamilyName(metric.Name, metric.Unit, type == "counter");
        var written = seed is null ? null : new HashSet<string>(StringComparer.Ordinal);
        _text.Family(name, type, metric.Description, metric.Unit);
        foreach (var point in metric.GetMetricPoints())
        {
            _tags.Clear();
            foreach (var tag in point.Tags)
            {
                _tags.Add(tag);
            }

            overflows |= _tags.Exists(static tag => tag.Key == OverflowTag);
            var labels = PrometheusText.Labels(_tags);
            written?.Add(labels);
            if (type == "histogram")
            {
                WriteHistogram(name, labels, metric.MetricType, point);
            }
            else
            {
                _text.Sample(name, labels, Value(metric.MetricType, point));
            }
        }

        // Where there are too many, those that measured nothing are among them.
        if (seed is not null && written is not null && !overflows)
        {
            WriteZeros(name, seed, written);
        }

        return overflows;
    }

    private void WriteHistogram(string name, string labels, MetricType type, MetricPoint point)
    {
        _bounds.Clear();
        _counts.Clear();

        // The text format has no exponential buckets: such a histogram keeps its count and its sum.
        if (type == MetricType.Histogram)
        {
            foreach (var bucket in point.GetHistogramBuckets())
            {
                _bounds.Add(bucket.ExplicitBound);
                _counts.Add(bucket.BucketCount);
            }
        }

        _exemplars.Clear();
        if (point.TryGetExemplars(out var exemplars))
        {
            foreach (ref readonly var exemplar in exemplars)
            {
                // One may be asked for of what is in no trace.
                _exemplars.Add((exemplar.DoubleValue, exemplar.TraceId == default ? string.Empty : PrometheusText.Exemplar(
                    exemplar.TraceId.ToHexString(), exemplar.SpanId.ToHexString(), exemplar.DoubleValue, exemplar.Timestamp)));
            }
        }

        _text.Histogram(name, labels, _bounds, _counts, point.GetHistogramCount(), point.GetHistogramSum(), _exemplars);
    }

    private void WriteZeros(string name, HistogramSeed seed, HashSet<string> written)
    {
        var zeros = new long[seed.Bounds.Count];
        foreach (var labels in seed.Series.Select(PrometheusText.Labels).Where(labels => !written.Contains(labels)))
        {
            _text.Histogram(name, labels, seed.Bounds, zeros, 0, 0);
        }
    }

    private static string Value(MetricType type, MetricPoint point) => type switch
    {
        MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong().ToString(CultureInfo.InvariantCulture),
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => PrometheusText.Number(point.GetSumDouble()),
        MetricType.LongGauge => point.GetGaugeLastValueLong().ToString(CultureInfo.InvariantCulture),
        _ => PrometheusText.Number(point.GetGaugeLastValueDouble()),
    };
}

using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using GitOps.Operator.Observability;

namespace GitOps.Operator.Tests.Observability;

public sealed class OpenMetricsTests
{
    [Fact]
    public async Task Counters_units_and_the_end_are_as_OpenMetrics_wants_them()
    {
        using var meter = new Meter("open");
        using var scraper = new MetricsScraper(meter, [], static _ => 50);
        meter.CreateCounter<double>("spent", "s", "Spent \"time\".").Add(1.5);
        meter.CreateObservableGauge("depth", static () => 9L, null, "Depth.");
        var histogram = meter.CreateHistogram("took", "s", "Took.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 10] });
        histogram.Record(5);

        Encoding.UTF8.GetString(await scraper.ScrapeAsync(MetricsFormat.OpenMetrics)).ShouldBe(
            """
            # HELP spent_seconds Spent \"time\".
            # TYPE spent_seconds counter
            # UNIT spent_seconds seconds
            spent_seconds_total 1.5
            # HELP took_seconds Took.
            # TYPE took_seconds histogram
            # UNIT took_seconds seconds
            took_seconds_bucket{le="0.5"} 0
            took_seconds_bucket{le="10.0"} 1
            took_seconds_bucket{le="+Inf"} 1
            took_seconds_sum 5
            took_seconds_count 1
            # HELP depth Depth.
            # TYPE depth gauge
            depth 9
            # EOF

            """);
    }

    [Fact]
    public async Task A_value_that_is_measured_in_a_trace_is_an_example_of_its_bucket()
    {
        using var meter = new Meter("examples");
        using var scraper = new MetricsScraper(meter, [], static _ => 50);
        var histogram = meter.CreateHistogram("took", "s", "Took.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 10] });
        histogram.Record(0.5);
        using var span = new Activity("pass").SetIdFormat(ActivityIdFormat.W3C);
        span.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        span.Start();
        histogram.Record(5);
        span.Stop();

        var open = Encoding.UTF8.GetString(await scraper.ScrapeAsync(MetricsFormat.OpenMetrics)).Split('\n');
        var text = Encoding.UTF8.GetString(await scraper.ScrapeAsync()).Split('\n');

        open.ShouldHave("took_seconds_bucket{le=\"1.0\"} 1");
        open.ShouldContain(line => line.StartsWith(
            $"took_seconds_bucket{{le=\"10.0\"}} 2 # {{span_id=\"{span.SpanId}\",trace_id=\"{span.TraceId}\"}} 5 ", StringComparison.Ordinal));
        text.ShouldHave("took_seconds_bucket{le=\"10\"} 2");
        text.ShouldNotContain(static line => line.Contains(" # ", StringComparison.Ordinal) && !line.StartsWith('#'));
    }

    [Fact]
    public async Task A_metric_with_too_many_series_says_so()
    {
        using var meter = new Meter("many");
        using var scraper = new MetricsScraper(meter, [], static _ => 10);
        var hits = meter.CreateCounter<long>("hits", null, "Hits.");
        hits.Add(1, new KeyValuePair<string, object?>("name", "a"));
        await scraper.ScrapeAsync();
        scraper.Overflowing.ShouldBeEmpty();

        for (var i = 0; i < 20; i++)
        {
            hits.Add(1, new KeyValuePair<string, object?>("name", i));
        }

        Encoding.UTF8.GetString(await scraper.ScrapeAsync()).ShouldContain("hits_total{otel_metric_overflow=\"True\"}", Case.Insensitive);
        scraper.Overflowing.ShouldBe(["hits"]);
    }
}

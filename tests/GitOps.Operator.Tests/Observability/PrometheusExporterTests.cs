using System.Diagnostics.Metrics;
using System.Text;
using GitOps.Operator.Observability;

namespace GitOps.Operator.Tests.Observability;

public sealed class PrometheusExporterTests
{
    private const int Limit = 50;

    [Fact]
    public async Task Every_kind_of_instrument_is_written()
    {
        using var meter = new Meter("kinds");
        using var scraper = Scraper(meter);
        meter.CreateCounter<long>("hits", null, "Hits.").Add(3, new KeyValuePair<string, object?>("code", 200));
        meter.CreateCounter<double>("spent", "s", "Spent.").Add(1.5);
        meter.CreateUpDownCounter<long>("open", null, "Open.").Add(-2);
        meter.CreateGauge<double>("level", null, "Level.").Record(double.NaN);
        meter.CreateObservableGauge("depth", static () => 9L, null, "Depth.");
        meter.CreateObservableCounter("cpu", static () => 2.25, "s", "Cpu.");
        var histogram = meter.CreateHistogram("took", "s", "Took.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 10] });
        histogram.Record(0.5);
        histogram.Record(5);
        histogram.Record(50);

        var lines = await LinesAsync(scraper);

        lines.ShouldHave("# TYPE hits_total counter");
        lines.ShouldHave("# HELP hits_total Hits.");
        lines.ShouldHave("hits_total{code=\"200\"} 3");
        lines.ShouldHave("spent_seconds_total 1.5");
        lines.ShouldHave("# TYPE open gauge");
        lines.ShouldHave("open -2");
        lines.ShouldHave("level NaN");
        lines.ShouldHave("depth 9");
        lines.ShouldHave("cpu_seconds_total 2.25");
        lines.ShouldHave("# TYPE took_seconds histogram");
        lines.ShouldHave("took_seconds_bucket{le=\"1\"} 1");
        lines.ShouldHave("took_seconds_bucket{le=\"10\"} 2");
        lines.ShouldHave("took_seconds_bucket{le=\"+Inf\"} 3");
        lines.ShouldHave("took_seconds_sum 55.5");
        lines.ShouldHave("took_seconds_count 3");
    }

    [Fact]
    public async Task Counters_keep_counting_from_scrape_to_scrape()
    {
        using var meter = new Meter("totals");
        using var scraper = Scraper(meter);
        var hits = meter.CreateCounter<long>("hits", null, "Hits.");
        hits.Add(1);
        (await LinesAsync(scraper)).ShouldHave("hits_total 1");
        hits.Add(1);
        (await LinesAsync(scraper)).ShouldHave("hits_total 2");
        (await LinesAsync(scraper)).ShouldHave("hits_total 2");
    }

    [Fact]
    public async Task A_gauge_row_that_is_no_longer_reported_is_gone()
    {
        using var meter = new Meter("rows");
        using var scraper = Scraper(meter);
        var rows = new List<Measurement<long>> { Row("a", 1), Row("b", 2) };
        meter.CreateObservableGauge("rows", () => rows.ToArray(), null, "Rows.");
        (await LinesAsync(scraper)).ShouldHave("rows{name=\"a\"} 1");

        rows.RemoveAt(0);
        var lines = await LinesAsync(scraper);

        lines.ShouldHave("rows{name=\"b\"} 2");
        lines.ShouldNotContain(static line => line.StartsWith("rows{name=\"a\"}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Rows_that_come_and_go_do_not_use_up_the_room_for_others()
    {
        using var meter = new Meter("churn");
        using var scraper = Scraper(meter);
        var round = 0;
        meter.CreateObservableGauge("rows", () => new[] { Row($"row-{round}", round) }, null, "Rows.");
        for (round = 0; round < 4 * Limit; round++)
        {
            (await LinesAsync(scraper)).ShouldHave($"rows{{name=\"row-{round}\"}} {round}");
        }
    }

    [Fact]
    public async Task A_histogram_that_measured_nothing_is_shown_at_zero_and_only_until_then()
    {
        using var meter = new Meter("seeds");
        using var scraper = new MetricsScraper(
            meter, [new HistogramSeed("took", "s", "Took.", [1, 10], [[new("step", "a")], [new("step", "b")]])], static _ => Limit);
        var histogram = meter.CreateHistogram("took", "s", "Took.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 10] });

        var before = await LinesAsync(scraper);
        histogram.Record(5, new KeyValuePair<string, object?>("step", "b"));
        var after = await LinesAsync(scraper);

        before.ShouldHave("# TYPE took_seconds histogram");
        before.ShouldHave("took_seconds_count{step=\"a\"} 0");
        before.ShouldHave("took_seconds_bucket{step=\"b\",le=\"10\"} 0");
        after.ShouldHave("took_seconds_bucket{step=\"a\",le=\"+Inf\"} 0");
        after.Where(static line => line.StartsWith("took_seconds_count{step=\"b\"}", StringComparison.Ordinal)).ShouldBe(["took_seconds_count{step=\"b\"} 1"]);
        after.Count(static line => line == "# TYPE took_seconds histogram").ShouldBe(1);
    }

    [Fact]
    public async Task A_meter_of_the_same_name_is_not_mixed_in()
    {
        using var meter = new Meter("twins");
        using var twin = new Meter("twins");
        using var scraper = Scraper(meter);
        twin.CreateCounter<long>("hits", null, "Hits.").Add(5);
        meter.CreateCounter<long>("hits", null, "Hits.").Add(1);
        (await LinesAsync(scraper)).Where(static line => line.StartsWith("hits", StringComparison.Ordinal)).ShouldBe(["hits_total 1"]);
    }

    [Fact]
    public async Task Scrapes_at_the_same_time_share_one_collection()
    {
        using var meter = new Meter("flight");
        using var scraper = Scraper(meter);
        using var release = new ManualResetEventSlim();
        using var entered = new ManualResetEventSlim();
        var collections = 0;
        meter.CreateObservableGauge(
            "slow",
            () =>
            {
                entered.Set();
                release.Wait(TimeSpan.FromSeconds(30));
                return (long)Interlocked.Increment(ref collections);
            },
            null, "Slow.");

        var first = scraper.ScrapeAsync();
        entered.Wait(TimeSpan.FromSeconds(30)).ShouldBeTrue();
        var second = scraper.ScrapeAsync();
        second.ShouldBeSameAs(first);
        release.Set();
        await Task.WhenAll(first, second);
        collections.ShouldBe(1);

        await scraper.ScrapeAsync();
        collections.ShouldBe(2);
    }

    private static MetricsScraper Scraper(Meter meter) => new(meter, [], static _ => Limit);

    private static Measurement<long> Row(string name, long value) => new(value, new KeyValuePair<string, object?>("name", name));

    private static async Task<string[]> LinesAsync(MetricsScraper scraper) => Encoding.UTF8.GetString(await scraper.ScrapeAsync()).Split('\n');
}

using GitOps.Operator.Observability;

namespace GitOps.Operator.Tests.Observability;

public sealed class PrometheusTextTests
{
    [Theory]
    [InlineData("requests", "", true, "requests_total")]
    [InlineData("requests_total", "", true, "requests_total")]
    [InlineData("wait", "s", false, "wait_seconds")]
    [InlineData("wait_seconds", "s", false, "wait_seconds")]
    [InlineData("cpu", "s", true, "cpu_seconds_total")]
    [InlineData("heap", "By", false, "heap_bytes")]
    [InlineData("http.server.duration", "ms", false, "http_server_duration_milliseconds")]
    [InlineData("objects", "{object}", false, "objects")]
    [InlineData("share", "1", false, "share")]
    [InlineData("9lives-left", "", false, "_9lives_left")]
    [InlineData("job:rate", "", false, "job:rate")]
    public void A_family_has_a_valid_name_with_unit_and_total_once(string instrument, string unit, bool isCounter, string expected) =>
        PrometheusText.FamilyName(instrument, unit, isCounter).ShouldBe(expected);

    [Fact]
    public void Labels_are_sorted_escaped_and_valid() =>
        PrometheusText.Labels([new("z", "line\nbreak"), new("a.b", "back\\slash \"quoted\""), new("n", 7), new("none", null), new("o", true)])
            .ShouldBe("""a_b="back\\slash \"quoted\"",n="7",none="",o="True",z="line\nbreak" """.TrimEnd());

    [Fact]
    public void Labels_that_become_equal_are_joined_rather_than_repeated() =>
        PrometheusText.Labels([new("a.b", "1"), new("a-b", "2")]).ShouldBe("a_b=\"1;2\"");

    [Theory]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(0.1, "0.1")]
    [InlineData(1e21, "1E+21")]
    [InlineData(-2, "-2")]
    public void Numbers_are_exact_and_special_values_named(double value, string expected) =>
        PrometheusText.Number(value).ShouldBe(expected);

    [Fact]
    public void A_histogram_is_cumulative_and_ends_with_infinity()
    {
        var text = new PrometheusText();
        text.Family("wait_seconds", "histogram", "How long.\nAnd why \\.", "s");
        text.Histogram("wait_seconds", "step=\"a\"", [0.5, 2, double.PositiveInfinity], [3, 4, 5], 12, 7.5);
        text.ToString().ShouldBe(
            """
            # HELP wait_seconds How long.\nAnd why \\.
            # TYPE wait_seconds histogram
            wait_seconds_bucket{step="a",le="0.5"} 3
            wait_seconds_bucket{step="a",le="2"} 7
            wait_seconds_bucket{step="a",le="+Inf"} 12
            wait_seconds_sum{step="a"} 7.5
            wait_seconds_count{step="a"} 12

            """);
    }
}

using GitOps.Operator.Api;

namespace GitOps.Operator.Tests.Api;

public sealed class GoDurationTests
{
    [Theory]
    [InlineData("30s", 30_000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("100ms", 100)]
    [InlineData("1h2m3.5s", 3_723_500)]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData(".5s", 500)]
    [InlineData("1500us", 1.5)]
    [InlineData("1500µs", 1.5)]
    [InlineData("200ns", 0.0002)]
    public void Durations_are_read_as_Go_reads_them(string text, double milliseconds)
    {
        GoDuration.TryParse(text, out var duration).ShouldBeTrue();
        duration.TotalMilliseconds.ShouldBe(milliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("30")]
    [InlineData("30 s")]
    [InlineData("-30s")]
    [InlineData("+30s")]
    [InlineData("1.2.3s")]
    [InlineData(".s")]
    [InlineData("30S")]
    [InlineData("1d")]
    [InlineData("1s2")]
    [InlineData("99999999999999999999999999999999h")]
    [InlineData("9000000h")]
    public void Other_text_is_refused(string text) => GoDuration.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("30", true)]
    [InlineData("30s", true)]
    [InlineData("-1", false)]
    [InlineData("99999999999999999999", false)]
    public void A_bare_number_is_seconds_where_Argo_CD_takes_it_so(string text, bool expected)
    {
        GoDuration.TryParse(text, out var duration, bareSeconds: true).ShouldBe(expected);
        if (expected)
        {
            duration.ShouldBe(TimeSpan.FromSeconds(30));
        }
    }

    [Theory]
    [InlineData("0s")]
    [InlineData("500ms")]
    [InlineData("1s")]
    [InlineData("1.5s")]
    [InlineData("1m30s")]
    [InlineData("24h")]
    [InlineData("25h1m1s")]
    public void What_is_written_is_read_back_and_short(string text)
    {
        GoDuration.TryParse(text, out var duration).ShouldBeTrue();
        GoDuration.Format(duration).ShouldBe(text);
    }
}

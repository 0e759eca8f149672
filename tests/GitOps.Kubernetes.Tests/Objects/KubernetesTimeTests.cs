using GitOps.Kubernetes.Objects;

namespace GitOps.Kubernetes.Tests.Objects;

public sealed class KubernetesTimeTests
{
    [Theory]
    [InlineData("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000000Z")]
    [InlineData("2026-01-01T00:00:00.9999999Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.999999Z")]
    [InlineData("2026-01-01T01:30:00.5+01:30", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.500000Z")]
    [InlineData("2026-06-30T23:59:59.000001-02:00", "2026-07-01T01:59:59Z", "2026-07-01T01:59:59.000001Z")]
    [InlineData("2026-01-01T00:00:00.123456789Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.123456Z")]
    public void Times_are_written_in_utc_to_the_second_or_with_exactly_six_digits(string read, string seconds, string micro)
    {
        KubernetesTime.TryParse(read, out var time).ShouldBeTrue();
        KubernetesTime.Format(time).ShouldBe(seconds);
        KubernetesTime.FormatMicro(time).ShouldBe(micro);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("2026-01-01")]
    [InlineData("2026-01-01T00:00:00")]
    [InlineData("2026-01-01T00:00:00.Z")]
    [InlineData("2026-01-01T00:00:00.5")]
    [InlineData("2026-01-01 00:00:00Z")]
    [InlineData("2026-13-01T00:00:00Z")]
    [InlineData("2026-01-01T25:00:00Z")]
    [InlineData("01/02/2026 00:00:00Z")]
    public void What_is_no_RFC_3339_time_is_refused(string? text) => KubernetesTime.TryParse(text, out _).ShouldBeFalse();
}

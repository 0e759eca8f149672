using System.Net;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Watching;
using GitOps.Testing;

namespace GitOps.Kubernetes.Tests.Http;

public sealed class PureRulesTests
{
    [Theory]
    [InlineData("299 - \"a\"", "a")]
    [InlineData("299 kube-apiserver \"a\" \"Sat, 25 Aug 2026 23:34:45 GMT\"", "a")]
    [InlineData("110 - \"stale\"", "")]
    [InlineData("110 - \"stale\", 299 - \"b, \\\\ c\"", "b, \\ c")]
    [InlineData("299 - \"open", "open")]
    [InlineData("299 - none", "")]
    [InlineData("", "")]
    public void Warning_headers_are_parsed(string line, string texts) => string.Join('|', WarningHeader.Parse(line)).ShouldBe(texts);

    [Theory]
    [InlineData(0)]
    [InlineData(0.999)]
    public void A_told_wait_is_never_shortened_and_spread_by_a_quarter_at_most(double random)
    {
        var told = TimeSpan.FromSeconds(8);
        var failure = new ApiException(HttpStatusCode.TooManyRequests, "TooManyRequests", "slow down", retryAfter: told);
        var delay = RetryRules.Delay(Repeat.IfPushedBack, failure, 1, TimeSpan.FromMinutes(1), random).ShouldNotBeNull();
        delay.ShouldBeInRange(told, told * 1.25);
    }

    [Fact]
    public void Waits_that_nobody_told_double()
    {
        var failure = new ApiException(HttpStatusCode.InternalServerError, string.Empty, "broken");
        var delays = Enumerable.Range(1, 4).Select(attempt => RetryRules.Delay(Repeat.Always, failure, attempt, TimeSpan.FromMinutes(1), 0)).ToArray();
        delays.ShouldBe([TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(400), null]);
    }

    [Fact]
    public void A_watch_backs_off_up_to_half_a_minute_and_begins_anew_after_calm()
    {
        var time = new ManualTimeProvider();
        var backoff = new Backoff(time, static () => 1);
        var seconds = Enumerable.Range(0, 8).Select(_ => backoff.Next().TotalSeconds).ToArray();
        seconds.ShouldBe([0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30]);
        time.Advance(TimeSpan.FromMinutes(2));
        backoff.Next().TotalSeconds.ShouldBe(30);
        time.Advance(TimeSpan.FromMinutes(2) + TimeSpan.FromSeconds(1));
        backoff.Next().TotalSeconds.ShouldBe(0.8);
    }

    [Fact]
    public void A_watch_that_worked_for_a_while_waits_a_tenth_of_that_and_no_longer()
    {
        var backoff = new Backoff(new ManualTimeProvider(), static () => 1);
        double[] seconds =
        [
            .. ((double[])[12, 12, 20, 20, 600, 2]).Select(worked =>
            {
                backoff.Worked(TimeSpan.FromSeconds(worked));
                return backoff.Next().TotalSeconds;
            }),
            backoff.Next().TotalSeconds,
        ];
        seconds.ShouldBe([0.8, 1.2, 2, 2, 12.8, 0.8, 30]);
    }

    [Theory]
    [InlineData("https://10.96.0.1", null, null)]
    [InlineData("https://kubernetes.default.svc", null, null)]
    [InlineData("https://127.0.0.1:6443", null, null)]
    [InlineData("https://localhost:6443", null, null)]
    [InlineData("https://api.example", null, "http://proxy:3128/")]
    [InlineData("http://api.example", null, "http://plain:81/")]
    [InlineData("https://172.16.4.5", "172.16.0.0/12", null)]
    [InlineData("https://172.32.4.5", "172.16.0.0/12", "http://proxy:3128/")]
    [InlineData("https://[fd00::1]", "fd00::/8", null)]
    [InlineData("https://1.2.3.4:443", "1.2.3.4:443", null)]
    [InlineData("https://1.2.3.4:6443", "1.2.3.4:443", "http://proxy:3128/")]
    [InlineData("https://a.example", "example", null)]
    [InlineData("https://a.example", ".example", null)]
    [InlineData("https://example", ".example", "http://proxy:3128/")]
    [InlineData("https://a.example:6443", "example:443", "http://proxy:3128/")]
    [InlineData("https://notexample", "example", "http://proxy:3128/")]
    [InlineData("https://a.other", "x, *", null)]
    public void The_proxy_of_the_environment_is_bypassed_as_other_programs_do(string address, string? bypass, string? proxy)
    {
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["https_proxy"] = "proxy:3128",
            ["HTTP_PROXY"] = "http://plain:81",
            ["NO_PROXY"] = bypass,
            ["KUBERNETES_SERVICE_HOST"] = "10.96.0.1",
        };
        new EnvironmentProxy(name => environment.GetValueOrDefault(name)).GetProxy(new Uri(address))?.ToString().ShouldBe(proxy);
    }
}

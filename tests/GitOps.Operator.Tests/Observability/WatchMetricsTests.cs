using System.Text;
using GitOps.Kubernetes.Watching;
using GitOps.Operator.Observability;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Observability;

public sealed class WatchMetricsTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly OperatorMetrics _metrics;
    private readonly object _one = new();
    private readonly object _other = new();

    public WatchMetricsTests() => _metrics = new(_time);

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public async Task A_kind_is_down_from_its_first_failure_until_it_is_watched_again()
    {
        Changed(_one, WatchPhase.Opening);
        _time.Advance(TimeSpan.FromSeconds(2));
        (await DownAsync()).ShouldBe(["{group=\"apps\",resource=\"deployments\"} 2"]);
        Changed(_one, WatchPhase.Open);
        (await DownAsync()).ShouldBeEmpty();

        Changed(_one, WatchPhase.Broken, WatchEnd.Cut);
        _time.Advance(TimeSpan.FromMinutes(5));
        Changed(_one, WatchPhase.Broken, WatchEnd.Silent);
        _time.Advance(TimeSpan.FromMinutes(5));
        (await DownAsync()).ShouldBe(["{group=\"apps\",resource=\"deployments\"} 600"]);
        Changed(_one, WatchPhase.Open);
        (await DownAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_worst_watch_stands_for_its_kind_and_one_that_is_closed_for_nothing()
    {
        Changed(_one, WatchPhase.Broken, WatchEnd.Cut);
        _time.Advance(TimeSpan.FromSeconds(30));
        Changed(_other, WatchPhase.Broken, WatchEnd.Cut);
        (await DownAsync()).ShouldBe(["{group=\"apps\",resource=\"deployments\"} 30"]);
        Changed(_one, WatchPhase.Closed);
        (await DownAsync()).ShouldBe(["{group=\"apps\",resource=\"deployments\"} 0"]);
        Changed(_other, WatchPhase.Closed);
        (await DownAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stream_that_ends_as_streams_do_and_one_that_is_not_allowed_are_not_down()
    {
        Changed(_one, WatchPhase.Open);
        Changed(_one, WatchPhase.Restarting, WatchEnd.Ended);
        Changed(_other, WatchPhase.Opening);
        Changed(_other, WatchPhase.Refused, WatchEnd.Error);
        (await DownAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Restarts_are_counted_by_reason_from_0_on()
    {
        (await LinesAsync("gitops_operator_watch_restarts_total")).Count.ShouldBe(10);
        _metrics.Watching.Changed(new(_one, "apps", "deployments", WatchPhase.Restarting, WatchEnd.Expired, Relists: true));
        _metrics.Watching.Changed(new(_one, "apps", "deployments", WatchPhase.Broken, WatchEnd.Cut));
        (await LinesAsync("gitops_operator_watch_restarts_total")).Where(static line => !line.EndsWith(" 0", StringComparison.Ordinal))
            .ShouldBe(["{reason=\"expired\",relists=\"true\"} 1", "{reason=\"cut\",relists=\"false\"} 1"], ignoreOrder: true);
        Enum.GetValues<WatchEnd>().Where(static end => end != WatchEnd.None).Select(static end => end.ToString().ToLowerInvariant()).ShouldBe(MetricLabels.WatchEnd.All, ignoreOrder: true);
    }

    private void Changed(object watch, WatchPhase phase, WatchEnd end = WatchEnd.None) => _metrics.Watching.Changed(new(watch, "apps", "deployments", phase, end));

    private Task<List<string>> DownAsync() => LinesAsync("gitops_operator_watch_down_seconds");

    private async Task<List<string>> LinesAsync(string name) =>
        [.. Encoding.UTF8.GetString(await _metrics.Scraper.ScrapeAsync()).Split('\n').Where(line => line.StartsWith(name + "{", StringComparison.Ordinal)).Select(line => line[name.Length..])];
}

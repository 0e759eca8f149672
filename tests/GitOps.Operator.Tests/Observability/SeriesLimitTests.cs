using System.Globalization;
using System.Text;
using GitOps.Kubernetes.Watching;
using GitOps.Operator.Observability;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Observability;

/// <summary>No instrument has more series than it may, whatever happens; the SDK's own limit would be another, and silent.</summary>
public sealed class SeriesLimitTests : IDisposable
{
    /// <summary>More than the SDK would keep by itself, and more than any instrument that is not by Application may have.</summary>
    private const int Many = 4_500;

    private readonly OperatorMetrics _metrics = new(new ManualTimeProvider());

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public async Task What_others_name_without_end_is_folded_at_the_limit_that_the_page_names()
    {
        for (var i = 0; i < Many; i++)
        {
            var name = i.ToString(CultureInfo.InvariantCulture);
            _metrics.KubernetesRequested("get", "example.com", name, 200, TimeSpan.Zero);
            _metrics.StepEnded(name, TimeSpan.Zero);
            _metrics.WebhookAnswered(name, "accepted");
            _metrics.Watching.Changed(new(new object(), "example.com", name, WatchPhase.Opening));
        }

        var families = await MetricsReference.FamiliesAsync(_metrics);
        var series = await SeriesAsync();
        foreach (var family in (string[])["gitops_operator_kubernetes_requests_total", "gitops_operator_reconcile_step_seconds", "gitops_operator_webhook_requests_total", "gitops_operator_watch_down_seconds"])
        {
            // One more for what is folded.
            var most = families.Single(found => found.Name == family).Most;
            series[family].ShouldBeInRange(most, most + 1, family);
        }

        Encoding.UTF8.GetString(await _metrics.Scraper.ScrapeAsync()).ShouldContain("gitops_operator_metrics_overflowing 4");
    }

    [Fact]
    public async Task What_is_known_beforehand_is_far_from_the_limit()
    {
        FullMetrics.Fill(_metrics);
        var series = await SeriesAsync();
        foreach (var family in await MetricsReference.FamiliesAsync(_metrics))
        {
            series[family.Name].ShouldBeLessThan(Math.Max(2, family.Most / 2), family.Name);
        }
    }

    private async Task<Dictionary<string, int>> SeriesAsync() => Encoding.UTF8.GetString(await _metrics.Scraper.ScrapeAsync()).Split('\n')
        .Where(static line => line.Length > 0 && line[0] != '#').Select(static line => line.Split('{', ' ')[0])
        .Where(static name => !name.EndsWith("_bucket", StringComparison.Ordinal) && !name.EndsWith("_sum", StringComparison.Ordinal))
        .Select(static name => name.EndsWith("_count", StringComparison.Ordinal) ? name[..^"_count".Length] : name)
        .GroupBy(static name => name, StringComparer.Ordinal).ToDictionary(static group => group.Key, static group => group.Count(), StringComparer.Ordinal);
}

using System.Diagnostics;
using System.Text;
using GitOps.Operator.Observability;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Observability;

public sealed class OperatorMetricsTests : IDisposable
{
    private readonly OperatorMetrics _metrics = new(new ManualTimeProvider());

    public void Dispose() => _metrics.Dispose();

    [Theory]
    [InlineData("gitops_operator_applications{health_status=\"Degraded\",sync_status=\"OutOfSync\"} 0")]
    [InlineData("gitops_operator_drift_events_total{change=\"Deleted\",manager=\"unknown\"} 0")]
    [InlineData("gitops_operator_syncs_total{result=\"failed\"} 0")]
    [InlineData("gitops_operator_commit_to_synced_seconds_count 0")]
    [InlineData("gitops_operator_drift_to_healed_seconds_bucket{le=\"1\"} 0")]
    [InlineData("gitops_operator_reconcile_step_seconds_count{step=\"sync\"} 0")]
    [InlineData("gitops_operator_reconciles_total{result=\"stalled\"} 0")]
    [InlineData("gitops_operator_reconcile_panics_total 0")]
    [InlineData("gitops_operator_kubernetes_request_seconds_count{verb=\"apply\"} 0")]
    [InlineData("gitops_operator_queue_depth 0")]
    [InlineData("gitops_operator_queue_wait_seconds_count 0")]
    [InlineData("gitops_operator_git_operations_total{operation=\"ls-remote\",result=\"ok\"} 0")]
    [InlineData("gitops_operator_git_operation_seconds_count{operation=\"fetch\"} 0")]
    [InlineData("gitops_operator_renders_total{result=\"failed\"} 0")]
    [InlineData("gitops_operator_watches{state=\"interrupted\"} 0")]
    [InlineData("gitops_operator_webhook_requests_total{provider=\"azuredevops\",result=\"unverified\"} 0")]
    [InlineData("gitops_operator_gates_shut{gate=\"ApprovalPending\"} 0")]
    public async Task A_series_that_is_known_beforehand_is_there_at_zero(string line) => (await LinesAsync()).ShouldHave(line);

    [Fact]
    public async Task What_happens_is_counted()
    {
        _metrics.Applications = static () => [new("Synced", "Healthy", 2), new("Synced", "Healthy", 1), new("OutOfSync", "Missing", 4)];
        _metrics.Drift = static () => [new("team-a", "web", 3), new("team-b", "web", 0)];
        _metrics.QueueDepth = static () => 7;
        _metrics.Watches = static () => [(MetricLabels.WatchState.Streaming, 5)];
        _metrics.Gates = static () => [("SyncWindowClosed", 6)];
        _metrics.Certificates = static () => [("client", DateTimeOffset.FromUnixTimeSeconds(1_800_000_000))];
        _metrics.HealthAges = static () => [new("team-a", "web", "Progressing", TimeSpan.FromSeconds(90)), new("team-a", "ahead", "Healthy", TimeSpan.FromSeconds(-3))];
        _metrics.DriftDetected("kubectl-edit", "Modified");
        _metrics.FightBegan("kubectl-edit");
        _metrics.Contested = static () => [new("team-a", "web", 2), new("team-b", "web", 0)];
        _metrics.SyncEnded(MetricLabels.Succeeded);
        _metrics.CommitSynced(TimeSpan.FromSeconds(12));
        _metrics.CommitSynced(TimeSpan.FromSeconds(-5));
        _metrics.DriftHealed(TimeSpan.FromSeconds(0.2));
        _metrics.StepEnded("apply", TimeSpan.FromMilliseconds(3));
        _metrics.ReconcileEnded(MetricLabels.ReconcileResult.Panicked);
        _metrics.KubernetesRequested("apply", "apps", "deployments", 200, TimeSpan.FromMilliseconds(4));
        _metrics.KubernetesRequested("get", string.Empty, "configmaps", 0, TimeSpan.FromSeconds(1));
        _metrics.QueueWaited(TimeSpan.FromSeconds(2));
        _metrics.GitOperationEnded("fetch", "Timeout", TimeSpan.FromSeconds(9));
        _metrics.RenderEnded(MetricLabels.RenderResult.Cached);

        var lines = await LinesAsync();

        string[] expected =
        [
            "gitops_operator_applications{health_status=\"Healthy\",sync_status=\"Synced\"} 3",
            "gitops_operator_applications{health_status=\"Missing\",sync_status=\"OutOfSync\"} 4",
            "gitops_operator_drifted_objects{application=\"web\",namespace=\"team-a\"} 3",
            "gitops_operator_drifted_objects{application=\"web\",namespace=\"team-b\"} 0",
            "gitops_operator_contested_objects{application=\"web\",namespace=\"team-a\"} 2",
            "gitops_operator_contested_objects{application=\"web\",namespace=\"team-b\"} 0",
            "gitops_operator_fights_total{manager=\"kubectl-edit\"} 1",
            "gitops_operator_fights_total{manager=\"unknown\"} 0",
            "gitops_operator_health_age_seconds{application=\"web\",health_status=\"Progressing\",namespace=\"team-a\"} 90",
            "gitops_operator_health_age_seconds{application=\"ahead\",health_status=\"Healthy\",namespace=\"team-a\"} 0",
            "gitops_operator_queue_depth 7",
            "gitops_operator_watches{state=\"streaming\"} 5",
            "gitops_operator_gates_shut{gate=\"SyncWindowClosed\"} 6",
            "gitops_operator_gates_shut{gate=\"ApprovalPending\"} 0",
            "gitops_operator_kubernetes_certificate_expiry_seconds{use=\"client\"} 1800000000",
            "gitops_operator_drift_events_total{change=\"Modified\",manager=\"kubectl-edit\"} 1",
            "gitops_operator_syncs_total{result=\"succeeded\"} 1",
            "gitops_operator_commit_to_synced_seconds_bucket{le=\"0.05\"} 1",
            "gitops_operator_commit_to_synced_seconds_sum 12",
            "gitops_operator_drift_to_healed_seconds_count 1",
            "gitops_operator_reconcile_step_seconds_bucket{step=\"apply\",le=\"0.005\"} 1",
            "gitops_operator_reconciles_total{result=\"panicked\"} 1",
            "gitops_operator_reconcile_panics_total 1",
            "gitops_operator_kubernetes_requests_total{code=\"200\",group=\"apps\",resource=\"deployments\",verb=\"apply\"} 1",
            "gitops_operator_kubernetes_requests_total{code=\"none\",group=\"\",resource=\"configmaps\",verb=\"get\"} 1",
            "gitops_operator_kubernetes_request_seconds_count{verb=\"apply\"} 1",
            "gitops_operator_queue_wait_seconds_sum 2",
            "gitops_operator_git_operations_total{operation=\"fetch\",result=\"Timeout\"} 1",
            "gitops_operator_git_operation_seconds_count{operation=\"fetch\"} 1",
            "gitops_operator_renders_total{result=\"cached\"} 1",
        ];
        expected.Where(line => !lines.Contains(line, StringComparer.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Managers_beyond_the_limit_share_one_label()
    {
        for (var i = 0; i < 100; i++)
        {
            _metrics.DriftDetected($"manager-{i}", "Modified");
        }

        var managers = (await LinesAsync()).Where(static line =>
            line.StartsWith("gitops_operator_drift_events_total", StringComparison.Ordinal) && line.Contains("Modified", StringComparison.Ordinal)).ToArray();
        managers.Length.ShouldBe(22);
        managers.ShouldHave("gitops_operator_drift_events_total{change=\"Modified\",manager=\"other\"} 80");
    }

    [Fact]
    public async Task Five_thousand_applications_all_have_their_row()
    {
        _metrics.Drift = static () => Enumerable.Range(0, 5000).Select(static i => new DriftCount("team", $"app-{i}", i));
        var lines = await LinesAsync();
        lines.Count(static line => line.StartsWith("gitops_operator_drifted_objects{", StringComparison.Ordinal)).ShouldBe(5000);
        lines.ShouldHave("gitops_operator_drifted_objects{application=\"app-4999\",namespace=\"team\"} 4999");

        _metrics.HealthAges = static () => Enumerable.Range(0, 5000).Select(static i => new HealthAge("team", $"app-{i}", "Healthy", TimeSpan.FromSeconds(i)));
        (await LinesAsync()).Count(static line => line.StartsWith("gitops_operator_health_age_seconds{", StringComparison.Ordinal)).ShouldBe(5000);
    }

    [Fact]
    public async Task Promtool_finds_nothing_to_complain_about()
    {
        if (Promtool() is not { } promtool)
        {
            (Environment.GetEnvironmentVariable("CI") == "true").ShouldBeFalse("promtool is required in CI: eng/test.sh installs it");
            Assert.Skip("promtool is neither on the PATH nor named by GITOPS_TEST_PROMTOOL");
            return;
        }

        _metrics.Drift = static () => [new("team-a", "web \"quoted\" \\ \n", 3)];
        _metrics.DriftDetected("kubectl-edit", "Modified");
        _metrics.StepEnded("apply", TimeSpan.FromMilliseconds(3));
        var body = await _metrics.Scraper.ScrapeAsync();

        var (code, output) = await CheckAsync(promtool, body);

        output.ShouldBeEmpty();
        code.ShouldBe(0);
        (await CheckAsync(promtool, "# TYPE x counter\nx{a=\"1} 2\n"u8.ToArray())).Code.ShouldNotBe(0, "a broken text must be noticed");
    }

    private static string? Promtool()
    {
        if (Environment.GetEnvironmentVariable("GITOPS_TEST_PROMTOOL") is { Length: > 0 } named)
        {
            return named;
        }

        return (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
            .Select(static directory => Path.Combine(directory, "promtool")).FirstOrDefault(File.Exists);
    }

    private static async Task<(int Code, string Output)> CheckAsync(string promtool, byte[] body)
    {
        var start = new ProcessStartInfo(promtool, ["check", "metrics"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start).ShouldNotBeNull();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.BaseStream.WriteAsync(body);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }

    private async Task<string[]> LinesAsync() => Encoding.UTF8.GetString(await _metrics.Scraper.ScrapeAsync()).Split('\n');
}

using System.Diagnostics;
using System.Text;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;
using GitOps.Operator.Observability;
using GitOps.Operator.Options;
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
    [InlineData("gitops_operator_leader 0")]
    [InlineData("gitops_operator_leader_changes_total 0")]
    [InlineData("gitops_operator_lease_renewal_seconds_count 0")]
    [InlineData("gitops_operator_gates_shut{gate=\"ApprovalPending\"} 0")]
    public async Task A_series_that_is_known_beforehand_is_there_at_zero(string line) => (await LinesAsync()).ShouldHave(line);

    [Fact]
    public async Task What_happens_is_counted()
    {
        _metrics.Applications = static () => [new("Synced", "Healthy", 2), new("Synced", "Healthy", 1), new("OutOfSync", "Missing", 4)];
        _metrics.QueueDepth = static () => 7;
        _metrics.Watches = static () => [(MetricLabels.WatchState.Streaming, 5)];
        _metrics.Gates = static () => [("SyncWindowClosed", 6)];
        _metrics.Certificates = static () => [("client", DateTimeOffset.FromUnixTimeSeconds(1_800_000_000))];
        _metrics.Each.Source = static () =>
        [
            FullMetrics.Web,
            new("team-a", "ahead") { HealthStatus = "Healthy", HealthSince = FullMetrics.Now + TimeSpan.FromSeconds(3) },
            new("team-b", "web"),
        ];
        _metrics.Each.Saw("team-b", "web");
        _metrics.DriftDetected("kubectl-edit", "Modified");
        _metrics.FightBegan("kubectl-edit");
        _metrics.SyncEnded(new NamespacedName("team-a", "web"), MetricLabels.Succeeded);
        _metrics.CommitSynced(TimeSpan.FromSeconds(12));
        _metrics.CommitSynced(TimeSpan.FromSeconds(-5));
        _metrics.DriftHealed(TimeSpan.FromSeconds(0.2));
        _metrics.StepEnded("apply", TimeSpan.FromMilliseconds(3));
        _metrics.ReconcileEnded(MetricLabels.ReconcileResult.Panicked);
        _metrics.KubernetesRequested("apply", "apps", "deployments", 200, TimeSpan.FromMilliseconds(4));
        _metrics.KubernetesRequested("get", string.Empty, "configmaps", 0, TimeSpan.FromSeconds(1));
        _metrics.QueueWaited(TimeSpan.FromSeconds(2));
        _metrics.GitOperationEnded("fetch", "git.example.com/web", "Timeout", TimeSpan.FromSeconds(9));
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
            "gitops_operator_repository_git_operations_total{operation=\"fetch\",repository=\"git.example.com/web\",result=\"Timeout\"} 1",
            "gitops_operator_repository_git_seconds_total{operation=\"fetch\",repository=\"git.example.com/web\"} 9",
            "gitops_operator_application_info{application=\"web\",automated=\"true\",heals=\"true\",health_status=\"Progressing\",namespace=\"team-a\",project=\"default\",repository=\"https://git.example.com/team-a/web.git\",sync_status=\"OutOfSync\"} 1",
            "gitops_operator_application_syncs_total{application=\"web\",namespace=\"team-a\",result=\"succeeded\"} 1",
            "gitops_operator_application_syncs_total{application=\"web\",namespace=\"team-b\",result=\"failed\"} 0",
            "gitops_operator_application_labels_dropped 0",
            "gitops_operator_metrics_overflowing 0",
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
    public async Task What_ends_has_a_row_for_as_long_as_it_is_there_and_what_ends_first_is_never_left_out()
    {
        var end = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
        CredentialReading jane = new("ConfigMap", "team-a", "people", "jane.asc", CredentialPart.VerificationKey, end);
        (await LinesAsync()).ShouldNotContain(static line => line.StartsWith("gitops_operator_credential_expiry_seconds", StringComparison.Ordinal));
        _metrics.Credentials = () => [new("Secret", "team-a", "login", string.Empty, CredentialPart.Annotation, end, IsShortLived: true)];
        _metrics.VerificationKeys = () => [jane with { EndsAt = end.AddDays(3) }, jane, jane];

        var lines = await LinesAsync();

        lines.ShouldHave("gitops_operator_credential_expiry_seconds{key=\"\",kind=\"Secret\",lifetime=\"short\",name=\"login\",namespace=\"team-a\",what=\"annotation\"} 1800000000");
        lines.ShouldHave("gitops_operator_credential_expiry_seconds{key=\"jane.asc\",kind=\"ConfigMap\",lifetime=\"long\",name=\"people\",namespace=\"team-a\",what=\"verification-key\"} 1800000000");
        lines.Count(static line => line.StartsWith("gitops_operator_credential_expiry_seconds{", StringComparison.Ordinal)).ShouldBe(2);

        _metrics.VerificationKeys = null;
        _metrics.Credentials = () => Enumerable.Range(0, 3000).Select(i =>
            new CredentialReading("Secret", "team-a", $"login-{i}", string.Empty, CredentialPart.Annotation, end.AddSeconds(-i)));
        lines = await LinesAsync();
        lines.ShouldHave("gitops_operator_credential_expiry_seconds{key=\"\",kind=\"Secret\",lifetime=\"long\",name=\"login-2999\",namespace=\"team-a\",what=\"annotation\"} 1799997001");
        lines.Count(static line => line.StartsWith("gitops_operator_credential_expiry_seconds{", StringComparison.Ordinal)).ShouldBeInRange(900, 1001);
        (await LinesAsync()).ShouldHave("gitops_operator_metrics_overflowing 1");

        _metrics.Credentials = () => [];
        (await LinesAsync()).ShouldNotContain(static line => line.StartsWith("gitops_operator_credential_expiry_seconds{", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Five_thousand_applications_have_their_rows_and_with_one_more_none_has()
    {
        var (dropped, count) = (false, 0);
        _metrics.Each.LimitCrossed = (isOver, applications) => (dropped, count) = (isOver, applications);
        var number = 5000;
        _metrics.Each.Source = () => Enumerable.Range(0, number).Select(static i => new ApplicationReading("team", $"app-{i}")
        {
            Drifted = i,
            HealthStatus = "Healthy",
            HealthSince = FullMetrics.Now - TimeSpan.FromSeconds(i),
            Conditions = [("Stalled", FullMetrics.Now - TimeSpan.FromSeconds(i))],
        });
        var lines = await LinesAsync();
        foreach (var metric in (string[])["drifted_objects", "health_age_seconds", "application_info", "application_condition_timestamp_seconds"])
        {
            lines.Count(line => line.StartsWith($"gitops_operator_{metric}{{", StringComparison.Ordinal)).ShouldBe(5000);
        }

        lines.ShouldHave("gitops_operator_drifted_objects{application=\"app-4999\",namespace=\"team\"} 4999");
        lines.ShouldHave("gitops_operator_application_labels_dropped 0");

        // One more than may have series of their own: none has.
        number = 5001;
        lines = await LinesAsync();

        lines.ShouldHave($"gitops_operator_drifted_objects {5000 * 5001 / 2}");
        lines.ShouldHave("gitops_operator_application_info{health_status=\"Healthy\",sync_status=\"Unknown\"} 5001");
        lines.ShouldHave("gitops_operator_health_age_seconds{health_status=\"Healthy\"} 5000");
        lines.ShouldHave($"gitops_operator_application_condition_timestamp_seconds{{condition=\"Stalled\"}} {FullMetrics.Now.ToUnixTimeSeconds() - 5000}");
        lines.ShouldHave("gitops_operator_application_labels_dropped 1");
        lines.ShouldNotContain(static line => line.Contains("app-4", StringComparison.Ordinal));
        (dropped, count).ShouldBe((true, 5001));

        number = 3;
        (await LinesAsync()).ShouldHave("gitops_operator_drifted_objects{application=\"app-2\",namespace=\"team\"} 2");
        (dropped, count).ShouldBe((false, 3));
    }

    [Fact]
    public async Task Counters_of_applications_beyond_the_limit_share_a_row()
    {
        using var metrics = new OperatorMetrics(new ManualTimeProvider(), new OperatorOptions { MetricsApplicationLimit = 2 });
        for (var i = 0; i < 5; i++)
        {
            metrics.SyncEnded(new NamespacedName("team", $"app-{i}"), MetricLabels.Succeeded);
        }

        var lines = Encoding.UTF8.GetString(await metrics.Scraper.ScrapeAsync()).Split('\n');

        lines.ShouldHave("gitops_operator_application_syncs_total{application=\"app-1\",namespace=\"team\",result=\"succeeded\"} 1");
        lines.ShouldHave("gitops_operator_application_syncs_total{result=\"succeeded\"} 3");
    }

    [Theory]
    [InlineData("https://user:word@git.example.com:8443/a/b.git?token=x#y", "https://git.example.com:8443/a/b.git")]
    [InlineData("git@git.example.com:a/b.git", "git.example.com:a/b.git")]
    [InlineData("ssh://git@git.example.com/a", "ssh://git.example.com/a")]
    [InlineData("file:///srv/git/a", "file:///srv/git/a")]
    [InlineData("oci://registry.example.com/charts", "oci://registry.example.com/charts")]
    [InlineData("", "")]
    public void A_repository_is_named_without_what_could_be_secret(string url, string shown) => ApplicationReading.Public(url).ShouldBe(shown);

    [Fact]
    public async Task Promtool_finds_nothing_to_complain_about()
    {
        if (Promtool() is not { } promtool)
        {
            (Environment.GetEnvironmentVariable("CI") == "true").ShouldBeFalse("promtool is required in CI: eng/test.sh installs it");
            Assert.Skip("promtool is neither on the PATH nor named by GITOPS_TEST_PROMTOOL");
            return;
        }

        FullMetrics.Fill(_metrics);
        _metrics.Each.Source = static () => [FullMetrics.Web with { Name = "web \"quoted\" \\ \n" }];
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

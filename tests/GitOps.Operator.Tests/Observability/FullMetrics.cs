using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Watching;
using GitOps.Operator.Model;
using GitOps.Operator.Observability;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Observability;

/// <summary>Metrics of an operator to which everything has happened once.</summary>
internal static class FullMetrics
{
    /// <summary>What a clock of tests shows at first.</summary>
    public static readonly DateTimeOffset Now = new ManualTimeProvider().GetUtcNow();

    public static readonly ApplicationReading Web = new("team-a", "web")
    {
        Project = "default",
        Repository = "https://git.example.com/team-a/web.git",
        SyncStatus = "OutOfSync",
        HealthStatus = "Progressing",
        HealthSince = Now - TimeSpan.FromSeconds(90),
        IsAutomated = true,
        Heals = true,
        Drifted = 3,
        DriftSince = Now - TimeSpan.FromSeconds(40),
        Contested = 2,
        Conditions = [("ApprovalPending", Now - TimeSpan.FromHours(1))],
    };

    public static void Fill(OperatorMetrics metrics)
    {
        metrics.Applications = static () => [new("Synced", "Healthy", 2)];
        metrics.Each.Source = static () => [Web];
        metrics.Each.Saw("team-a", "web");
        metrics.Each.DriftDetected("team-a", "web");
        metrics.Each.DriftHealed("team-a", "web");
        metrics.Gates = static () => [("SyncWindowClosed", 6)];
        metrics.SecretsInGit = static () => [("warned", 1)];
        metrics.Unverified = static () => 1;
        metrics.Leads = static () => true;
        metrics.LeaseAge = static () => TimeSpan.FromSeconds(1);
        metrics.LeaderChanged();
        metrics.LeaseHeld(TimeSpan.FromMilliseconds(5));
        metrics.QueueDepth = static () => 7;
        metrics.QueueOldest = static () => TimeSpan.FromSeconds(4);
        metrics.Helm = static () => ("v4.2.3", "Jail", true);
        metrics.Watches = static () => [(MetricLabels.WatchState.Streaming, 5)];
        var watch = new object();
        metrics.Watching.Changed(new(watch, "apps", "deployments", WatchPhase.Opening));
        metrics.Watching.Changed(new(watch, "apps", "deployments", WatchPhase.Broken, WatchEnd.Cut, Relists: true));
        metrics.Certificates = static () => [("client", DateTimeOffset.FromUnixTimeSeconds(1_800_000_000))];
        metrics.Credentials = static () =>
            [new("Secret", "team-a", "login", "tlsClientCertData", CredentialPart.ClientCertificate, DateTimeOffset.FromUnixTimeSeconds(1_800_000_000))];
        metrics.VerificationKeys = static () =>
            [new("ConfigMap", "team-a", "people", "jane.asc", CredentialPart.VerificationKey, DateTimeOffset.FromUnixTimeSeconds(1_800_000_000))];
        metrics.DriftDetected("kubectl-edit", "Modified");
        metrics.DriftHealed(TimeSpan.FromSeconds(0.2));
        metrics.FightBegan("kubectl-edit");
        metrics.SyncEnded(new NamespacedName("team-a", "web"), MetricLabels.Succeeded);
        metrics.SyncSucceeded("commit", TimeSpan.FromSeconds(3));
        metrics.CommitSynced(TimeSpan.FromSeconds(12));
        metrics.CommitHealthy(TimeSpan.FromSeconds(14));
        metrics.DetectedSynced(TimeSpan.FromSeconds(2));
        metrics.StepEnded("diff", TimeSpan.FromMilliseconds(3));
        metrics.ReconcileEnded(MetricLabels.ReconcileResult.Done);
        metrics.ReconcileTook(MetricLabels.ReconcileResult.Done, TimeSpan.FromMilliseconds(30));
        metrics.SourceFailed("Unreachable");
        metrics.RenderEnded(MetricLabels.RenderResult.Cached);
        metrics.RenderTook("helm", TimeSpan.FromSeconds(0.3));
        metrics.HelmRan("ok", TimeSpan.FromSeconds(0.3));
        metrics.KubernetesRequested("apply", "apps", "deployments", 200, TimeSpan.FromMilliseconds(4));
        metrics.QueueWaited(TimeSpan.FromSeconds(2));
        metrics.GitOperationEnded("fetch", "git.example.com/team-a/web", "ok", TimeSpan.FromSeconds(9));
        metrics.ChartRequestEnded("index", "ok", TimeSpan.FromSeconds(1));
        metrics.WebhookAnswered("github", "accepted");
    }
}

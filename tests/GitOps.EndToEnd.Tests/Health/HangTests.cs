using GitOps.EndToEnd.Tests.Fixture;
using GitOps.EndToEnd.Tests.Syncing;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.EndToEnd.Tests.Health;

public sealed class HangTests(Cluster cluster)
{
    [Fact]
    public async Task A_rollout_that_hangs_is_said_once_also_across_a_restart_and_its_end_as_well()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "hang");
        var repository = space.NewRepository();
        repository.Commit(("web.yaml", Workloads.Deployment("web").Replace("replicas: 1", "replicas: 1\n  progressDeadlineSeconds: 2", StringComparison.Ordinal)));
        var application = await space.CreateApplicationAsync("web", repository);
        var first = await space.StartOperatorAsync();

        var late = (await space.UntilAsync(application, "says that it hangs", static application =>
            application.Status.Condition(Conditions.HealthOverdue) is { Reason: "ProgressingTooLong" })).Status;
        late.Health!.Status.ShouldBe(HealthCode.Progressing);
        late.Health.Message!.ShouldContain("longer than its deadline of 2s (spec.progressDeadlineSeconds)");
        var row = late.Resources.Single().Health!;
        (row.Deadline, row.Overdue).ShouldBe(("2s", true));
        await space.UntilAsync("the event is there", async () => (await NotesAsync(space, "ProgressingTooLong")).Count == 1);
        (await first.MetricsAsync()).ShouldContain($"gitops_operator_health_age_seconds{{application=\"web\",health_status=\"Progressing\",namespace=\"{application.Namespace}\"}}");

        await first.StopAsync();
        await space.StartOperatorAsync();
        repository.Commit(("settings.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"));
        var again = (await space.UntilAsync(application, "has synced the new commit", static application =>
            application.Status is { Summary.Total: 2, Sync.Status: SyncCode.Synced })).Status;
        again.Condition(Conditions.HealthOverdue)!.LastTransitionTime.ShouldBe(late.Condition(Conditions.HealthOverdue)!.LastTransitionTime);
        again.Health!.LastTransitionTime.ShouldBe(late.Health.LastTransitionTime);
        again.Resources.Single().Health!.Since.ShouldBe(row.Since);

        await space.RollOutAsync("web");
        var done = (await space.UntilAsync(application, "is healthy", static application => application.Status.Health?.Status == HealthCode.Healthy)).Status;
        done.Condition(Conditions.HealthOverdue).ShouldBeNull();
        done.Health!.Message.ShouldBeNull();
        await space.UntilAsync("its end is told", async () =>
            (await NotesAsync(space, "HealthChanged")).Contains("Updated health status: Progressing -> Healthy", StringComparer.Ordinal));
        (await NotesAsync(space, "ProgressingTooLong")).Single().ShouldContain("web is Progressing for longer than its deadline of 2s");
    }

    private static async Task<IReadOnlyList<string>> NotesAsync(TestSpace space, string reason) =>
        [.. (await space.Cluster.ListAsync(Kinds.Event, space.ApplicationNamespace))
            .Where(item => KubernetesObject.GetString(item.Json, "reason") == reason)
            .Select(static item => KubernetesObject.GetString(item.Json, "note") ?? string.Empty)];
}

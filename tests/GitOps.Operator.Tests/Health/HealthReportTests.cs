using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile;
using GitOps.Operator.Reconcile.Reports;
using GitOps.Operator.Tests.Observing;

namespace GitOps.Operator.Tests.Health;

/// <summary>What the status of an Application says of the health of its objects, pass by pass.</summary>
public sealed class HealthReportTests
{
    private const string Automatic = """ "destination":{"namespace":"team-a"},"syncPolicy":{"automated":{"prune":true,"selfHeal":true}},"deadlines":{"wave":"10m"} """;

    [Fact]
    public void A_hang_is_said_once_with_times_that_do_not_move_also_after_a_restart()
    {
        var context = Passes.Planned(Automatic, 1, 1);
        var slow = new HealthStatus(HealthCode.Progressing, "1 of 2");
        var first = Build(context, Passes.Now, slow);
        first.Condition(Conditions.HealthOverdue).ShouldBeNull();
        context.Runtime.HealthDue.ShouldBe(Passes.Now.AddMinutes(10));
        first.Health!.Message.ShouldBe("ConfigMap team-a/settings-0: 1 of 2");

        var late = Build(context, Passes.Now.AddMinutes(10), slow);
        var words = "Progressing since 2026-01-01 00:00:00 UTC, longer than its deadline of 10m (spec.deadlines.wave)";
        late.Condition(Conditions.HealthOverdue)!.Message.ShouldBe($"ConfigMap team-a/settings-0: {words}");
        late.Health!.Message.ShouldBe($"ConfigMap team-a/settings-0: 1 of 2, {words}");
        late.Health.LastTransitionTime.ShouldBe(Passes.Now);
        context.Runtime.HealthDue.ShouldBeNull();

        var restarted = Passes.Planned(Automatic, 1, 1);
        restarted.Runtime.Status = ApplicationStatus.Parse(late.ToJson());
        var again = Build(restarted, Passes.Now.AddHours(5), slow);
        Text(again).ShouldBe(Text(late));
        HealthNews.Between(late, again).ShouldBeEmpty();

        var done = Build(restarted, Passes.Now.AddHours(6), new(HealthCode.Healthy));
        done.Condition(Conditions.HealthOverdue).ShouldBeNull();
        (done.Health!.Status, done.Health.Message, done.Health.LastTransitionTime).ShouldBe((HealthCode.Healthy, null, Passes.Now.AddHours(6)));
        done.Resources.ShouldBeEmpty();
    }

    [Fact]
    public void A_spec_that_is_not_valid_leaves_the_health_unknown()
    {
        var context = Passes.Planned(Automatic, 1, 1);
        context.Runtime.Validation = SpecValidator.Validate(Api.Applications.Of("{}"), Api.Applications.Trusting);
        var status = Build(context, Passes.Now, new(HealthCode.Healthy));
        status.Health!.Status.ShouldBe(HealthCode.Unknown);
        status.Health.Message.ShouldBe(context.Runtime.Validation.Message);
    }

    [Fact]
    public void An_application_among_its_own_objects_does_not_wait_for_itself()
    {
        var context = Passes.Planned(Automatic, 1, 1);
        var own = new ObjectKey(Names.Group, Names.ApplicationKind, context.Key.Namespace, context.Key.Name);
        context.Plan = new([new(PlannedAction.Unchanged, own, null, context.Runtime.Inventory!.Entries[Passes.Key(0)] with { Key = own }, string.Empty)]);
        var state = new ObjectState(Presence.Present, "1", new(HealthCode.Progressing, "waiting for itself"));

        var status = StatusBuilder.Build(context, StepResult.Continue, [(own, state, null)], Passes.Now);

        status.Health!.Status.ShouldBe(HealthCode.Healthy);
        context.Runtime.HealthDue.ShouldBeNull();
        status.Resources.Single().Health!.Status.ShouldBe(HealthCode.Progressing);
    }

    private static ApplicationStatus Build(ReconcileContext context, DateTimeOffset now, HealthStatus health)
    {
        var entry = context.Runtime.Inventory!.Entries[Passes.Key(0)];
        return context.Runtime.Status = StatusBuilder.Build(
            context, StepResult.Continue, [(entry.Key, new ObjectState(Presence.Present, "1", health), entry.Fingerprint)], now);
    }

    private static string Text(ApplicationStatus status) => KubernetesJson.ToText(status.ToJson());
}

using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile;
using GitOps.Operator.Reconcile.Reports;

namespace GitOps.Operator.Tests.Observing;

public sealed class StatusBuilderTests
{
    private const string Automatic = """ "destination":{"namespace":"team-a"},"syncPolicy":{"automated":{"prune":true,"selfHeal":true}} """;

    /// <summary>Passes that have something to say.</summary>
    public static TheoryData<string> Situations => ["calm", "drifted", "blocked", "failed", "waiting", "healed", "source gone", "refused", "failed and refused", "rolled back", "asked"];

    [Theory]
    [MemberData(nameof(Situations))]
    public void The_same_facts_give_the_same_text_at_any_later_time(string situation)
    {
        var context = Situation(situation);
        var result = Result(situation);
        var first = Build(context, result, Passes.Now);
        context.Runtime.Status = first;
        var second = Build(context, result, Passes.Now.AddHours(1));
        Text(second).ShouldBe(Text(first));
    }

    [Fact]
    public void The_order_in_which_objects_are_seen_says_nothing()
    {
        var context = Situation("drifted");
        var states = States(context);
        var forwards = StatusBuilder.Build(context, StepResult.Continue, [.. states], Passes.Now);
        var backwards = StatusBuilder.Build(context, StepResult.Continue, [.. states.Reverse()], Passes.Now);
        Text(backwards).ShouldBe(Text(forwards));
    }

    [Fact]
    public void What_a_status_says_of_itself_fits_together()
    {
        var calm = Build(Situation("calm"), StepResult.Continue, Passes.Now);
        calm.Sync!.Status.ShouldBe(SyncCode.Synced);
        calm.Condition(Conditions.Ready)!.Status.ShouldBe("True");
        calm.Condition(Conditions.Drifted)!.Status.ShouldBe("False");
        calm.Resources.ShouldBeEmpty();
        calm.Summary!.Total.ShouldBe(3);

        var drifted = Build(Situation("drifted"), StepResult.Continue, Passes.Now);
        drifted.Sync!.Status.ShouldBe(SyncCode.OutOfSync);
        drifted.DriftCount.ShouldBe(1);
        drifted.Drift.Single().Name.ShouldBe("settings-1");
        drifted.Resources.Single().Name.ShouldBe("settings-1");
        drifted.Condition(Conditions.Drifted)!.Message.ShouldContain("data.color by vi");
        drifted.Condition(Conditions.Ready)!.Status.ShouldBe("False");

        var blocked = Build(Situation("blocked"), StepResult.Continue, Passes.Now);
        blocked.Condition("HealBlocked")!.Message.ShouldBe("the repository is gone");
        Build(Situation("source gone"), StepResult.Continue, Passes.Now).Sync!.Status.ShouldBe(SyncCode.Unknown);
    }

    [Fact]
    public void A_refusal_is_told_without_forgetting_what_failed()
    {
        var state = Build(Situation("failed and refused"), StepResult.Continue, Passes.Now).OperationState!;
        (state.Phase, state.Message, state.SpecHash, state.RetryCount).ShouldBe((OperationPhase.Error, "operation.sync.source: no", "spec", 2));
        state.SyncResult!.Revision.ShouldBe(Passes.Revision);

        var back = Build(Situation("rolled back"), StepResult.Continue, Passes.Now);
        back.Condition(Conditions.RolledBack)!.Message.ShouldContain("set by kubectl-annotate at 2026-01-01T00:00:00Z");
        back.Condition(Conditions.Ready)!.Status.ShouldBe("True", "the Application is where it is to be");
        var asked = Build(Situation("asked"), Result("asked"), Passes.Now).OperationState!;
        (asked.Phase, asked.Id, asked.InitiatedBy!.Username, asked.Operation!.Sync).ShouldBe((OperationPhase.Running, "1111111-1", "dora", new SyncOperationSpec()));
    }

    [Fact]
    public void A_condition_of_the_past_goes_and_the_time_of_one_that_stays_does_not_move()
    {
        var context = Situation("blocked");
        context.Runtime.Status = Build(context, StepResult.Continue, Passes.Now);
        var calm = Situation("calm");
        calm.Runtime.Status = context.Runtime.Status;
        var later = Build(calm, StepResult.Continue, Passes.Now.AddMinutes(5));
        later.Condition("HealBlocked").ShouldBeNull();
        later.DriftCount.ShouldBe(0);
        later.Condition(Conditions.SpecValid)!.LastTransitionTime.ShouldBe(Passes.Now);
        later.Condition(Conditions.Drifted)!.LastTransitionTime.ShouldBe(Passes.Now.AddMinutes(5));
    }

    private static ReconcileContext Situation(string name)
    {
        var context = Passes.Planned(Automatic, 3, 3);
        var row = new DriftRow
        {
            Kind = "ConfigMap",
            Namespace = "team-a",
            Name = "settings-1",
            Change = DriftChange.Modified,
            DetectedAt = Passes.Now,
            Fields = [new() { Path = "data.color", Manager = "vi", Operation = "Update", Time = Passes.Now }],
        };
        switch (name)
        {
            case "drifted":
                context.Runtime.Drift[Passes.Key(1)] = row;
                break;
            case "blocked":
                context.Runtime.Drift[Passes.Key(1)] = row;
                context.HealBlocked = "the repository is gone";
                break;
            case "failed":
                context.Runtime.Attempt = new(
                    Passes.Revision, 3, Passes.Now, 2, Passes.Now.AddSeconds(5), false, "refused",
                    System.Collections.Immutable.ImmutableDictionary<ObjectKey, string>.Empty.Add(Passes.Key(1), "refused"));
                context.SyncBlocked = ("Retrying", "refused; attempt 3 at 00:00:05 UTC");
                break;
            case "healed":
                context.Healed.Add(row);
                break;
            case "refused" or "failed and refused":
                context.Runtime.Finished = new() { Phase = OperationPhase.Error, Message = "operation.sync.source: no", StartedAt = Passes.Now, FinishedAt = Passes.Now };
                context.Runtime.Attempt = name == "refused" ? null : new(
                    Passes.Revision, 3, Passes.Now, 2, null, true, "refused", System.Collections.Immutable.ImmutableDictionary<ObjectKey, string>.Empty)
                {
                    SpecHash = "spec",
                    EndedAt = Passes.Now,
                };
                break;
            case "rolled back":
                context.Rollback = new(new() { Value = "1", Id = 1, Revision = Passes.Revision }, new("kubectl-annotate", "2026-01-01T00:00:00Z"));
                break;
            case "asked":
                context.Runtime.Operation = new()
                {
                    Id = "1111111-1",
                    Revision = Passes.Revision,
                    StartedAt = Passes.Now,
                    AttemptStartedAt = Passes.Now,
                    Trigger = SyncTrigger.Operation,
                    Asked = new(SyncTrigger.Operation, new() { Sync = new() }, null, new() { Username = "dora" }),
                    InitiatedBy = new() { Username = "dora" },
                };
                break;
            case "source gone":
                context.SourceProblem = new("NotFound", "there is no repository", NeedsUser: true);
                break;
            default:
                break;
        }

        return context;
    }

    private static StepResult Result(string situation) =>
        situation is "waiting" or "asked" ? StepResult.Wait("Progressing", "waiting for deletion") : StepResult.Continue;

    private static ApplicationStatus Build(ReconcileContext context, StepResult result, DateTimeOffset now) =>
        StatusBuilder.Build(context, result, [.. States(context)], now);

    private static (ObjectKey Key, ObjectState State, Fingerprint? Recorded)[] States(ReconcileContext context) =>
        [.. context.Runtime.Inventory!.Entries.Values.Select(static entry => (entry.Key, new ObjectState(Presence.Present, "1"), entry.Fingerprint))];

    private static string Text(ApplicationStatus status) => KubernetesJson.ToText(status.ToJson());
}

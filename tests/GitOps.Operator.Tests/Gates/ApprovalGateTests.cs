using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile;
using GitOps.Operator.Reconcile.Gates;
using GitOps.Operator.Tests.Observing;

namespace GitOps.Operator.Tests.Gates;

public sealed class ApprovalGateTests
{
    private const string Spec = """ "syncPolicy":{"automated":{"prune":true}},"approval":{"required":true} """;

    [Fact]
    public void A_plan_waits_and_says_what_would_open_it()
    {
        var context = Pass();
        var plan = PlanDigest.Whole(context);
        var hold = new ApprovalGate().Check(context)!;
        (hold.Condition, hold.Reason).ShouldBe((Conditions.ApprovalPending, ApprovalGate.Required));
        hold.Message.ShouldBe($"plan {plan.Hash} of 1111111 (1 to write, 0 to delete, 0 hooks) waits for a person's approval");
        hold.Opens!.ShouldContain($"spec.application: web, spec.revision: {Passes.Revision}, spec.planHash: {plan.Hash}");
        hold.Opens!.ShouldContain("namespace team-a");
    }

    [Fact]
    public void Nothing_to_do_needs_no_approval() => new ApprovalGate().Check(Pass(desired: 2)).ShouldBeNull();

    [Fact]
    public void Without_the_policy_no_approval_is_worth_anything()
    {
        var context = Pass();
        context.Approvals = new("it is not there", Approve(context), []);
        new ApprovalGate().Check(context).ShouldBeNull("who fills in the view leaves it out; what is filled in holds");
        context.Approvals = new("it is not there", null, []);
        var hold = new ApprovalGate().Check(context)!;
        hold.Reason.ShouldBe(ApprovalGate.PolicyMissing);
        hold.Text.ShouldContain("it is not there");
        hold.Text.ShouldContain("deploy/policies/sync-approval.yaml");
    }

    [Fact]
    public void What_was_approved_covers_itself_and_what_is_left_of_it_and_no_more()
    {
        var context = Pass(desired: 4, managed: 2);
        var approved = Approve(context);
        Check(context, approved).ShouldBeNull();
        Check(Pass(desired: 3, managed: 2), approved).ShouldBeNull("the fourth is written already");
        Check(Pass(desired: 5, managed: 2), approved)!.Reason.ShouldBe(ApprovalGate.Required);
        Check(Pass(desired: 2, managed: 3), approved)!.Reason.ShouldBe(ApprovalGate.Required);
        Check(context, approved with { Revision = "2222222222222222222222222222222222222222" }).ShouldNotBeNull();
        Check(context, approved with { Items = null }).ShouldBeNull("a former process knew what it had begun");
    }

    [Theory]
    [InlineData(null, ApprovalGate.Outdated, "SyncApproval old of alice is of another plan (0123)")]
    [InlineData("it was forged", ApprovalGate.Invalid, "SyncApproval old does not count: it was forged")]
    public void An_approval_that_does_not_hold_is_named(string? problem, string reason, string message)
    {
        var context = Pass();
        var approval = new SyncApproval(new("team-a", "old"), "u", Passes.Now, new()
        {
            Application = "web",
            Revision = Passes.Revision,
            PlanHash = "0123",
            ApprovedBy = "alice",
        });
        context.Approvals = new(null, null, [new(approval, problem)]);
        var hold = new ApprovalGate().Check(context)!;
        hold.Reason.ShouldBe(reason);
        hold.Message.ShouldStartWith(message);
        hold.Text.ShouldContain(PlanDigest.Whole(context).Hash);
    }

    /// <summary>What is otherwise; whether it is another plan.</summary>
    public static TheoryData<string, bool> Differences => new()
    {
        { "nothing", false },
        { "revision", true },
        { "spec", true },
        { "generation", false },
        { "application", true },
        { "object more", true },
        { "content", true },
        { "version", true },
        { "deletion", true },
        { "uid of a deletion", true },
        { "hook", true },
        { "content of a hook", true },
        { "phase of a hook", true },
        { "synced from", true },
        { "synced since", true },
        { "drift", false },
        { "warnings", false },
        { "request", false },
        { "request with options", true },
        { "request with force", true },
    };

    [Theory]
    [MemberData(nameof(Differences))]
    public void The_hash_covers_everything_that_would_be_done_and_nothing_else(string difference, bool isOther)
    {
        var before = With("nothing");
        var after = With(difference);
        (PlanDigest.Whole(after).Hash != PlanDigest.Whole(before).Hash).ShouldBe(isOther);
    }

    [Fact]
    public void The_hash_of_deletions_is_that_of_the_same_deletions_whatever_is_written()
    {
        var blocked = PlanDigest.OfDeletions(Pass(desired: 2, managed: 5));
        var spec = Pass(desired: 2, managed: 5);
        spec.Runtime.Inventory!.SetHeader(new InventoryHeader { Revision = "another", OptionsHash = "o" });
        PlanDigest.OfDeletions(spec).Hash.ShouldBe(blocked.Hash);
        PlanDigest.OfDeletions(Pass(desired: 2, managed: 4)).Hash.ShouldNotBe(blocked.Hash, StringComparer.Ordinal);
        blocked.Items.ShouldBeSubsetOf(PlanDigest.OfDeletions(Pass(desired: 2, managed: 6)).Items, StringComparer.Ordinal);
    }

    private static GateHold? Check(ReconcileContext context, ApprovedPlan approved)
    {
        context.Approvals = new(null, approved, []);
        return new ApprovalGate().Check(context);
    }

    private static ApprovedPlan Approve(ReconcileContext context)
    {
        var plan = PlanDigest.Whole(context);
        return new(new("team-a", "yes"), "alice", plan.Revision, "spec", plan.Hash) { Items = plan.Items };
    }

    private static ReconcileContext Pass(int desired = 3, int managed = 2)
    {
        var context = Passes.Planned(Spec, desired, managed);
        context.Work = SyncWork.Of(context);
        return context;
    }

    private static ReconcileContext With(string difference)
    {
        var context = Passes.Planned(Spec, difference == "object more" ? 5 : 4, 2);
        var runtime = context.Runtime;
        var target = runtime.Target!;
        var hook = new HookObject(
            Passes.Key(9), new(string.Empty, "v1", "ConfigMap"), "{}"u8.ToArray(), null,
            new(0, [SyncPhase.PreSync], HookDeletion.None, IsLeftOut: false), "hook.yaml:1")
        { DesiredHash = "hook" };
        target = target with { Hooks = [hook] };
        var changes = context.Plan.Changes.Add(Prune("u7"));
        var application = context.Application;
        switch (difference)
        {
            case "revision":
                target = target with { Revision = "2222222222222222222222222222222222222222" };
                break;
            case "spec":
                runtime.SpecHash = "another";
                break;
            case "generation":
                application = application with { Metadata = application.Metadata with { Generation = 4 } };
                break;
            case "application":
                application = application with { Metadata = application.Metadata with { Uid = "another" } };
                break;
            case "content":
                changes = changes.SetItem(3, changes[3] with { Desired = changes[3].Desired! with { DesiredHash = "other" } });
                break;
            case "version":
                changes = changes.SetItem(3, changes[3] with { Desired = changes[3].Desired! with { Type = new(string.Empty, "v2", "ConfigMap") } });
                break;
            case "deletion":
                changes = changes.RemoveAt(changes.Length - 1);
                break;
            case "uid of a deletion":
                changes = changes.SetItem(changes.Length - 1, Prune("u8"));
                break;
            case "hook":
                target = target with { Hooks = [] };
                break;
            case "content of a hook":
                target = target with { Hooks = [hook with { DesiredHash = "other" }] };
                break;
            case "phase of a hook":
                target = target with { Hooks = [hook with { Marks = hook.Marks with { Phases = [SyncPhase.PostSync] } }] };
                break;
            case "synced from":
                runtime.Inventory!.SetHeader(new InventoryHeader { Revision = "another", OptionsHash = "o" });
                break;
            case "synced since":
                runtime.Status = runtime.Status with { History = [new() { Id = 7 }] };
                break;
            case "drift":
                changes = changes.SetItem(0, changes[0] with { Action = PlannedAction.Heal });
                break;
            case "warnings":
                target = target with { Warnings = ["beware"] };
                break;
            default:
                break;
        }

        runtime.Target = target;
        var changed = new ReconcileContext(runtime, application, Passes.Now) { Spec = context.Spec, Plan = new(changes) };
        if (difference.StartsWith("request", StringComparison.Ordinal))
        {
            var sync = new SyncOperationSpec
            {
                SyncOptions = difference == "request with options" ? ["Replace=true"] : [],
                SyncStrategy = difference == "request with force" ? new() { Hook = new() { Force = true } } : null,
            };
            changed.Request = new(new(SyncTrigger.Operation, new() { Sync = sync }, null, new() { Username = "carol" }), context.Spec);
        }

        changed.Work = SyncWork.Of(changed);
        return changed;

        static PlannedChange Prune(string uid) =>
            new(PlannedAction.Prune, Passes.Key(8), null, new(Passes.Key(8), "v1", uid, "h8", null), "no longer desired");
    }
}

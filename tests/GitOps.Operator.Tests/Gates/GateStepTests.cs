using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Observability;
using GitOps.Operator.Reconcile;
using GitOps.Operator.Reconcile.Gates;
using GitOps.Operator.Reconcile.Steps;
using GitOps.Operator.Tests.Observing;

namespace GitOps.Operator.Tests.Gates;

public sealed class GateStepTests
{
    private const string Automatic = """ "destination":{"namespace":"team-a"},"syncPolicy":{"automated":{"prune":true}} """;

    /// <summary>spec; desired and managed objects; whether it syncs, what blocks the sync, what blocks deletions.</summary>
    public static TheoryData<string, int, int, bool, string?, string?> Modes => new()
    {
        { Automatic, 2, 2, false, null, null },
        { Automatic, 3, 2, true, null, null },
        { Automatic, 2, 3, true, null, null },
        { """ "syncPolicy":{"automated":{}} """, 2, 3, false, null, null },
        { """ "destination":{"namespace":"team-a"} """, 3, 2, false, "ManualSync", null },
        { $""" {Automatic},"suspend":true """, 3, 2, false, "Suspended", null },
        { Automatic, 0, 3, false, null, "EmptyRendering" },
        { """ "syncPolicy":{"automated":{"prune":true,"allowEmpty":true}} """, 0, 3, true, null, null },
        { $$""" {{Automatic}},"deletionBudget":{"maxObjects":2} """, 10, 12, true, null, null },
        { $$""" {{Automatic}},"deletionBudget":{"maxObjects":2} """, 9, 12, false, null, "DeletionBudgetExceeded" },
        { $$""" {{Automatic}},"deletionBudget":{"maxPercent":10} """, 9, 10, true, null, null },
        { $$""" {{Automatic}},"deletionBudget":{"maxPercent":10} """, 8, 10, false, null, "DeletionBudgetExceeded" },
        { $$""" {{Automatic}},"deletionBudget":{"maxPercent":1} """, 2, 3, true, null, null },
        { $$""" {{Automatic}},"deletionBudget":{"maxPercent":0} """, 2, 3, false, null, "DeletionBudgetExceeded" },
        { $$""" {{Automatic}},"deletionBudget":{"maxObjects":5,"maxPercent":10} """, 6, 10, false, null, "DeletionBudgetExceeded" },
    };

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task A_pass_may_do_what_mode_and_guards_allow(string spec, int desired, int managed, bool syncs, string? blocked, string? pruneBlocked)
    {
        var context = await RunAsync(Passes.Planned(spec, desired, managed));
        context.Syncing.ShouldBe(syncs);
        context.SyncBlocked?.Reason.ShouldBe(blocked);
        (context.SyncBlocked is null).ShouldBe(blocked is null);
        context.PruneBlocked?.Reason.ShouldBe(pruneBlocked);
        (context.PruneBlocked is null).ShouldBe(pruneBlocked is null);
    }

    [Fact]
    public async Task A_kind_that_nobody_knows_keeps_objects_of_that_kind_only()
    {
        var unknown = new UnmappedObject(new(string.Empty, "v1", "ConfigMap"), "x", "a.yaml:1", "unknown");
        (await RunAsync(Passes.Planned(Automatic, 1, 2, null, unknown))).PruneBlocked!.Value.Reason.ShouldBe("KindUnknown");
        var other = unknown with { Type = new("example.com", "v1", "Widget") };
        (await RunAsync(Passes.Planned(Automatic, 1, 2, null, other))).PruneBlocked.ShouldBeNull();
        (await RunAsync(Passes.Planned(Automatic, 0, 2, null, other))).PruneBlocked.ShouldBeNull("what is there of an unknown kind is not nothing");
    }

    [Fact]
    public async Task An_annotation_lets_through_the_very_deletions_and_what_is_left_of_them()
    {
        const string Spec = $$""" {{Automatic}},"deletionBudget":{"maxObjects":1} """;
        var blocked = await RunAsync(Passes.Planned(Spec, 2, 6));
        var hash = blocked.HeldPlan!.Hash;
        blocked.PruneBlocked!.Value.Message.ShouldContain($"{Names.ApprovedPlanAnnotation}={hash}");
        blocked.PruneBlocked!.Value.Message.ShouldContain("4 objects would be deleted, the budget allows 1");

        var approval = new Dictionary<string, string>(StringComparer.Ordinal) { [Names.ApprovedPlanAnnotation] = hash };
        var approved = await RunAsync(Passes.Planned(Spec, 2, 6, approval));
        approved.PruneBlocked.ShouldBeNull();
        (await RunAsync(Passes.Planned(Spec, 2, 7, approval))).PruneBlocked.ShouldNotBeNull("one more was not approved");

        // One of the four is gone: the next pass of the same process goes on.
        var rest = Passes.Planned(Spec, 2, 5, approval);
        rest.Runtime.ApprovedPrunes = approved.Runtime.ApprovedPrunes;
        (await RunAsync(rest)).PruneBlocked.ShouldBeNull();
        var more = Passes.Planned(Spec, 1, 5, approval);
        more.Runtime.ApprovedPrunes = approved.Runtime.ApprovedPrunes;
        (await RunAsync(more)).PruneBlocked.ShouldNotBeNull();
    }

    [Fact]
    public async Task Where_syncs_need_an_approval_an_annotation_is_none()
    {
        const string Spec = $$""" {{Automatic}},"deletionBudget":{"maxObjects":1},"approval":{"required":true} """;
        var blocked = await RunAsync(Passes.Planned(Spec, 2, 6));
        blocked.PruneBlocked!.Value.Message.ShouldNotContain("annotate");
        blocked.SyncBlocked!.Value.Reason.ShouldBe(ApprovalGate.PolicyMissing);
        foreach (var hash in (string[])[PlanDigest.OfDeletions(blocked).Hash, blocked.HeldPlan!.Hash])
        {
            var approval = new Dictionary<string, string>(StringComparer.Ordinal) { [Names.ApprovedPlanAnnotation] = hash };
            (await RunAsync(Passes.Planned(Spec, 2, 6, approval))).PruneBlocked!.Value.Reason.ShouldBe("DeletionBudgetExceeded");
        }
    }

    [Fact]
    public async Task Every_gate_that_is_shut_is_told_and_the_first_is_the_reason()
    {
        var context = await RunAsync(Passes.Planned(
            """ "suspend":true,"approval":{"required":true},"syncWindows":[{"kind":"deny","schedule":"0 0 * * *","duration":"24h"}] """, 3, 2));
        context.SyncBlocked!.Value.Reason.ShouldBe("Suspended");
        context.Holds.Select(static hold => hold.Condition).ShouldBe(
            [Conditions.Suspended, Conditions.ManualSync, Conditions.SyncWindowClosed, Conditions.ApprovalPending]);
        context.Syncing.ShouldBeFalse();
    }

    [Theory]
    [InlineData("Deny", true)]
    [InlineData("Warn", false)]
    [InlineData("Allow", false)]
    public async Task Secrets_in_Git_hold_a_sync_back_where_that_is_asked_for(string policy, bool isHeld)
    {
        var context = Passes.Planned($$"""  "secretPolicy":"{{policy}}","syncPolicy":{"automated":{} } """, 3, 2);
        context.Runtime.Target = context.Runtime.Target! with
        {
            Secrets = [.. Enumerable.Range(1, 7).Select(static i => new SecretFinding("Secret team-a/db", "db.yaml:1", $"data.k{i}", "a value of a Secret"))],
        };
        await RunAsync(context);
        context.Syncing.ShouldBe(!isHeld);
        context.SyncBlocked?.Reason.ShouldBe(SecretsGate.Denied);
        if (isHeld)
        {
            context.Holds.ShouldHaveSingleItem().Message.ShouldBe(
                "nothing of this commit is written: 7 secret(s) in plain text: "
                + string.Join("; ", Enumerable.Range(1, 5).Select(static i => $"Secret team-a/db (db.yaml:1): data.k{i}: a value of a Secret")) + "; and 2 more");
        }
    }

    [Fact]
    public async Task A_window_that_is_shut_holds_heals_and_says_so()
    {
        const string Spec = """ "syncPolicy":{"automated":{"selfHeal":true}},"syncWindows":[{"kind":"allow","schedule":"0 3 * * *","duration":"1h","description":"nights"}] """;
        var context = Passes.Planned(Spec, 2, 2);
        var row = new DriftRow { Kind = "ConfigMap", Name = "settings-0", Change = DriftChange.Modified };
        context.Heals.Add(new(context.Runtime.Target!.Objects[0], null, row));
        await RunAsync(context);
        context.Heals.ShouldBeEmpty();
        context.HealBlockedReason.ShouldBe(WindowGate.NotAllowed);
        context.HealBlocked!.ShouldContain("spec.syncWindows[0] (nights)");
        context.HealBlocked!.ShouldContain("2026-01-01 03:00 UTC");
        context.NextLook.ShouldBe(new DateTimeOffset(2026, 1, 1, 3, 0, 0, TimeSpan.Zero));
    }

    [Theory]
    [InlineData(true, null, "SyncFailed")]
    [InlineData(false, 5, "Retrying")]
    [InlineData(false, -5, null)]
    public async Task A_sync_that_failed_is_tried_again_in_its_time_or_not_at_all(bool permanent, int? seconds, string? blocked)
    {
        var context = Passes.Planned(Automatic, 3, 2);
        context.Runtime.Attempt = Attempt(context) with { Permanent = permanent, NotBefore = seconds is { } wait ? Passes.Now.AddSeconds(wait) : null };
        (await RunAsync(context)).SyncBlocked?.Reason.ShouldBe(blocked);
        context.Syncing.ShouldBe(blocked is null);
    }

    [Theory]
    [InlineData("2222222222222222222222222222222222222222", 3)]
    [InlineData(Passes.Revision, 2)]
    public async Task A_failure_of_another_commit_or_spec_blocks_nothing(string revision, long generation)
    {
        var context = Passes.Planned(Automatic, 3, 2);
        context.Runtime.Attempt = Attempt(context) with { Permanent = true, Revision = revision, Generation = generation };
        (await RunAsync(context)).SyncBlocked.ShouldBeNull();
    }

    [Fact]
    public void What_time_a_sync_is_held_counts_towards_no_deadline()
    {
        var operation = new GitOps.Operator.Reconcile.Syncing.SyncOperation { Id = "1", Revision = Passes.Revision, StartedAt = Passes.Now, AttemptStartedAt = Passes.Now };
        operation.Enter(new(SyncPhase.Sync, 1, []), Passes.Now);
        operation.Hold(isHeld: false, Passes.Now.AddMinutes(1));
        (operation.CountsFrom, operation.At!.Since).ShouldBe((default, Passes.Now));
        operation.Hold(isHeld: true, Passes.Now.AddMinutes(2));
        operation.Hold(isHeld: true, Passes.Now.AddMinutes(3));
        operation.At!.Since.ShouldBe(Passes.Now);
        operation.Hold(isHeld: false, Passes.Now.AddMinutes(4));
        operation.Hold(isHeld: false, Passes.Now.AddMinutes(5));
        (operation.CountsFrom, operation.At!.Since).ShouldBe((Passes.Now.AddMinutes(4), Passes.Now.AddMinutes(4)));
    }

    [Fact]
    public void Every_gate_has_its_series() => MetricLabels.Gate.All.ShouldBe(Conditions.OfGates);

    private static SyncAttempt Attempt(ReconcileContext context) => new(
        Passes.Revision, context.Application.Metadata.Generation, Passes.Now, 1, null, false, "no",
        System.Collections.Immutable.ImmutableDictionary<ObjectKey, string>.Empty);

    private static async Task<ReconcileContext> RunAsync(ReconcileContext context)
    {
        // No approval is known to it: it has nothing to ask the cluster.
        var desk = new ApprovalDesk(null!, new ApprovalBook(), new KubernetesObject([]), null!);
        var step = new GateStep(
            desk, [new EmptyRenderingGate(), new UnknownKindGate(), new DeletionBudgetGate(new Watched().Objects)],
            [new SuspendGate(), new SecretsGate(), new ManualGate(), new RetryGate(), new WindowGate(), new ApprovalGate()]);
        var result = await step.RunAsync(context, TestContext.Current.CancellationToken);
        result.Verdict.ShouldBe(StepVerdict.Continue);
        return context;
    }
}

using GitOps.Operator.Api;
using GitOps.Operator.Reconcile;
using GitOps.Operator.Reconcile.Reports;
using GitOps.Operator.Reconcile.Syncing;
using GitOps.Operator.Tests.Observing;

namespace GitOps.Operator.Tests.Requests;

public sealed class SyncRestorerTests
{
    private const string Automatic = """ "destination":{"namespace":"team-a"},"syncPolicy":{"automated":{"prune":true}} """;

    private static readonly OperationSpec Request = new() { Sync = new() { Prune = true } };

    private static readonly OperationState Failed = new()
    {
        Id = "1111111-1",
        Phase = OperationPhase.Failed,
        Message = "no",
        StartedAt = Passes.Now.AddMinutes(-5),
        FinishedAt = Passes.Now.AddMinutes(-4),
        RetryCount = 3,
        SpecHash = "spec",
        Trigger = SyncTrigger.Commit,
        SyncResult = new()
        {
            Revision = Passes.Revision,
            Resources = [new() { Kind = "ConfigMap", Namespace = "team-a", Name = "settings-0", Status = ResultCode.SyncFailed, Message = "broken" }],
        },
    };

    private static readonly OperationState Running = Failed with { Phase = OperationPhase.Running, FinishedAt = null, SpecHash = null, AttemptStartedAt = Passes.Now };

    private static readonly OperationState Waiting = Failed with { Phase = OperationPhase.Running, FinishedAt = null, RetryAt = Passes.Now.AddMinutes(1) };

    /// <summary>What the status says; what the next process takes over: operation, attempt for good, attempt that waits, nothing; with a request.</summary>
    public static TheoryData<string, string> States => new()
    {
        { "none", "" },
        { "failed", "failed" },
        { "failed with another spec", "failed before" },
        { "succeeded", "" },
        { "running", "operation" },
        { "running asked", "operation asked" },
        { "terminating", "operation" },
        { "waiting", "waiting" },
        { "waiting asked", "waiting asked" },
        { "waiting asked terminating", "waiting asked" },
        { "refused after a failure", "failed" },
        { "refused", "" },
    };

    [Theory]
    [MemberData(nameof(States))]
    public void The_next_process_goes_on_where_the_former_was(string stored, string expected)
    {
        var context = Restored(stored switch
        {
            "none" => null,
            "failed with another spec" => Failed with { SpecHash = "other" },
            "failed" => Failed,
            "succeeded" => Failed with { Phase = OperationPhase.Succeeded, SpecHash = null },
            "running" => Running,
            "running asked" => Running with { Operation = Request, Trigger = SyncTrigger.Operation },
            "terminating" => Running with { Phase = OperationPhase.Terminating },
            "waiting" => Waiting,
            "waiting asked" => Waiting with { Operation = Request, Trigger = SyncTrigger.Operation },
            "waiting asked terminating" => Waiting with { Phase = OperationPhase.Terminating, Operation = Request, Trigger = SyncTrigger.Operation },
            "refused after a failure" => Failed with { Phase = OperationPhase.Error, Message = "refused", Operation = Request, Trigger = SyncTrigger.Operation },
            _ => new() { Phase = OperationPhase.Error, Message = "refused", Operation = Request, Trigger = SyncTrigger.Operation },
        });

        var runtime = context.Runtime;
        var found = runtime.Operation is { } operation ? $"operation{(operation.Asked is null ? string.Empty : " asked")}"
            : runtime.Attempt is { } attempt
                ? $"{(attempt.Permanent ? "failed" : "waiting")}{(attempt.Asked is null ? string.Empty : " asked")}{(attempt.IsOf(context) ? string.Empty : " before")}"
                : string.Empty;
        found.ShouldBe(expected);
        (runtime.Operation?.Id ?? runtime.Attempt?.Id).ShouldBe(expected.Length == 0 ? null : "1111111-1");
    }

    [Fact]
    public void What_failed_and_when_to_try_again_is_kept()
    {
        var attempt = Restored(Waiting).Runtime.Attempt!;
        (attempt.Failures, attempt.NotBefore, attempt.Message).ShouldBe((3, Passes.Now.AddMinutes(1), "no"));
        attempt.Failed[Passes.Key(0)].ShouldBe("broken");
        Restored(Failed with { Phase = OperationPhase.Error, Message = "refused" }).Runtime.Attempt!.Message.ShouldBe("broken");
    }

    /// <summary>What is stored of an attempt is enough to store the same again: no restart changes a status.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_restored_attempt_says_the_same_again(bool waits)
    {
        var stored = waits ? Waiting : Failed;
        var state = OperationReport.Build(Restored(stored), StepResult.Continue, stored, Passes.Now.AddHours(1));
        Text(state).ShouldBe(Text(stored));
    }

    [Fact]
    public void It_is_done_once()
    {
        var context = Restored(Failed);
        context.Runtime.Attempt = null;
        SyncRestorer.Restore(context);
        context.Runtime.Attempt.ShouldBeNull();
    }

    [Fact]
    public void Tokens_and_rollbacks_are_kept()
    {
        var context = Passes.Planned(Automatic, 1, 1);
        var rollback = new RollbackState { Value = "1", Id = 1, Revision = Passes.Revision };
        context.Runtime.Status = new() { SyncToken = "t", Rollback = rollback };
        SyncRestorer.Restore(context);
        (context.Runtime.SyncToken, context.Runtime.Rollback).ShouldBe(("t", rollback));
    }

    private static ReconcileContext Restored(OperationState? state)
    {
        var context = Passes.Planned(Automatic, 1, 1);
        context.Runtime.SpecHash = "spec";
        context.Runtime.Status = new() { OperationState = state };
        SyncRestorer.Restore(context);
        return context;
    }

    private static string Text(OperationState? state) =>
        Kubernetes.Objects.KubernetesJson.ToText(new ApplicationStatus { OperationState = state }.ToJson());
}

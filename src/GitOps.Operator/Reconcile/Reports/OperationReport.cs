using GitOps.Operator.Api;
using GitOps.Operator.Reconcile.Syncing;

namespace GitOps.Operator.Reconcile.Reports;

/// <summary><c>status.operationState</c>: the sync that runs, or what became of the last one.</summary>
internal static class OperationReport
{
    public static OperationState? Build(ReconcileContext context, StepResult result, OperationState? before, DateTimeOffset now)
    {
        var runtime = context.Runtime;
        if (runtime.Operation is { } operation)
        {
            return result.Verdict != StepVerdict.Continue || before?.Phase is OperationPhase.Running or OperationPhase.Terminating
                ? OperationRows.Running(operation, context.SyncBlocked?.Message ?? result.Message)
                : before;
        }

        if (runtime.Finished is { } finished)
        {
            return runtime.Attempt is { } open ? WithAttempt(finished, open) : finished;
        }

        if (runtime.Attempt is { } attempt)
        {
            return Of(attempt, attempt.EndedAt ?? before?.FinishedAt ?? now);
        }

        return runtime.LastSync is { } done && IsNews(done, before) ? Of(done) : before;
    }

    public static OperationState Of(SyncRecord done)
    {
        var operation = done.Operation;
        return new()
        {
            Id = operation.Id,
            Phase = OperationPhase.Succeeded,
            Message = done.Describe() + OperationRows.InPlaceOf(operation.Supersedes),
            StartedAt = operation.StartedAt,
            FinishedAt = done.EndedAt,
            RetryCount = operation.Retries == 0 ? null : operation.Retries,
            Trigger = operation.Trigger,
            Cause = operation.Cause,
            InitiatedBy = operation.InitiatedBy,
            ApprovedBy = operation.ApprovedBy,
            Operation = operation.Asked?.Operation,
            Token = operation.Asked?.Token,
            Supersedes = operation.Supersedes,
            SyncResult = SyncResult.Of(operation.Revision, OperationRows.Of(operation)),
        };
    }

    public static OperationState Of(SyncAttempt attempt, DateTimeOffset endedAt) => new()
    {
        Id = attempt.Id,
        Phase = attempt.Permanent ? OperationPhase.Failed : OperationPhase.Running,
        Message = attempt.Message,
        StartedAt = attempt.StartedAt,
        FinishedAt = attempt.Permanent ? endedAt : null,
        RetryCount = attempt.Failures,
        RetryAt = attempt.NotBefore,
        Trigger = attempt.Trigger,
        Cause = attempt.Cause,
        InitiatedBy = attempt.InitiatedBy,
        ApprovedBy = attempt.ApprovedBy,
        Operation = attempt.Asked?.Operation,
        Token = attempt.Asked?.Token,
        Supersedes = attempt.Supersedes,
        SpecHash = attempt.SpecHash,
        SyncResult = SyncResult.Of(attempt.Revision, attempt.Rows),
    };

    // What the next process has to know of a failed sync is not lost when something else is told.
    private static OperationState WithAttempt(OperationState told, SyncAttempt attempt) => told with
    {
        RetryCount = attempt.Failures,
        RetryAt = attempt.NotBefore,
        SpecHash = attempt.SpecHash,
        SyncResult = SyncResult.Of(attempt.Revision, attempt.Rows),
    };

    // An operation that is running began after the sync before it had ended.
    private static bool IsNews(SyncRecord done, OperationState? before) => before switch
    {
        { FinishedAt: { } finished } => finished < done.EndedAt,
        { StartedAt: { } started } => started <= done.EndedAt,
        _ => true,
    };
}

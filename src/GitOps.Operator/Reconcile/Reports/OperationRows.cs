using System.Collections.Immutable;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Syncing;

namespace GitOps.Operator.Reconcile.Reports;

/// <summary>A sync as it stands in <c>status.operationState</c>: enough for people, and for the next process to go on.</summary>
internal static class OperationRows
{
    public static OperationState Running(SyncOperation operation, string? message) => new()
    {
        Id = operation.Id,
        Phase = OperationPhase.Running,
        Message = message + InPlaceOf(operation.Supersedes),
        Trigger = operation.Trigger,
        Cause = operation.Cause,
        InitiatedBy = operation.InitiatedBy,
        ApprovedBy = operation.ApprovedBy,
        Operation = operation.Asked?.Operation,
        Token = operation.Asked?.Token,
        Supersedes = operation.Supersedes,
        StartedAt = operation.StartedAt,
        AttemptStartedAt = operation.AttemptStartedAt,
        ResumedAt = operation.CountsFrom == default ? null : operation.CountsFrom,
        RetryCount = operation.Retries == 0 ? null : operation.Retries,
        Progress = operation.At is { } at ? new() { Phase = at.Phase, Wave = at.Wave, Since = at.Since } : null,
        SyncResult = SyncResult.Of(operation.Revision, Of(operation)),
    };

    /// <summary>Behind a message: whose place the operation took.</summary>
    public static string InPlaceOf(string? superseded) =>
        superseded is null ? string.Empty : $" (in place of the sync of {Revisions.Short(superseded)})";

    /// <summary>Hooks and failures, in a stable order.</summary>
    public static ImmutableArray<SyncResultRow> Of(SyncOperation operation)
    {
        var hooks = operation.Hooks.OrderBy(static pair => pair.Key.Phase).ThenBy(static pair => pair.Key.Key).Select(static pair => new SyncResultRow
        {
            Group = pair.Key.Key.Group.NullIfEmpty(),
            Kind = pair.Key.Key.Kind,
            Namespace = pair.Key.Key.Namespace.NullIfEmpty(),
            Name = pair.Key.Key.Name,
            HookType = pair.Key.Phase,
            HookPhase = pair.Value.IsCreated ? pair.Value.Phase : null,
            SyncPhase = pair.Key.Phase,
            Message = pair.Value.Message,
        });
        var failures = operation.Failures.Values.Where(failure => operation.Hooks.Keys.All(hook => hook.Key != failure.Key))
            .OrderBy(static failure => failure.Key).Select(static failure => new SyncResultRow
            {
                Group = failure.Key.Group.NullIfEmpty(),
                Kind = failure.Key.Kind,
                Namespace = failure.Key.Namespace.NullIfEmpty(),
                Name = failure.Key.Name,
                Status = ResultCode.SyncFailed,
                Message = failure.Message,
                SyncPhase = SyncPhase.Sync,
            });
        return [.. hooks, .. failures];
    }
}

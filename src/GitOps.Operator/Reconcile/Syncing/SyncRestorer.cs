using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Gates;

namespace GitOps.Operator.Reconcile.Syncing;

/// <summary>
/// At the first pass of a process: what the former one was about. A sync that was under way goes on; a revision that failed
/// has still failed.
/// </summary>
internal static class SyncRestorer
{
    public static void Restore(ReconcileContext context)
    {
        var runtime = context.Runtime;
        if (runtime.IsRestored)
        {
            return;
        }

        runtime.IsRestored = true;
        runtime.Approved ??= ApprovedPlan.Restore(context.Key, runtime.Status);
        runtime.SyncToken = runtime.Status.SyncToken;
        runtime.Rollback = runtime.Status.Rollback;
        if (runtime is { Operation: null, Attempt: null, LastSync: null })
        {
            var state = runtime.Status.OperationState;
            runtime.Operation = SyncOperation.Restore(state);
            Continue(runtime);
            runtime.Attempt = runtime.Operation is null && state is not null ? AttemptIn(context, state) : null;
        }
    }

    /// <summary>What the inventory says of the sync under way, once it is known.</summary>
    public static void Continue(ApplicationRuntime runtime)
    {
        if (runtime.Inventory is not { } inventory || runtime.IsCounted)
        {
            return;
        }

        runtime.IsCounted = true;
        runtime.Progress.Restore(inventory);
        if (runtime.Operation is { Asked: null } ended && inventory.Header is { Pending: not true, Sync: { } last } && last.Id == ended.Id)
        {
            // It had ended: only nobody was told.
            runtime.Operation = null;
        }

        foreach (var entry in inventory.Entries.Values)
        {
            if (runtime.Operation is not null && entry.PruneWave is { } wave)
            {
                runtime.Operation.PruneWaves[entry.Key] = wave;
            }
        }

        if (runtime.Operation is { } operation && inventory.Header is { Pending: not true, Sync: { } counted } && counted.Id == operation.Id)
        {
            runtime.Progress.Restore(counted.Entry);
        }
        else if (SyncRecord.Restore(inventory.Header, runtime.Status) is { } done)
        {
            runtime.Synced(done);
        }
    }

    private static SyncAttempt? AttemptIn(ReconcileContext context, OperationState state)
    {
        if (state is not { SpecHash: { } spec, SyncResult: { FullRevision: { } revision } result })
        {
            return null;
        }

        var failed = result.Resources.Where(static row => row.Status == ResultCode.SyncFailed)
            .GroupBy(static row => new ObjectKey(row.Group ?? string.Empty, row.Kind, row.Namespace ?? string.Empty, row.Name))
            .ToImmutableDictionary(static rows => rows.Key, static rows => rows.First().Message ?? "failed");
        var sick = context.Runtime.Status.Resources
            .Where(static row => row.Health is { Status: not HealthCode.Healthy })
            .Select(static row => new ObjectKey(row.Group ?? string.Empty, row.Kind, row.Namespace ?? string.Empty, row.Name))
            .Where(failed.ContainsKey).ToImmutableHashSet();
        var message = state.Phase is OperationPhase.Failed or OperationPhase.Running ? state.Message : string.Join("; ", failed.Values.Order(StringComparer.Ordinal));
        return new(
            revision, spec == context.Runtime.SpecHash ? context.Application.Metadata.Generation : -1, state.StartedAt ?? context.Now,
            (int)(state.RetryCount ?? 1), state.RetryAt, state.RetryAt is null, message, failed)
        {
            Id = state.Id,
            SpecHash = spec,
            Trigger = state.Trigger ?? SyncTrigger.Commit,
            Cause = state.Cause,
            // What is told of an attempt that is still to be repeated may be of another request.
            Asked = state.Phase is OperationPhase.Running or OperationPhase.Terminating || state is { Phase: OperationPhase.Failed, RetryAt: null }
                ? SyncOperation.AskedIn(state)
                : null,
            InitiatedBy = state.InitiatedBy,
            ApprovedBy = state.ApprovedBy,
            Supersedes = state.Supersedes,
            EndedAt = state.FinishedAt,
            Sick = sick,
            Rows = result.Resources,
        };
    }
}

using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Health;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Steps;

namespace GitOps.Operator.Reconcile.Reports;

/// <summary>
/// From a pass and what the watches know to the status of the Application. Pure: the same facts give the same text, so that
/// a status that says nothing new is not written.
/// </summary>
internal static class StatusBuilder
{
    public static ApplicationStatus Build(
        ReconcileContext context,
        StepResult result,
        ImmutableArray<(ObjectKey Key, ObjectState State, Fingerprint? Recorded)> observed,
        DateTimeOffset now)
    {
        var runtime = context.Runtime;
        var before = runtime.Status;
        var states = observed.ToDictionary(static item => item.Key, static item => item.State);
        var rows = ResourceRows.Of(context, states);
        var unknown = runtime.Target is null || context.SourceProblem is not null || runtime.Validation?.Spec is null;
        var code = unknown ? SyncCode.Unknown : rows.OutOfSync > 0 || !context.Shared.IsEmpty() ? SyncCode.OutOfSync : SyncCode.Synced;
        var health = runtime.Target is null && states.Count == 0
            ? new HealthStatus(HealthCode.Unknown)
            : HealthAggregation.Worst(rows.Assessed);
        var facts = new StatusFacts(context, result, code, health, now);
        var conditions = StatusConditions.Build(before.Conditions, facts);
        return before with
        {
            ObservedGeneration = context.Application.Metadata.Generation,
            Sync = Sync(runtime, code, before.Sync),
            Health = Health(before.Health, health, now),
            Conditions = conditions,
            OperationState = Operation(context, result, before.OperationState, now),
            History = History(context, before.History),
            Resources = rows.Rows,
            Summary = rows.Summary with
            {
                Images = runtime.Target is { HasContent: true } rendered ? rendered.Images : before.Summary?.Images ?? [],
            },
            Drift = [.. runtime.Drift.OrderBy(static pair => pair.Key).Select(static pair => pair.Value)],
            DriftCount = runtime.Drift.Count == 0 && before.DriftCount is null ? null : runtime.Drift.Count,
            Timings = Timings(runtime, before.Timings, code, health, now),
            Inventory = runtime.Inventory is { Pages.Count: > 0 } inventory
                ? new() { Pages = inventory.Pages.Count, Entries = inventory.Entries.Count }
                : before.Inventory,
            Plan = Plan(context),
        };
    }

    private static bool IsEmpty<TKey, TValue>(this Dictionary<TKey, TValue> items)
        where TKey : notnull => items.Count == 0;

    private static SyncSummary Sync(ApplicationRuntime runtime, SyncCode code, SyncSummary? before)
    {
        if (runtime.Target is not { } target)
        {
            return (before ?? new SyncSummary { Status = code }) with { Status = code };
        }

        return new()
        {
            Status = code,
            Revision = target.Revision,
            ShortRevision = target.Revision[..7],
            Commit = target.Commit is { } commit ? Commit(commit) : before?.Revision == target.Revision ? before.Commit : null,
        };
    }

    private static CommitSummary Commit(CommitFacts commit) => new()
    {
        Author = commit.Author,
        Committer = commit.Committer,
        Subject = commit.Subject,
        CommittedAt = commit.CommittedAt,
        Signature = commit.SignatureFormat is null ? "None" : $"Unverified ({commit.SignatureFormat})",
    };

    private static HealthSummary Health(HealthSummary? before, HealthStatus health, DateTimeOffset now) => new()
    {
        Status = health.Code,
        Message = health.Message,
        LastTransitionTime = before?.Status == health.Code ? before.LastTransitionTime : now,
    };

    private static OperationState? Operation(ReconcileContext context, StepResult result, OperationState? before, DateTimeOffset now)
    {
        var runtime = context.Runtime;
        if (runtime.LastSync is { } done && IsNews(done, before) && runtime.Attempt is null)
        {
            return new()
            {
                Phase = OperationPhase.Succeeded,
                Message = $"{done.Changes.Create} created, {done.Changes.Update} updated, {done.Changes.Delete} deleted",
                StartedAt = before is { Phase: OperationPhase.Running, StartedAt: { } began } && before.SyncResult?.Revision == done.Target.Revision
                    ? began
                    : done.StartedAt,
                FinishedAt = done.EndedAt,
                RetryCount = done.Retries == 0 ? null : done.Retries,
                SyncResult = new() { Revision = done.Target.Revision },
            };
        }

        if (runtime.Attempt is { } attempt)
        {
            return new()
            {
                Phase = attempt.Permanent ? OperationPhase.Failed : OperationPhase.Running,
                Message = attempt.Message,
                StartedAt = attempt.StartedAt,
                FinishedAt = attempt.Permanent ? before?.FinishedAt ?? now : null,
                RetryCount = attempt.Failures,
                SyncResult = new() { Revision = attempt.Revision },
            };
        }

        return context.Syncing && result.Verdict == StepVerdict.Wait && runtime.Target is { } target
            ? new()
            {
                Phase = OperationPhase.Running,
                Message = result.Message,
                StartedAt = before is { Phase: OperationPhase.Running, StartedAt: { } started } ? started : context.Now,
                SyncResult = new() { Revision = target.Revision },
            }
            : before;
    }

    // An operation that is running began after the sync before it had ended.
    private static bool IsNews(SyncRecord done, OperationState? before) => before switch
    {
        { FinishedAt: { } finished } => finished < done.EndedAt,
        { StartedAt: { } started } => started <= done.EndedAt,
        _ => true,
    };

    private static ImmutableArray<HistoryEntry> History(ReconcileContext context, ImmutableArray<HistoryEntry> before)
    {
        if (context.Runtime.LastSync is not { } done || context.Spec is null
            || (before.Length > 0 && before[^1].DeployedAt >= done.EndedAt))
        {
            return before;
        }

        var isSame = before.Length > 0 && before[^1].Revision == done.Target.Revision;
        if (isSame && done.Changes is { Create: 0, Update: 0, Delete: 0 })
        {
            return before;
        }

        var added = before.Add(new()
        {
            Id = before.Length == 0 ? 1 : before[^1].Id + 1,
            Revision = done.Target.Revision,
            DeployStartedAt = done.StartedAt,
            DeployedAt = done.EndedAt,
            InitiatedBy = new() { Automated = true },
            Trigger = isSame ? "Spec" : "Commit",
            Commit = done.Target.Commit is { } commit ? Commit(commit) : null,
            Changes = done.Changes,
        });
        var limit = context.Spec.RevisionHistoryLimit;
        return added.Length > limit ? added.RemoveRange(0, added.Length - limit) : added;
    }

    private static SyncTimings? Timings(
        ApplicationRuntime runtime, SyncTimings? before, SyncCode code, HealthStatus health, DateTimeOffset now)
    {
        if (runtime.Target is not { } target)
        {
            return before;
        }

        if (runtime.LastSync is null && before is not null && runtime.Status.Sync?.Revision == target.Revision)
        {
            // As it was before a restart: when this process first saw the commit says nothing.
            return before.HealthyAt is null && before.SyncedAt is not null && code == SyncCode.Synced && health.Code == HealthCode.Healthy
                ? before with { HealthyAt = now }
                : before;
        }

        var synced = runtime.LastSync is { } done && done.Target.Revision == target.Revision ? done.EndedAt : (DateTimeOffset?)null;
        var committed = target.Commit?.CommittedAt ?? before?.CommittedAt;
        if (synced is null && target.Commit is null)
        {
            return before;
        }

        var isSame = before is not null && before.SyncedAt == synced;
        return new()
        {
            CommittedAt = committed,
            DetectedAt = target.DetectedAt,
            SyncedAt = synced ?? (before?.DetectedAt == target.DetectedAt ? before?.SyncedAt : null),
            HealthyAt = isSame && before!.HealthyAt is { } healthy ? healthy
                : code == SyncCode.Synced && health.Code == HealthCode.Healthy && synced is not null ? now : null,
        };
    }

    private static PlanSummary? Plan(ReconcileContext context)
    {
        if (context.Runtime.Target is not { } target || (context.SyncBlocked is null && context.PruneBlocked is null))
        {
            return null;
        }

        var rows = PlanRows.Of(context);
        return rows.IsEmpty
            ? null
            : new()
            {
                Hash = GateStep.HashOf(context.Plan, target.Revision),
                Revision = target.Revision,
                Create = rows.Count(static row => row.Action == PlanAction.Create),
                Update = rows.Count(static row => row.Action == PlanAction.Update),
                Delete = rows.Count(static row => row.Action == PlanAction.Delete),
                Changes = rows,
            };
    }
}

using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Health;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Verifying;
using GitOps.Operator.Render;

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
        var rows = ResourceRows.Of(context, states, now);
        runtime.HealthDue = rows.NextDue;
        var unknown = runtime.Target is null || context.SourceProblem is { IsUnverified: false } || runtime.Validation?.Spec is null;
        var code = unknown ? SyncCode.Unknown : context.SourceProblem is not null || rows.OutOfSync > 0 || !context.Shared.IsEmpty() ? SyncCode.OutOfSync : SyncCode.Synced;
        var health = runtime.Validation is { Spec: null } invalid ? new HealthStatus(HealthCode.Unknown, invalid.Message)
            : runtime.Target is null && states.Count == 0 ? new HealthStatus(HealthCode.Unknown)
            : HealthAggregation.Worst(rows.Assessed);
        var facts = new StatusFacts(context, result, code, health, now)
        {
            Late = [.. rows.Assessed.Where(static item => item.Late is not null).OrderBy(static item => item.Key).Select(static item => $"{item.Key}: {item.Late}")],
        };
        var conditions = StatusConditions.Build(before.Conditions, facts);
        return before with
        {
            ObservedGeneration = context.Application.Metadata.Generation,
            Sync = Sync(context, code, before.Sync),
            Health = Health(before.Health, health, now),
            Conditions = conditions,
            OperationState = WithApproval(OperationReport.Build(context, result, before.OperationState, now), runtime),
            History = HistoryRows.Build(context, before.History),
            SyncToken = runtime.SyncToken ?? before.SyncToken,
            Rollback = runtime.IsRestored ? runtime.Rollback : before.Rollback,
            Resources = rows.Rows,
            Summary = rows.Summary with
            {
                Images = runtime.Target is { HasContent: true } rendered ? rendered.Images : before.Summary?.Images ?? [],
            },
            Drift =
            [
                .. runtime.Drift.OrderBy(static pair => pair.Key).Select(static pair => pair.Value),
                .. runtime.Adopted ?? [.. before.Drift.Where(static row => row.Change == DriftChange.Adopted)],
            ],
            DriftCount = runtime.Drift.Count == 0 && before.DriftCount is null ? null : runtime.Drift.Count,
            ForeignFields = [.. runtime.Foreign.OrderBy(static pair => pair.Key).Select(static pair => pair.Value.Row)],
            Contested = runtime.Fights.IsRestored ? runtime.Fights.Contested : before.Contested,
            Timings = Timings(runtime, before.Timings, code, health, now),
            Inventory = runtime.Inventory is { Pages.Count: > 0 } inventory
                ? new() { Pages = inventory.Pages.Count, Entries = inventory.Entries.Count }
                : before.Inventory,
            Plan = Plan(context),
        };
    }

    private static bool IsEmpty<TKey, TValue>(this Dictionary<TKey, TValue> items)
        where TKey : notnull => items.Count == 0;

    private static SyncSummary Sync(ReconcileContext context, SyncCode code, SyncSummary? before)
    {
        var runtime = context.Runtime;
        var refused = SourceVerification.RefusedOf(context, before?.RefusedRevision);
        var resolved = context.Revision is null ? before?.Ref : context.Resolved is { Items: [{ Ref: { } named }] } ? named : null;
        if (runtime.Target is not { } target)
        {
            return (before ?? new SyncSummary { Status = code }) with { Status = code, Ref = resolved, RefusedRevision = refused };
        }

        var isSame = before?.FullRevision == target.Revision;
        return new()
        {
            Status = code,
            Ref = resolved,
            Revision = Revisions.OfOne(target.Revision),
            Revisions = Revisions.OfSeveral(target.Revision),
            ShortRevision = Revisions.Short(target.Revision),
            RefusedRevision = refused,
            HelmVersion = RecordedFacts.HelmVersion(target.Inputs),
            Commit = target.Commit is { } commit ? CommitRows.Of(commit) : OfChart(runtime, target) ?? (isSame ? runtime.Verification.Restate(target.Revision, before!.Commit) : null),
            Commits = target.HasContent ? CommitRows.OfSeveral(target, runtime.Validation?.Spec, runtime.Verification) : isSame ? before!.Commits : [],
        };
    }

    private static CommitSummary? OfChart(ApplicationRuntime runtime, Rendering target) =>
        runtime.Validation?.Spec is { HasSeveralSources: false } spec ? CommitRows.OfChart(spec.Sources[0], target.Revision, runtime.Verification) : null;

    private static HealthSummary Health(HealthSummary? before, HealthStatus health, DateTimeOffset now) => new()
    {
        Status = health.Code,
        Message = health.Message,
        LastTransitionTime = before?.Status == health.Code ? before.LastTransitionTime : now,
    };

    private static OperationState? WithApproval(OperationState? state, ApplicationRuntime runtime) => state is null || !runtime.IsRestored ? state : state with
    {
        Approval = state.Phase == OperationPhase.Running && runtime.Approved is { } approved && approved.Revision == state.SyncResult?.FullRevision
            ? new() { Name = approved.Key.Name, ApprovedBy = approved.By, PlanHash = approved.PlanHash, SpecHash = approved.SpecHash }
            : null,
    };

    private static SyncTimings? Timings(
        ApplicationRuntime runtime, SyncTimings? before, SyncCode code, HealthStatus health, DateTimeOffset now)
    {
        if (runtime.Target is not { } target)
        {
            return before;
        }

        if (runtime.LastSync is null && before is not null && runtime.Status.Sync?.FullRevision == target.Revision)
        {
            // As it was before a restart: when this process first saw the commit says nothing.
            return before.HealthyAt is null && before.SyncedAt is not null && code == SyncCode.Synced && health.Code == HealthCode.Healthy
                ? before with { HealthyAt = now }
                : before;
        }

        var synced = runtime.LastSync is { } done && done.Revision == target.Revision ? done.EndedAt : (DateTimeOffset?)null;
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
        return rows.IsEmpty && context.HeldPlan is null or { Items.IsEmpty: true }
            ? null
            : new()
            {
                Hash = context.HeldPlan?.Hash,
                Revision = target.Revision,
                Create = rows.Count(static row => row.Action == PlanAction.Create),
                Update = rows.Count(static row => row.Action == PlanAction.Update),
                Delete = rows.Count(static row => row.Action == PlanAction.Delete),
                SourceChanges = SourceChanges.Of(context.Spec, context.Runtime.Inventory?.Header?.Sync?.Entry, target.Revision, context.Resolved),
                Changes = rows,
                Hooks = PlanRows.Hooks(context),
            };
    }
}

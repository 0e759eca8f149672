using System.Collections.Immutable;
using GitOps.Operator.Api;
using GitOps.Operator.Reconcile.Syncing;
using GitOps.Operator.Render;

namespace GitOps.Operator.Reconcile.Reports;

/// <summary><c>status.history</c>: the syncs of everything that succeeded, oldest first.</summary>
internal static class HistoryRows
{
    public static ImmutableArray<HistoryEntry> Build(ReconcileContext context, ImmutableArray<HistoryEntry> before)
    {
        if (context.Runtime.LastSync is not { } done || context.Spec is null
            || (before.Length > 0 && before[^1].DeployedAt >= done.EndedAt))
        {
            return before;
        }

        var isSame = before.Length > 0 && before[^1].FullRevision == done.Revision;
        if (isSame && done.Changes is { Create: 0, Update: 0, Delete: 0 } && done.Operation.Asked is null)
        {
            return before;
        }

        var added = before.Add(done.Entry with { Id = before.Length == 0 ? 1 : before[^1].Id + 1 });
        var limit = context.Spec.RevisionHistoryLimit;
        return added.Length > limit ? added.RemoveRange(0, added.Length - limit) : added;
    }

    /// <summary>What is to be said of a sync that has ended now.</summary>
    public static HistoryEntry EntryOf(
        ReconcileContext context, SyncOperation operation, CommitSummary? commit, (ChangeCounts Changes, ImmutableArray<ChangedObject> Objects) done, DateTimeOffset endedAt)
    {
        var spec = context.Spec;
        return StatusLimits.Cut(new HistoryEntry
        {
            Id = 0,
            Revision = Revisions.OfOne(operation.Revision),
            Revisions = Revisions.OfSeveral(operation.Revision),
            DeployStartedAt = operation.StartedAt,
            DeployedAt = endedAt,
            InitiatedBy = operation.InitiatedBy ?? new() { Automated = true },
            Trigger = operation.Trigger,
            ApprovedBy = operation.ApprovedBy,
            Supersedes = operation.Supersedes,
            Commit = commit,
            Source = spec.HasSeveralSources ? null : SourceOf(spec, 0),
            Sources = spec.HasSeveralSources ? [.. Enumerable.Range(0, spec.Sources.Length).Select(i => SourceOf(spec, i))] : [],
            SourceChanges = SourceChanges.Of(spec, context.Runtime.Inventory?.Header?.Sync?.Entry, operation.Revision, context.Resolved),
            Changes = done.Changes,
            Objects = done.Objects,
        });
    }

    private static HistorySource SourceOf(ValidatedSpec spec, int i)
    {
        var source = spec.Sources[i];
        return new()
        {
            RepoUrl = source.RepoUrl,
            TargetRevision = source.Revision,
            Path = source.Path.Length > 0 ? source.Path : source.IsChart || !source.IsRendered ? null : ".",
            Chart = source.Chart.NullIfEmpty(),
            Ref = source.Ref,
            Hash = RenderOptions.HashOf(spec, source),
        };
    }
}

using System.Collections.Immutable;
using GitOps.Operator.Api;
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

        var operation = done.Operation;
        var isSame = before.Length > 0 && before[^1].Revision == done.Target.Revision;
        if (isSame && done.Objects.IsEmpty && operation.Asked is null)
        {
            return before;
        }

        var spec = context.Spec;
        var added = before.Add(new()
        {
            Id = before.Length == 0 ? 1 : before[^1].Id + 1,
            Revision = done.Target.Revision,
            DeployStartedAt = operation.StartedAt,
            DeployedAt = done.EndedAt,
            InitiatedBy = operation.InitiatedBy ?? new() { Automated = true },
            Trigger = operation.Trigger,
            ApprovedBy = operation.ApprovedBy,
            Supersedes = operation.Supersedes,
            Commit = done.Target.Commit is { } commit ? CommitRows.Of(commit) : null,
            Source = new()
            {
                RepoUrl = spec.RepoUrl,
                TargetRevision = spec.Revision,
                Path = spec.Path.Length == 0 ? "." : spec.Path,
                Hash = DirectoryRenderer.SourceHash(spec),
            },
            Changes = done.Changes,
            Objects = [.. done.Objects.Take(StatusLimits.HistoryObjects)],
        });
        var limit = spec.RevisionHistoryLimit;
        return added.Length > limit ? added.RemoveRange(0, added.Length - limit) : added;
    }
}

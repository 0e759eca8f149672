using GitOps.Operator.Auditing;

namespace GitOps.Operator.Reconcile;

/// <summary>What a pass knows of why it changes something.</summary>
internal static class AuditFactsOf
{
    public static AuditFacts Pass(ReconcileContext context)
    {
        var runtime = context.Runtime;
        var operation = runtime.Operation;
        var revision = operation?.Revision ?? runtime.Target?.Revision ?? runtime.Status.Sync?.FullRevision;
        var by = operation?.InitiatedBy ?? context.Request?.Asked.InitiatedBy;
        return new(
            revision,
            runtime.Target is { Commit: { } commit } target && target.Revision == revision ? commit.Author : null,
            operation?.Id,
            by?.Username ?? context.Rollback?.By?.Manager ?? "automated",
            operation?.ApprovedBy);
    }
}

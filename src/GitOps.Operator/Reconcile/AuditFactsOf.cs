using GitOps.Operator.Api;
using GitOps.Operator.Auditing;
using GitOps.Operator.Model;

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
        var cause = operation?.Cause ?? context.SyncCause;
        return new(
            revision,
            runtime.Target is { Commit: { } commit } target && target.Revision == revision ? commit.Author : null,
            operation?.Id,
            by?.Username ?? context.Rollback?.By?.Manager ?? cause?.By ?? AuditTrail.Unasked,
            operation?.ApprovedBy,
            cause?.ToString() ?? (operation?.Trigger ?? context.Request?.Asked.Trigger)?.ToString().ToLowerInvariant()
                ?? (context.Application.Metadata.IsTerminating ? Triggers.Deletion : null));
    }

    /// <summary>Of what somebody else changed: which fields, and which programs did it, as far as the server has recorded them.</summary>
    public static AuditPurpose Heal(DriftRow? row, string? version)
    {
        var managers = row is null ? [] : row.Fields.Select(static field => field.Manager).OfType<string>().Where(static name => name.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        return new(AuditReason.Heal, row is null ? null : [.. row.Fields.Select(static field => field.Path)], version)
        {
            Trigger = Triggers.Drift,
            By = managers.Count == 0 ? null : string.Join(", ", managers),
        };
    }
}

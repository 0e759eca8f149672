using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Gates;

/// <summary>
/// How long a SyncApproval is kept: for as long as it may be needed, or the history names what it let through; and all for a
/// week, so that whoever wonders what became of one finds it.
/// </summary>
internal static class ApprovalRetention
{
    public static readonly TimeSpan Age = TimeSpan.FromDays(7);

    /// <summary>When it may be deleted, as things stand; null: it is kept.</summary>
    /// <param name="approval">Of this Application.</param>
    /// <param name="status">As it was reported last.</param>
    /// <param name="target">The commit that is to be synced, or is; null: not known, so that all may be needed.</param>
    /// <param name="approved">What is being carried out.</param>
    public static DateTimeOffset? EndOf(SyncApproval approval, ApplicationStatus status, string? target, ApprovedPlan? approved)
    {
        var revision = approval.Spec.Revision;
        var isNeeded = target is null || revision == target || approval.Key == approved?.Key
            || revision == status.Plan?.Revision || revision == status.OperationState?.SyncResult?.FullRevision;
        var isNamed = status.History.Any(entry => entry.FullRevision == revision && entry.ApprovedBy == approval.Spec.ApprovedBy);
        return isNeeded || isNamed ? null : OfNobody(approval);
    }

    /// <summary>When it may be deleted if there is no Application of that name.</summary>
    public static DateTimeOffset OfNobody(SyncApproval approval) => approval.CreatedAt + Age;
}

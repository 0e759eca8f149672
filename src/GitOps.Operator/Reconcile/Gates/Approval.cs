using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Gates;

/// <summary>A plan that a person has approved, until the sync that carries it out has ended.</summary>
/// <param name="Key">The SyncApproval. Deleting it takes the approval back.</param>
/// <param name="By">Who approved.</param>
/// <param name="Revision">Of the plan.</param>
/// <param name="SpecHash">Of the spec that the plan was made of.</param>
/// <param name="PlanHash">Names the plan as it was when it was approved.</param>
internal sealed record ApprovedPlan(NamespacedName Key, string By, string Revision, string SpecHash, string PlanHash)
{
    /// <summary>
    /// Everything in it; null: a former process knew. What that process had not done yet is a part of it, since it is of the
    /// same commit and spec.
    /// </summary>
    public ImmutableHashSet<string>? Items { get; init; }

    /// <summary>It is in the stored status, so that another process can go on.</summary>
    public bool IsStored { get; init; }

    /// <summary>Whether all that is left to do was approved.</summary>
    public bool Covers(PlanDigest rest) => rest.Revision == Revision && (Items is null || rest.Items.IsSubsetOf(Items));

    /// <summary>What a former process was carrying out; null: nothing that needed an approval.</summary>
    public static ApprovedPlan? Restore(NamespacedName application, ApplicationStatus status) =>
        status is { OperationState: { Phase: OperationPhase.Running, SyncResult.FullRevision: { } revision, Approval: { } approval } }
            && approval is { Name: { } name, ApprovedBy: { } by, PlanHash: { } hash, SpecHash: { } spec }
            ? new(new(application.Namespace, name), by, revision, spec, hash) { IsStored = true }
            : null;
}

/// <summary>What is known of the approvals of one Application in one pass.</summary>
/// <param name="PolicyProblem">Why no approval is worth anything; null: they are.</param>
/// <param name="Approved">The approval that holds; null: none does.</param>
/// <param name="Others">SyncApprovals that do not, and why: made since the last sync, the newest last.</param>
internal sealed record ApprovalView(string? PolicyProblem, ApprovedPlan? Approved, ImmutableArray<RejectedApproval> Others)
{
    public static readonly ApprovalView None = new(null, null, []);
}

/// <param name="Approval">What there is.</param>
/// <param name="Problem">Why it is worth nothing; null: it is of another plan.</param>
internal sealed record RejectedApproval(SyncApproval Approval, string? Problem);

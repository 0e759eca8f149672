using System.Globalization;
using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Gates;

/// <summary>
/// <c>spec.approval.required</c>: a sync that would write, delete or run anything waits for a SyncApproval of just that. The
/// plan is made anew in each pass; what was approved covers no more than it says.
/// </summary>
internal sealed class ApprovalGate : IGate
{
    public const string Required = "ApprovalRequired";
    public const string Outdated = "ApprovalOutdated";
    public const string Invalid = "ApprovalInvalid";
    public const string PolicyMissing = "ApprovalPolicyMissing";

    public static bool IsReason(string reason) => reason is Required or Outdated or Invalid or PolicyMissing;

    public GateHold? Check(ReconcileContext context)
    {
        if (!context.Spec.ApprovalRequired)
        {
            return null;
        }

        var plan = PlanDigest.Whole(context);
        if (plan.Items.IsEmpty || context.Approvals.Approved?.Covers(plan) == true)
        {
            return null;
        }

        if (context.Approvals.PolicyProblem is { } problem)
        {
            return new(Conditions.ApprovalPending, PolicyMissing, $"no SyncApproval can be trusted: {problem}")
            {
                Opens = $"install {ApprovalPolicy.File}",
            };
        }

        var what = string.Create(CultureInfo.InvariantCulture,
            $"plan {plan.Hash} of {Revisions.Short(plan.Revision)} ({plan.Writes} to write, {plan.Deletions} to delete, {plan.Hooks} hooks)");
        var opens = OpenedBy(context, plan);
        return context.Approvals.Others.LastOrDefault() switch
        {
            { Problem: { } invalid } rejected => new(
                Conditions.ApprovalPending, Invalid, $"SyncApproval {rejected.Approval.Key.Name} does not count: {invalid}; {what} waits")
            { Opens = opens },
            { } other => new(
                Conditions.ApprovalPending, Outdated,
                $"SyncApproval {other.Approval.Key.Name} of {other.Approval.Spec.ApprovedBy} is of another plan ({other.Approval.Spec.PlanHash}); {what} waits")
            { Opens = opens },
            null => new(Conditions.ApprovalPending, Required, $"{what} waits for a person's approval") { Opens = opens },
        };
    }

    /// <summary>What to create.</summary>
    public static string OpenedBy(ReconcileContext context, PlanDigest plan) =>
        $"to let it through, create a SyncApproval in namespace {context.Key.Namespace} with spec.application: {context.Key.Name}, "
        + $"spec.revision: {plan.Revision}, spec.planHash: {plan.Hash} and your user name as spec.approvedBy";
}

using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Gates;

/// <summary>
/// <c>spec.deletionBudget</c>: more deletions than it allows wait for a SyncApproval of just these; or, where no approval is
/// required of syncs, for an annotation that somebody who may edit the budget itself puts on the Application.
/// </summary>
internal sealed class DeletionBudgetGate : IGate
{
    public const string Reason = "DeletionBudgetExceeded";

    private const int MaxNamed = 10;

    private readonly ManagedObjects _objects;

    public DeletionBudgetGate(ManagedObjects objects) => _objects = objects;

    public GateHold? Check(ReconcileContext context)
    {
        if (context.Spec.DeletionBudget is not { } budget)
        {
            return null;
        }

        // What is going already was let through before.
        var deleted = context.Plan.Of(PlannedAction.Prune).ToList();
        var prunes = deleted.Count(change => _objects.StateOf(change.Key)?.Presence != Presence.Terminating);
        var allowed = budget.Allowed(context.Runtime.Inventory!.Entries.Count);
        if (prunes <= allowed)
        {
            return null;
        }

        var plan = PlanDigest.OfDeletions(context);
        if (context.Approvals.Approved?.Covers(plan) == true || (!context.Spec.ApprovalRequired && IsAnnotated(context, plan)))
        {
            return null;
        }

        var names = string.Join(", ", deleted.Take(MaxNamed).Select(static change => change.Key.ToString()));
        return new(Conditions.PruneBlocked, Reason,
            $"{prunes} objects would be deleted, the budget allows {allowed}: {names}{(prunes > MaxNamed ? ", …" : string.Empty)}")
        {
            Opens = context.Spec.ApprovalRequired
                ? ApprovalGate.OpenedBy(context, PlanDigest.Whole(context))
                : $"{ApprovalGate.OpenedBy(context, plan)}; or: kubectl annotate --overwrite applications.{Names.Group} {context.Key.Name} "
                    + $"-n {context.Key.Namespace} {Names.ApprovedPlanAnnotation}={plan.Hash}",
        };
    }

    private static bool IsAnnotated(ReconcileContext context, PlanDigest plan)
    {
        var runtime = context.Runtime;
        if (context.Application.Metadata.Annotations.TryGetValue(Names.ApprovedPlanAnnotation, out var approved)
            && (approved == plan.Hash || approved == PlanDigest.Whole(context).Hash))
        {
            runtime.ApprovedPrunes = (plan.Revision, plan.Items);
        }

        // Deleting takes several passes, and what is left of an approved plan has another hash.
        return runtime.ApprovedPrunes is { } known && known.Revision == plan.Revision && plan.Items.IsSubsetOf(known.Items);
    }
}

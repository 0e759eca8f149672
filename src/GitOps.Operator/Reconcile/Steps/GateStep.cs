using System.Collections.Immutable;
using GitOps.Operator.Reconcile.Gates;
using GitOps.Operator.Reconcile.Syncing;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>
/// Whether what the plan says may be done now. Every gate is asked, so that the status names all that are shut; one is enough to
/// hold a sync back, and it is asked in each pass: a sync that is under way is held at each of its steps.
/// </summary>
internal sealed class GateStep : IReconcileStep
{
    private readonly ApprovalDesk _approvals;
    private readonly ImmutableArray<IGate> _ofDeletions;
    private readonly ImmutableArray<IGate> _ofSyncs;

    /// <param name="approvals">Looks for the approval of the plan.</param>
    /// <param name="ofDeletions">What keeps objects from being deleted, the gravest first.</param>
    /// <param name="ofSyncs">What keeps everything from being written; the first that is shut is the Application's reason.</param>
    public GateStep(ApprovalDesk approvals, ImmutableArray<IGate> ofDeletions, ImmutableArray<IGate> ofSyncs)
    {
        _approvals = approvals;
        _ofDeletions = ofDeletions;
        _ofSyncs = ofSyncs;
    }

    public string Name => "gate";

    public async Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        SyncCauses.Notice(context);
        context.Work = SyncWork.Of(context);
        await _approvals.LookAsync(context, cancellationToken);
        CheckDeletions(context);
        context.Work = SyncWork.Of(context);
        context.SyncBlocked = context.Held;
        CheckSyncs(context);
        HoldHeals(context);
        context.HeldPlan = context.SyncBlocked is not null ? PlanDigest.Whole(context)
            : context.PruneBlocked is not null ? PlanDigest.OfDeletions(context)
            : null;
        context.Syncing = context.SyncBlocked is null && context.Work.IsAny;
        context.Runtime.Operation?.Hold(context.SyncBlocked is not null, context.Now);
        return StepResult.Continue;
    }

    private void CheckDeletions(ReconcileContext context)
    {
        if (context.Plan.Prunes == 0 || context.PruneBlocked is not null)
        {
            return;
        }

        foreach (var gate in _ofDeletions)
        {
            if (gate.Check(context) is { } hold)
            {
                context.PruneBlocked = (hold.Reason, hold.Text);
                return;
            }
        }
    }

    private void CheckSyncs(ReconcileContext context)
    {
        foreach (var gate in _ofSyncs)
        {
            if (gate.Check(context) is { } hold)
            {
                context.Holds.Add(hold);
                context.SyncBlocked ??= (hold.Reason, hold.Text);
                if (hold.NextLook is { } look)
                {
                    context.LookAgain(look);
                }
            }
        }
    }

    private static void HoldHeals(ReconcileContext context)
    {
        if (context.Holds.Find(static hold => hold.HoldsHeals) is not { } hold || context.Heals.Count == 0)
        {
            return;
        }

        if (context.Heals.Exists(static heal => heal.Row is not null))
        {
            context.HealBlocked ??= hold.Text;
            context.HealBlockedReason = hold.Reason;
        }

        context.Heals.Clear();
    }
}

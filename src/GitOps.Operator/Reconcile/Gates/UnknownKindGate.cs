using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Gates;

/// <summary>While nobody knows what a desired kind is, objects of that kind may still be desired.</summary>
internal sealed class UnknownKindGate : IGate
{
    public const string Reason = "KindUnknown";

    public GateHold? Check(ReconcileContext context)
    {
        var unknown = context.Runtime.Target!.Unmapped.Select(static item => item.Type.GroupKind).ToHashSet();
        return context.Plan.Of(PlannedAction.Prune).FirstOrDefault(change => unknown.Contains(change.Key.GroupKind)) is { } unsure
            ? new(Conditions.PruneBlocked, Reason, $"{unsure.Key} may still be desired: the server does not say what {unsure.Key.GroupKind} is")
            : null;
    }
}

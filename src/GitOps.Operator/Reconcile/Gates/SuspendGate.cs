using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Gates;

/// <summary><c>spec.suspend</c>.</summary>
internal sealed class SuspendGate : IGate
{
    public const string Reason = "Suspended";

    public GateHold? Check(ReconcileContext context) => context.Spec.Suspended
        ? new(Conditions.Suspended, Reason, "spec.suspend is true: nothing is written") { Opens = "set it to false to go on" }
        : null;
}

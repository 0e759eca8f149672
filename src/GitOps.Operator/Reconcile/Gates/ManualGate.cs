using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Gates;

/// <summary>An Application without <c>syncPolicy.automated</c> syncs only when a person asks for it.</summary>
internal sealed class ManualGate : IGate
{
    public const string Reason = "ManualSync";

    public GateHold? Check(ReconcileContext context) => context.Spec.Automated || context.IsManual
        ? null
        : new(Conditions.ManualSync, Reason,
            "spec.syncPolicy.automated is not set: nothing is written, the plan says what a sync would do");
}

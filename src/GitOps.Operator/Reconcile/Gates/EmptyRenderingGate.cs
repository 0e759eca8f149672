using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Gates;

/// <summary>A source that renders to nothing is more likely a mistake than a wish.</summary>
internal sealed class EmptyRenderingGate : IGate
{
    public const string Reason = "EmptyRendering";

    public GateHold? Check(ReconcileContext context) =>
        context.Runtime.Target is { IsEmpty: true } && !context.Spec.AllowEmpty
            ? new(Conditions.PruneBlocked, Reason, "the source renders to nothing, so nothing is deleted")
            {
                Opens = "set syncPolicy.automated.allowEmpty if that is meant",
            }
            : null;
}

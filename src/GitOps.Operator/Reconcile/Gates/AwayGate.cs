using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Gates;

/// <summary>
/// Of several sources one is as it was last seen, since its repository fails: what the others have let go it may have taken over
/// meanwhile. What is brought new by the others is synced all the same.
/// </summary>
internal sealed class AwayGate : IGate
{
    public const string Reason = "SourceAway";

    public GateHold? Check(ReconcileContext context) =>
        context.Spec.HasSeveralSources && context.SourceAway is { } away
            ? new(Conditions.PruneBlocked, Reason, $"nothing is deleted while a source is not known as it is now: {away}")
            : null;
}

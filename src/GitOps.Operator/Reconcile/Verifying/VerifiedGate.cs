using GitOps.Operator.Api;
using GitOps.Operator.Reconcile.Gates;

namespace GitOps.Operator.Reconcile.Verifying;

/// <summary>Only what is known to be verified is synced. Drift against what was applied is healed all the same.</summary>
internal sealed class VerifiedGate : IGate
{
    public const string Reason = "SourceUnverified";

    public GateHold? Check(ReconcileContext context) =>
        context.Spec.AllowsAnyCommit || context.Runtime.Verification.IsGood(context.Runtime, context.Spec, context.Now)
            ? null
            : new(
                Conditions.SourceVerified, Reason,
                context.Verification is { IsVerified: not true } found ? found.Message : "the commit is not verified yet, so nothing of it is synced");
}

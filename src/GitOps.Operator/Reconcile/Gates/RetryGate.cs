using System.Globalization;
using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Gates;

/// <summary>A sync that failed is tried again in its time, or not until something changes.</summary>
internal sealed class RetryGate : IGate
{
    public const string Failed = "SyncFailed";
    public const string Retrying = "Retrying";

    public GateHold? Check(ReconcileContext context)
    {
        if (context.Runtime.Attempt is not { } attempt || attempt.Revision != context.Runtime.Target?.Revision
            || attempt.Generation != context.Application.Metadata.Generation)
        {
            return null;
        }

        if (attempt.Permanent)
        {
            return new(Conditions.SyncFailed, Failed, attempt.Message ?? "the sync failed");
        }

        return attempt.NotBefore > context.Now
            ? new(Conditions.SyncFailed, Retrying, string.Create(CultureInfo.InvariantCulture,
                $"{attempt.Message}; attempt {attempt.Failures + 1} at {attempt.NotBefore:HH:mm:ss} UTC"))
            {
                NextLook = attempt.NotBefore,
            }
            : null;
    }
}

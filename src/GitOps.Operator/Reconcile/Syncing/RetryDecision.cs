using System.Collections.Immutable;
using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Syncing;

/// <summary>Whether a sync that failed is tried again, and when. Pure.</summary>
internal static class RetryDecision
{
    /// <param name="policy">How often, and how long between.</param>
    /// <param name="ended">What failed in the last attempt.</param>
    /// <param name="failures">Attempts that failed, the last one included.</param>
    /// <param name="unavailable">Those of them in which nothing failed but that the API server could not be asked: they count for no limit.</param>
    /// <returns>How long to wait; null: it has failed for good.</returns>
    public static TimeSpan? After(RetryPolicy policy, ImmutableArray<SyncFailure> ended, int failures, int unavailable)
    {
        if (ended.All(static failure => failure.Permanent))
        {
            return null;
        }

        var isUnavailable = ended.All(static failure => failure.IsUnavailable);
        if (!isUnavailable && policy.Next(failures - unavailable - 1) is null)
        {
            return null;
        }

        var wait = policy.Wait(failures - 1);
        if (isUnavailable && failures > policy.Limit)
        {
            wait = policy.MaxDuration;
        }

        var told = ended.Max(static failure => failure.RetryAfter ?? TimeSpan.Zero);
        return wait < told ? told : wait;
    }
}

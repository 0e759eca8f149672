using System.Collections.Immutable;
using GitOps.Operator.Reconcile.Sources;

namespace GitOps.Operator.Reconcile.Verifying;

/// <summary>What was found of one commit, by one policy and one set of keys.</summary>
/// <param name="IsVerified">Null: nobody can say, which is no yes.</param>
/// <param name="Reason">A word in CamelCase.</param>
/// <param name="Message">For people; the same facts give the same text.</param>
internal sealed record SourceVerdict(bool? IsVerified, string Reason, string Message)
{
    /// <summary>For the commit in the status; null: no signature was asked for.</summary>
    public string? Signature { get; init; }

    /// <summary>When a key or a signature expires, so that it has to be looked at again. Null: never.</summary>
    public DateTimeOffset? GoodUntil { get; init; }

    /// <summary>Something may have changed by then without anything that would tell. Null: only what tells.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>Only another commit, spec or key helps.</summary>
    public bool NeedsUser { get; init; } = true;

    public bool IsStale(DateTimeOffset now) => GoodUntil <= now || RetryAt <= now;

    /// <summary>Of several together: good only if all are. The reason is that of the first that is not; a no counts before what nobody can say.</summary>
    public static SourceVerdict OfAll(IReadOnlyCollection<SourceVerdict> verdicts)
    {
        var refused = verdicts.Where(static verdict => verdict.IsVerified != true).OrderBy(static verdict => verdict.IsVerified is null).ToList();
        return refused.Count == 0
            ? new(true, "Verified", string.Join("; ", verdicts.Select(static verdict => verdict.Message))) { GoodUntil = verdicts.Min(static verdict => verdict.GoodUntil) }
            : refused[0] with
            {
                Message = string.Join("; ", refused.Select(static verdict => verdict.Message)),
                RetryAt = refused.Min(static verdict => verdict.RetryAt),
                NeedsUser = refused.Exists(static verdict => verdict.NeedsUser),
            };
    }
}

/// <summary>What was found of all sources together.</summary>
/// <param name="Verdict">Of the first that may not be deployed, else of all.</param>
/// <param name="Signatures">What is shown of each commit and chart.</param>
/// <param name="Judged">Just what was looked at: of charts the packages.</param>
internal sealed record SetVerdict(SourceVerdict Verdict, ImmutableDictionary<string, string> Signatures, ResolvedSources Judged)
{
    public bool IsVerified => Verdict.IsVerified == true;
}

/// <summary>What the sources are at was judged; and what to stay with where the verdict is no.</summary>
internal sealed record Judgement(SetVerdict Found, ResolvedSources? Fallback, SetVerdict? OfFallback)
{
    public SourceVerdict Verdict => Found.Verdict;
}

/// <summary>What a pass says of the commit that the source is at.</summary>
/// <param name="IsVerified">Null: nobody can say.</param>
/// <param name="Reason">A word in CamelCase.</param>
/// <param name="Message">For people.</param>
/// <param name="Revision">The commit.</param>
internal sealed record SourceVerification(bool? IsVerified, string Reason, string Message, string Revision)
{
    /// <summary>The commit that is refused; where this pass has not come to it, what was said before.</summary>
    public static string? RefusedOf(ReconcileContext context, string? before) => context.Verification is { } found
        ? found.IsVerified == true ? null : found.Revision
        : context.Runtime.Validation?.Spec is { AllowsAnyCommit: true } ? null : before;
}

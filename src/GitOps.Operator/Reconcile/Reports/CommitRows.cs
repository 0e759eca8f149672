using System.Collections.Immutable;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Reports;

/// <summary>A commit in the status.</summary>
internal static class CommitRows
{
    /// <summary>Of several sources those of all that are of Git; of one nothing.</summary>
    public static ImmutableArray<SourceCommit> OfSeveral(Rendering rendering)
    {
        var revisions = Revisions.OfSeveral(rendering.Revision);
        return [.. revisions.Zip(rendering.Commits)
            .Select(static (pair, source) => pair.Second is { } commit ? new SourceCommit { Source = source, Revision = pair.First, Commit = Of(commit) } : null)
            .OfType<SourceCommit>()];
    }

    public static CommitSummary Of(CommitFacts commit) => new()
    {
        Author = commit.Author,
        Committer = commit.Committer,
        Subject = commit.Subject,
        CommittedAt = commit.CommittedAt,
        Signature = commit.Verified ?? (commit.SignatureFormat is null ? "None" : $"Unverified ({commit.SignatureFormat})"),
        PullRequest = commit.PullRequest,
    };
}

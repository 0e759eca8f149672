using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Reports;

/// <summary>A commit in the status.</summary>
internal static class CommitRows
{
    public static CommitSummary Of(CommitFacts commit) => new()
    {
        Author = commit.Author,
        Committer = commit.Committer,
        Subject = commit.Subject,
        CommittedAt = commit.CommittedAt,
        Signature = commit.SignatureFormat is null ? "None" : $"Unverified ({commit.SignatureFormat})",
        PullRequest = commit.PullRequest,
    };
}

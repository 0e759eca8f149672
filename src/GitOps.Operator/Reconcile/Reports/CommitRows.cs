using System.Collections.Immutable;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Verifying;

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

    /// <summary>The same with what was found of the signatures of charts.</summary>
    public static ImmutableArray<SourceCommit> OfSeveral(Rendering rendering, ValidatedSpec? spec, VerificationState found)
    {
        var commits = OfSeveral(rendering);
        var revisions = Revisions.OfSeveral(rendering.Revision);
        return spec is null || spec.AllowsAnyCommit || spec.Sources.Length != revisions.Length
            ? commits
            :
            [
                .. commits.Concat(spec.Sources.Zip(revisions, (source, revision) => (Revision: revision, Row: OfChart(source, revision, found)))
                    .Select(static (item, i) => item.Row is null ? null : new SourceCommit { Source = i, Revision = item.Revision, Commit = item.Row }).OfType<SourceCommit>())
                    .OrderBy(static row => row.Source),
            ];
    }

    /// <summary>For the history; null: there is nothing to tell.</summary>
    public static CommitSummary? OfSync(ReconcileContext context, Rendering target) => target.Commit is { } commit ? Of(commit)
        : context.Spec.HasSeveralSources ? null
        : OfChart(context.Spec.Sources[0], target.Revision, context.Runtime.Verification);

    /// <summary>Of a chart its signature is all that is told; null: nothing is known of it, or it is none.</summary>
    public static CommitSummary? OfChart(CheckedSource source, string revision, VerificationState found) =>
        source.IsChart && found.SignatureOf(ChartJudge.NameOf(source, revision)) is { } signature ? new() { Signature = signature } : null;

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

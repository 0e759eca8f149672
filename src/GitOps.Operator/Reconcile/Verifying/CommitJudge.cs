using System.Collections.Immutable;
using System.Globalization;
using GitOps.Manifests.Plain;
using GitOps.Operator.Git;
using GitOps.Operator.Git.Signatures;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Verifying;

/// <summary>What a commit is judged by.</summary>
/// <param name="Repository">Where it is.</param>
/// <param name="Policy">What is asked for.</param>
/// <param name="Keys">Null: the policy asks for no signature.</param>
/// <param name="Known">Commits that came before and are trusted: the one synced last, the one verified last.</param>
/// <param name="Again">It was judged before, and something that nobody tells of may have changed.</param>
internal sealed record JudgedBy(RepositoryAddress Repository, SourcePolicy Policy, VerificationKeys? Keys, ImmutableArray<string> Known, bool Again)
{
    /// <summary>Of the source, where the spec has the policy.</summary>
    public string Field { get; init; } = "spec.source";
}

/// <summary>Whether a commit may be deployed: asks the repository for what the policy is about. It knows no Application.</summary>
internal sealed class CommitJudge
{
    /// <summary>More commits at once are not looked at.</summary>
    public const int MaxCommits = 10_000;

    private const string Heads = "refs/heads/";
    private const string Tags = "refs/tags/";
    private static readonly TimeSpan LookForTag = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(30);

    private readonly IGitRepositories _repositories;
    private readonly TimeProvider _time;

    public CommitJudge(IGitRepositories repositories, TimeProvider time)
    {
        _repositories = repositories;
        _time = time;
    }

    private ISignedHistory Signed => _repositories.Signed;

    /// <summary>Never fails: what cannot be found out is a verdict, too, and no yes.</summary>
    public async Task<SourceVerdict> JudgeAsync(ResolvedRevision revision, JudgedBy by, CancellationToken cancellationToken)
    {
        try
        {
            return await CheckAsync(revision, by, cancellationToken);
        }
        catch (VerificationException problem)
        {
            return new(null, problem.Reason, $"{Name(revision)} cannot be verified: {problem.Message}") { RetryAt = _time.GetUtcNow() + RetryAfter };
        }
        catch (GitException failure)
        {
            return new(null, "VerificationFailed", $"{Name(revision)} cannot be verified: {failure.Message}")
            {
                RetryAt = _time.GetUtcNow() + RetryAfter,
                NeedsUser = failure.NeedsUser,
            };
        }
    }

    private async Task<SourceVerdict> CheckAsync(ResolvedRevision revision, JudgedBy by, CancellationToken cancellationToken)
    {
        var facts = new Facts();
        return await CheckNameAsync(revision, by, facts, cancellationToken)
            ?? await CheckTagAsync(revision, by, facts, cancellationToken)
            ?? await CheckSignaturesAsync(revision, by, facts, cancellationToken)
            ?? await CheckReviewsAsync(revision, by, facts, cancellationToken)
            ?? new(true, "Verified", $"{Name(revision)}: {string.Join("; ", facts.Said)}")
            {
                Signature = facts.Signature is null ? null : $"Verified ({facts.Signature})",
                GoodUntil = facts.GoodUntil,
            };
    }

    private async Task<SourceVerdict?> CheckNameAsync(ResolvedRevision revision, JudgedBy by, Facts facts, CancellationToken cancellationToken)
    {
        if (by.Policy.AllowedRevisions.IsEmpty)
        {
            return null;
        }

        IReadOnlyList<string> names = revision.Ref is { } name ? [name] : [revision.Sha, .. await Signed.NamesOfAsync(by.Repository, revision.Sha, cancellationToken)];
        if (names.FirstOrDefault(item => IsAllowed(by.Policy, item)) is { } allowed)
        {
            facts.Said.Add($"{Short(allowed)} is allowed");
            return null;
        }

        return Refuse(
            revision, "RevisionNotAllowed",
            $"{(revision.Ref is { } found ? Short(found) : "no branch that contains it, and no tag of it,")} is not among the allowed revisions ({string.Join(", ", by.Policy.AllowedRevisions)})", null);
    }

    private async Task<SourceVerdict?> CheckTagAsync(ResolvedRevision revision, JudgedBy by, Facts facts, CancellationToken cancellationToken)
    {
        if (!by.Policy.NeedsTag)
        {
            return null;
        }

        var isTag = revision.Ref?.StartsWith(Tags, StringComparison.Ordinal) == true;
        if (revision.Ref is { } name && !isTag)
        {
            return Refuse(revision, "NotATag", $"{Short(name)} is no tag, and only signed tags are deployed; name a tag, or set another mode", null);
        }

        var found = await Signed.CheckTagAsync(
            by.Repository, revision.Sha, isTag ? revision.Ref : null, tag => by.Policy.AllowedRevisions.IsEmpty || IsAllowed(by.Policy, tag), by.Keys!, by.Again, cancellationToken);
        if (found.Problem is null && found.Finding.IsGood)
        {
            facts.Add($"tag {Short(found.Name!)} {found.Finding.Problem}", $"tag {Short(found.Name!)}: {found.Finding.Who}", found.Finding);
            return null;
        }

        // A tag can be signed anew without its commit being another.
        return Refuse(revision, found.Problem is null ? found.Finding.State.ToString() : "NotATag", found.Problem ?? $"tag {Short(found.Name!)} {found.Finding.Problem}", found.Finding)
            with
        { RetryAt = _time.GetUtcNow() + LookForTag };
    }

    private async Task<SourceVerdict?> CheckSignaturesAsync(ResolvedRevision revision, JudgedBy by, Facts facts, CancellationToken cancellationToken)
    {
        ImmutableArray<string> shas = [revision.Sha];
        switch (by.Policy.Mode)
        {
            case VerifyMode.None or VerifyMode.Tag:
                return null;
            case VerifyMode.FirstParent or VerifyMode.Strict:
                var range = await RangeAsync(revision, by, by.Policy.Mode == VerifyMode.FirstParent, cancellationToken);
                if (range.IsCut)
                {
                    return TooMany(revision, by);
                }

                shas = [.. range.Commits.Select(static commit => commit.Sha)];
                break;
            default:
                break;
        }

        var findings = await Signed.CheckCommitsAsync(by.Repository, shas, by.Keys!, cancellationToken);
        var tip = findings[revision.Sha];
        if (!tip.IsGood)
        {
            return Refuse(revision, tip.State.ToString(), $"it {tip.Problem}", tip);
        }

        foreach (var sha in shas)
        {
            if (!findings[sha].IsGood)
            {
                return Refuse(revision, findings[sha].State.ToString(), $"commit {sha[..7]}, which came with it, {findings[sha].Problem}{WayOut(revision, by)}", findings[sha]);
            }

            facts.Expire(findings[sha]);
        }

        var all = by.Policy.Mode is VerifyMode.FirstParent or VerifyMode.Strict ? ", as is all that came with it" : string.Empty;
        facts.Add($"it {tip.Problem}{all}", tip.Who, tip);
        return null;
    }

    private async Task<SourceVerdict?> CheckReviewsAsync(ResolvedRevision revision, JudgedBy by, Facts facts, CancellationToken cancellationToken)
    {
        if (by.Policy.Review == ReviewSigns.None)
        {
            return null;
        }

        var range = await RangeAsync(revision, by, firstParentOnly: true, cancellationToken);
        if (range.IsCut)
        {
            return TooMany(revision, by);
        }

        foreach (var commit in range.Commits)
        {
            if (!IsReviewed(commit, by.Policy.Review))
            {
                var which = commit.Sha == revision.Sha ? "it" : $"commit {commit.Sha[..7]} before it";
                return Refuse(revision, "NotReviewed", $"{which} was pushed without a review: it {Missing(by.Policy.Review)}{(which == "it" ? string.Empty : WayOut(revision, by))}", null);
            }
        }

        var tip = range.Commits.First(commit => commit.Sha == revision.Sha);
        facts.Said.Add(by.Policy.Review.HasFlag(ReviewSigns.MergeCommit) && tip.Parents > 1 ? "it is a merge commit" : "it was signed off by another than its author");
        return null;
    }

    /// <summary>What came with a commit. Where nothing is known of before, there is no telling: the commit alone.</summary>
    private async Task<CommitRange> RangeAsync(ResolvedRevision revision, JudgedBy by, bool firstParentOnly, CancellationToken cancellationToken)
    {
        var known = new List<string>();
        foreach (var sha in by.Known)
        {
            try
            {
                known.Add((await _repositories.CommitAsync(by.Repository, sha, cancellationToken)).Sha);
            }
            catch (GitException failure) when (failure.Kind == GitFailure.RevisionNotFound)
            {
                // Gone from the server after a forced push: then everything that is there now counts as having come since.
            }
        }

        if (by.Policy.Since is { } since)
        {
            known.Add((await _repositories.CommitAsync(by.Repository, since, cancellationToken)).Sha);
        }

        var isFirst = by.Known.IsEmpty && by.Policy.Since is null;
        var range = await Signed.RangeAsync(by.Repository, revision.Sha, known, firstParentOnly, isFirst ? 1 : MaxCommits, cancellationToken);
        return isFirst ? new([range.Commits.First(commit => commit.Sha == revision.Sha)], IsCut: false) : range;
    }

    private static bool IsReviewed(RangeCommit commit, ReviewSigns asked) =>
        (asked.HasFlag(ReviewSigns.MergeCommit) && commit.Parents > 1)
        || (asked.HasFlag(ReviewSigns.SignedOffBy) && commit.SignedOffBy.Any(mail => !mail.Equals(commit.AuthorMail, StringComparison.OrdinalIgnoreCase)));

    private static string Missing(ReviewSigns asked) => asked switch
    {
        ReviewSigns.MergeCommit => "is no merge commit",
        ReviewSigns.SignedOffBy => "has no Signed-off-by of anybody but its author",
        _ => "is no merge commit, and has no Signed-off-by of anybody but its author",
    };

    private static bool IsAllowed(SourcePolicy policy, string name) => policy.AllowedRevisions.Any(pattern =>
        GlobPattern.Parse(pattern) is var glob && (glob.IsMatch(name) || glob.IsMatch(Short(name))));

    private static SourceVerdict TooMany(ResolvedRevision revision, JudgedBy by) => Refuse(
        revision, "TooManyCommits", string.Create(CultureInfo.InvariantCulture, $"more than {MaxCommits} commits came with it{WayOut(revision, by)}"), null);

    private static string WayOut(ResolvedRevision revision, JudgedBy by) =>
        $"; if that is meant, somebody who may change the Application sets {by.Field}.verify.since to {revision.Sha}";

    private static SourceVerdict Refuse(ResolvedRevision revision, string reason, string problem, SignatureFinding? finding) =>
        new(false, reason, $"{Name(revision)} is not deployed: {problem}")
        {
            Signature = finding is null ? null : finding.State == SignatureState.NotSigned ? "None" : $"Refused ({finding.State}: {finding.Who})",
        };

    private static string Name(ResolvedRevision revision) =>
        $"commit {revision.Sha[..7]}{(revision.Ref is { } name ? $" ({Short(name)})" : string.Empty)}";

    private static string Short(string name) =>
        name.StartsWith(Heads, StringComparison.Ordinal) ? name[Heads.Length..]
        : name.StartsWith(Tags, StringComparison.Ordinal) ? name[Tags.Length..]
        : name;

    /// <summary>What speaks for a commit.</summary>
    private sealed class Facts
    {
        public List<string> Said { get; } = [];

        public string? Signature { get; private set; }

        public DateTimeOffset? GoodUntil { get; private set; }

        public void Add(string said, string signature, SignatureFinding finding)
        {
            Said.Add(said);
            Signature = Signature is null ? signature : $"{Signature}; {signature}";
            Expire(finding);
        }

        public void Expire(SignatureFinding finding) =>
            GoodUntil = finding.GoodUntil is { } until && (GoodUntil is null || until < GoodUntil) ? until : GoodUntil;
    }
}

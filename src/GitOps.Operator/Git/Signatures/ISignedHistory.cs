using System.Collections.Immutable;
using GitOps.Operator.Model;

namespace GitOps.Operator.Git.Signatures;

/// <summary>One commit of a range. Nothing of it is verified.</summary>
/// <param name="Sha">Its id.</param>
/// <param name="Parents">How many it has.</param>
/// <param name="AuthorMail">As it claims.</param>
/// <param name="SignedOffBy">The addresses of its trailers <c>Signed-off-by</c>.</param>
internal sealed record RangeCommit(string Sha, int Parents, string AuthorMail, ImmutableArray<string> SignedOffBy);

/// <summary>Commits, newest first; the one that was asked for is always among them.</summary>
/// <param name="Commits">All, or so many that the limit is exceeded.</param>
/// <param name="IsCut">There are more than the limit.</param>
internal sealed record CommitRange(ImmutableArray<RangeCommit> Commits, bool IsCut);

/// <summary>What was found of the tags of a commit.</summary>
/// <param name="Name">Of the tag that is signed, else of one that is not; null: there is none.</param>
/// <param name="Finding">Of its signature.</param>
/// <param name="Problem">What is wrong with the tag itself; null: nothing.</param>
internal sealed record TagFinding(string? Name, SignatureFinding Finding, string? Problem);

/// <summary>
/// What the mirrors tell of history and signatures. All of it may throw a <see cref="GitException"/> where the repository does not
/// give what is needed, and a <see cref="VerificationException"/> where nobody can say.
/// </summary>
internal interface ISignedHistory
{
    /// <summary>The commits that came with one, beyond others.</summary>
    /// <param name="repository">Where.</param>
    /// <param name="sha">The newest.</param>
    /// <param name="excluded">These and all their ancestors are left out.</param>
    /// <param name="firstParentOnly">Only those of its own line, without what was merged into it.</param>
    /// <param name="limit">Of commits.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task<CommitRange> RangeAsync(
        RepositoryAddress repository, string sha, IReadOnlyCollection<string> excluded, bool firstParentOnly, int limit, CancellationToken cancellationToken);

    /// <summary>Checks the signatures of commits; one that was checked against the same keys before costs nothing.</summary>
    Task<IReadOnlyDictionary<string, SignatureFinding>> CheckCommitsAsync(
        RepositoryAddress repository, IReadOnlyCollection<string> shas, VerificationKeys keys, CancellationToken cancellationToken);

    /// <summary>Looks for a signed tag that points to a commit.</summary>
    /// <param name="repository">Where.</param>
    /// <param name="sha">The commit.</param>
    /// <param name="tag">The tag that is meant, fully qualified; null: any that <paramref name="isAllowed"/> lets through.</param>
    /// <param name="isAllowed">Takes a tag's full name.</param>
    /// <param name="keys">To check it against.</param>
    /// <param name="again">Asks the server even if nothing is known to have changed there.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task<TagFinding> CheckTagAsync(
        RepositoryAddress repository, string sha, string? tag, Func<string, bool> isAllowed, VerificationKeys keys, bool again,
        CancellationToken cancellationToken);

    /// <summary>The full names of the branches that contain a commit, and of the tags that point to it.</summary>
    Task<IReadOnlyList<string>> NamesOfAsync(RepositoryAddress repository, string sha, CancellationToken cancellationToken);
}

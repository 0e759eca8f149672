using GitOps.Manifests.Trees;
using GitOps.Operator.Git.Signatures;
using GitOps.Operator.Model;

namespace GitOps.Operator.Git;

/// <summary>An interest in one revision of one repository.</summary>
/// <remarks>
/// <para><paramref name="Interval"/>: How old the answer may get.</para>
/// <para><paramref name="Changed"/>: 
/// Called when the revision resolves to something else, or stops or starts to resolve, and when the repository begins to fail or
/// recovers. Must return quickly: put a key on a queue.
/// </para>
/// </remarks>
internal sealed record RepositorySubscription(RepositoryAddress Repository, RevisionName Revision, TimeSpan Interval, Action Changed);

/// <remarks>
/// <para><paramref name="Sha"/>: The full commit id.</para>
/// <para><paramref name="Ref"/>: The fully qualified ref it was found by; null for a commit id.</para>
/// <para><paramref name="ObservedAt"/>: When this commit was first seen there.</para>
/// <para><paramref name="Warning"/>: Something the user should know, for example that the name is ambiguous.</para>
/// </remarks>
internal sealed record ResolvedRevision(string Sha, string? Ref, DateTimeOffset ObservedAt, string? Warning);

internal enum RepositoryHealth
{
    /// <summary>Not polled yet, or never with success.</summary>
    NeverReached,
    Reachable,

    /// <summary>It was reached once and fails now; what is known stays usable.</summary>
    Failing,
}

/// <remarks>
/// <para><paramref name="LastReachedAt"/>: The last poll that succeeded: when it asked.</para>
/// <para><paramref name="Failure"/>: Of the last poll; null if it succeeded.</para>
/// <para><paramref name="FailingSince"/>: The first of the polls in a row that failed.</para>
/// </remarks>
internal sealed record RepositoryState(RepositoryHealth Health, DateTimeOffset? LastReachedAt, GitException? Failure, DateTimeOffset? FailingSince)
{
    public static readonly RepositoryState Unknown = new(RepositoryHealth.NeverReached, null, null, null);
}

/// <summary>
/// All repositories. Each is polled once per interval however many subscribe to it, and one that fails hurts only those who use it.
/// Every member that takes an address throws a <see cref="GitException"/> for a URL that is malformed or not allowed.
/// </summary>
internal interface IGitRepositories
{
    /// <summary>Who signed what.</summary>
    ISignedHistory Signed { get; }

    /// <returns>Dispose it to end the interest.</returns>
    IDisposable Subscribe(RepositorySubscription subscription);

    /// <summary>The newest known commit of a revision. Talks to the server only if the repository was never polled, or for a commit not fetched yet.</summary>
    /// <exception cref="GitException">It was never reached, is empty, or has no such revision.</exception>
    ValueTask<ResolvedRevision> ResolveAsync(RepositoryAddress repository, RevisionName revision, CancellationToken cancellationToken);

    /// <summary>The files of a commit; fetched by its id if the mirror lacks it.</summary>
    Task<ISourceTree> OpenAsync(RepositoryAddress repository, string sha, CancellationToken cancellationToken);

    Task<CommitInfo> CommitAsync(RepositoryAddress repository, string sha, CancellationToken cancellationToken);

    RepositoryState StateOf(RepositoryAddress repository);

    /// <summary>Polls now and tells subscribers what changed.</summary>
    /// <exception cref="GitException">The poll failed.</exception>
    Task RefreshAsync(RepositoryAddress repository, CancellationToken cancellationToken);

    /// <summary>Keeps a commit in the mirror, under a name of the caller's; the name's former commit is let go.</summary>
    /// <remarks><paramref name="name"/>: For example an Application's namespace and name.</remarks>
    Task PinAsync(RepositoryAddress repository, string name, string sha, CancellationToken cancellationToken);

    /// <summary>
    /// Keeps these commits of the mirror from its next housekeeping on, beside the one that is pinned; those that the name claimed
    /// before are let go. A commit that the mirror lacks is not fetched for it.
    /// </summary>
    void Claim(RepositoryAddress repository, string name, IReadOnlyCollection<string> shas);

    /// <summary>Lets the name's commits go.</summary>
    void Unpin(RepositoryAddress repository, string name);
}

using GitOps.Operator.Model;

namespace GitOps.Operator.Git;

/// <summary>Who follows which repositories, for whoever hears from elsewhere that one of them has changed.</summary>
internal interface IFollowedRepositories
{
    /// <summary>As they are now.</summary>
    IReadOnlyList<RepositorySubscription> Subscriptions { get; }

    /// <summary>Polls now and tells subscribers what changed.</summary>
    /// <exception cref="GitException">The poll failed.</exception>
    Task RefreshAsync(RepositoryAddress repository, CancellationToken cancellationToken);

    /// <summary>The newest commit of a revision that is known without waiting; null: none is.</summary>
    string? Known(RepositoryAddress repository, RevisionName revision);
}

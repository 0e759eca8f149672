using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;

namespace GitOps.Kubernetes.Discovery;

public enum LookupOutcome
{
    Found,

    /// <summary>A complete and fresh discovery does not have it.</summary>
    Absent,

    /// <summary>The group's discovery failed or is stale: nothing may be concluded.</summary>
    Unknown,
}

/// <param name="Outcome">Found, absent or unknown.</param>
/// <param name="Resource">Set if found.</param>
public readonly record struct Lookup(LookupOutcome Outcome, ApiResource? Resource);

/// <summary>What a server serves, cached. A missing kind triggers a refresh, at most every few seconds.</summary>
public interface IDiscovery
{
    /// <summary>Looks a kind up, refreshing once if it is not known.</summary>
    ValueTask<Lookup> FindAsync(GroupVersionKind kind, CancellationToken cancellationToken);

    /// <summary>The kind in the group's preferred version that serves it.</summary>
    ValueTask<Lookup> FindPreferredAsync(GroupKind kind, CancellationToken cancellationToken);

    /// <summary>Everything that is served now (of groups that answered).</summary>
    ValueTask<IReadOnlyList<ApiResource>> AllAsync(CancellationToken cancellationToken);

    /// <returns><c>v1.36.0</c>, as the server tells it, at most some minutes old; null: it does not.</returns>
    ValueTask<string?> ServerVersionAsync(CancellationToken cancellationToken) => new((string?)null);

    /// <summary>Reads discovery again, whatever its age.</summary>
    Task RefreshAsync(CancellationToken cancellationToken);
}

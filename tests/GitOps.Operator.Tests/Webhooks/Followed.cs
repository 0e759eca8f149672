using System.Collections.Concurrent;
using GitOps.Operator.Git;
using GitOps.Operator.Model;

namespace GitOps.Operator.Tests.Webhooks;

/// <summary>Who follows what, and which repositories were looked at.</summary>
internal sealed class Followed : IFollowedRepositories
{
    private readonly List<RepositorySubscription> _subscriptions = [];

    public IReadOnlyList<RepositorySubscription> Subscriptions => _subscriptions;

    public ConcurrentQueue<string> Looks { get; } = new();

    /// <summary>What a look fails with; null: it does not.</summary>
    public GitException? Failure { get; set; }

    /// <summary>The newest commit that is known of everything.</summary>
    public string? Newest { get; set; }

    public Followed Add(string url, string revision, string tenant = "team-a", string tagPrefix = "")
    {
        _subscriptions.Add(new(new(url, tenant), new(revision, tagPrefix), TimeSpan.FromMinutes(3), static () => { }));
        return this;
    }

    public Task RefreshAsync(RepositoryAddress repository, CancellationToken cancellationToken)
    {
        Looks.Enqueue($"{repository.Tenant} {repository.Url}");
        return Failure is { } failure ? Task.FromException(failure) : Task.CompletedTask;
    }

    public string? Known(RepositoryAddress repository, RevisionName revision) => Newest;
}

namespace GitOps.Operator.Git;

/// <summary>One subscription, at the repository that serves it now.</summary>
internal sealed class Following : IDisposable
{
    private readonly Lock _lock;
    private readonly ICollection<Following> _all;
    private IDisposable? _inner;

    /// <param name="subscription">Whose.</param>
    /// <param name="repository">That serves it first.</param>
    /// <param name="all">All there are; it joins them, and leaves them when it ends.</param>
    /// <param name="gate">Of all; held by whoever makes or moves one.</param>
    public Following(RepositorySubscription subscription, GitRepository repository, ICollection<Following> all, Lock gate)
    {
        _all = all;
        _lock = gate;
        Subscription = subscription;
        Repository = repository;
        MoveTo(repository);
        all.Add(this);
    }

    public RepositorySubscription Subscription { get; }

    public GitRepository Repository { get; private set; }

    public void MoveTo(GitRepository repository)
    {
        // The new one first: a repository that loses its last subscription is no longer polled.
        var inner = repository.Refs.Subscribe(Subscription);
        _inner?.Dispose();
        _inner = inner;
        Repository = repository;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _all.Remove(this);
            _inner?.Dispose();
        }
    }
}

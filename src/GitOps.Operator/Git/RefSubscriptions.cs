using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Git;

/// <summary>Who follows which revision of one repository, and how often they want it looked at.</summary>
internal sealed class RefSubscriptions
{
    private readonly string _repository;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly List<RepositorySubscription> _all = [];
    private HashSet<string> _wanted = new(StringComparer.Ordinal);
    private TaskCompletionSource _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RefSubscriptions(string repository, ILogger logger)
    {
        _repository = repository;
        _logger = logger;
    }

    public bool Any
    {
        get
        {
            lock (_lock)
            {
                return _all.Count > 0;
            }
        }
    }

    /// <summary>As they are now.</summary>
    public IReadOnlyList<RepositorySubscription> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _all];
            }
        }
    }

    /// <summary>The refs that somebody asked for beside branches and tags, which are always kept.</summary>
    public IReadOnlySet<string> Wanted
    {
        get
        {
            lock (_lock)
            {
                return _wanted;
            }
        }
    }

    public IDisposable Add(RepositorySubscription subscription)
    {
        lock (_lock)
        {
            _all.Add(subscription);
            _wake.TrySetResult();
        }

        return new Subscription(this, subscription);
    }

    /// <summary>Lets whoever waits for <see cref="Next"/>'s task look again.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            _wake.TrySetResult();
        }
    }

    /// <returns>The smallest interval, infinite without subscriptions; and a task that ends when the answer may have changed.</returns>
    public (TimeSpan Interval, Task Changed) Next()
    {
        lock (_lock)
        {
            if (_wake.Task.IsCompleted)
            {
                _wake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return (_all.Count == 0 ? Timeout.InfiniteTimeSpan : _all.Min(static subscription => subscription.Interval), _wake.Task);
        }
    }

    /// <returns>Whether the revision is a ref that polls did not keep until now.</returns>
    public bool Want(string revision)
    {
        if (!revision.StartsWith("refs/", StringComparison.Ordinal)
            || revision.StartsWith("refs/heads/", StringComparison.Ordinal)
            || revision.StartsWith("refs/tags/", StringComparison.Ordinal))
        {
            return false;
        }

        lock (_lock)
        {
            if (_wanted.Contains(revision))
            {
                return false;
            }

            _wanted = new HashSet<string>(_wanted, StringComparer.Ordinal) { revision };
            return true;
        }
    }

    public void Notify(IReadOnlyList<RepositorySubscription> subscriptions)
    {
        foreach (var subscription in subscriptions)
        {
            try
            {
                subscription.Changed();
            }
            catch (Exception exception)
            {
                GitLog.SubscriberFailed(_logger, exception, _repository);
            }
        }
    }

    private void Remove(RepositorySubscription subscription)
    {
        lock (_lock)
        {
            _all.RemoveAll(one => ReferenceEquals(one, subscription));
            _wake.TrySetResult();
        }
    }

    private sealed class Subscription(RefSubscriptions owner, RepositorySubscription subscription) : IDisposable
    {
        public void Dispose() => owner.Remove(subscription);
    }
}

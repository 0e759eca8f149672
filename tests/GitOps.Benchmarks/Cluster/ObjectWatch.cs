using System.Diagnostics;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;

namespace GitOps.Benchmarks.Cluster;

/// <summary>Watches a kind from outside the operator, and tells when so many objects have reached a goal.</summary>
internal sealed class ObjectWatch : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<NamespacedName, KubernetesObject> _known = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _listed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _loop;
    private readonly List<Waiter> _waiters = [];

    private ObjectWatch(IKubernetesClient client, ApiResource resource, string? labelSelector) =>
        _loop = Task.Run(() => FollowAsync(client, resource, labelSelector));

    /// <summary>Is told of every object that is there, with <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public Action<KubernetesObject, long>? Seen { get; set; }

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _known.Count;
            }
        }
    }

    /// <summary>Begins to watch, and waits for the first list.</summary>
    public static async Task<ObjectWatch> StartAsync(
        IKubernetesClient client, ApiResource resource, string? labelSelector, CancellationToken cancellationToken)
    {
        var watch = new ObjectWatch(client, resource, labelSelector);
        await watch._listed.Task.WaitAsync(cancellationToken);
        return watch;
    }

    /// <summary>Waits until this many objects, as they are then, are at the goal; those that are there already count.</summary>
    /// <returns>When the last of them arrived, as <see cref="Stopwatch.GetTimestamp"/>.</returns>
    /// <exception cref="TimeoutException">They did not within the limit.</exception>
    public async Task<long> WaitAsync(string what, int count, Func<KubernetesObject, bool> goal, TimeSpan limit, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(count, goal);
        lock (_lock)
        {
            foreach (var (key, item) in _known)
            {
                waiter.Take(key, item);
            }

            _waiters.Add(waiter);
        }

        try
        {
            return await waiter.Reached.Task.WaitAsync(limit, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{what}: {waiter.Arrived} of {count} within {limit.TotalSeconds:0} s", exception);
        }
        finally
        {
            lock (_lock)
            {
                _waiters.Remove(waiter);
            }
        }
    }

    /// <summary>Waits until no object of this kind is left.</summary>
    public async Task WaitUntilEmptyAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (Count > 0)
        {
            if (Stopwatch.GetElapsedTime(started) > limit)
            {
                throw new TimeoutException($"{Count} objects were not deleted within {limit.TotalSeconds:0} s");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        try
        {
            await _loop;
        }
        catch (OperationCanceledException)
        {
            // Asked to.
        }

        _stopping.Dispose();
    }

    private async Task FollowAsync(IKubernetesClient client, ApiResource resource, string? labelSelector)
    {
        await foreach (var item in client.WatchAsync(resource, string.Empty, new WatchOptions(labelSelector), _stopping.Token))
        {
            if (item.Type == WatchEventType.InitDone)
            {
                _listed.TrySetResult();
            }

            if (item.Object is { } found)
            {
                Take(found, item.Type == WatchEventType.Deleted);
            }
        }
    }

    private void Take(KubernetesObject found, bool deleted)
    {
        var key = new NamespacedName(found.Namespace, found.Name);
        if (!deleted)
        {
            Seen?.Invoke(found, Stopwatch.GetTimestamp());
        }

        lock (_lock)
        {
            if (deleted)
            {
                _known.Remove(key);
                return;
            }

            _known[key] = found;
            foreach (var waiter in _waiters)
            {
                waiter.Take(key, found);
            }
        }
    }

    private sealed class Waiter(int count, Func<KubernetesObject, bool> goal)
    {
        private readonly HashSet<NamespacedName> _arrived = [];

        public TaskCompletionSource<long> Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Arrived => _arrived.Count;

        public void Take(NamespacedName key, KubernetesObject found)
        {
            if (!goal(found))
            {
                _arrived.Remove(key);
            }
            else if (_arrived.Add(key) && _arrived.Count >= count)
            {
                Reached.TrySetResult(Stopwatch.GetTimestamp());
            }
        }
    }
}

using System.Runtime.CompilerServices;
using GitOps.Kubernetes.Objects;

namespace GitOps.Kubernetes.Caching;

/// <summary>
/// What one reader has still to be told. It holds at most one entry for each name, from what the reader knows to what is so
/// now: a reader that is slow is told less, never late and never in the wrong order, and costs no memory that grows with time.
/// </summary>
internal sealed class ChangeFeed
{
    private readonly Lock _lock = new();
    private readonly Dictionary<NamespacedName, LinkedListNode<Entry>> _byName = [];
    private readonly LinkedList<Entry> _queue = [];
    private TaskCompletionSource? _waiting;
    private Exception? _failure;
    private long _next;
    private long? _syncedBefore;

    /// <summary>Adds the steps of one change of the cache.</summary>
    public void Add(IEnumerable<CacheChange> changes, bool isSynced)
    {
        TaskCompletionSource? waiting;
        lock (_lock)
        {
            foreach (var change in changes)
            {
                Add_NeedsLock(change);
            }

            _syncedBefore = isSynced ? _next : _syncedBefore;
            (waiting, _waiting) = (_waiting, null);
        }

        waiting?.TrySetResult();
    }

    /// <summary>Nothing comes any more: after what is queued the reader gets the exception.</summary>
    public void Fail(Exception failure)
    {
        TaskCompletionSource? waiting;
        lock (_lock)
        {
            _failure = failure;
            (waiting, _waiting) = (_waiting, null);
        }

        waiting?.TrySetResult();
    }

    public async IAsyncEnumerable<CacheChange> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (entry, isSynced, waiting) = Take();
            if (isSynced)
            {
                yield return new(CacheChangeType.Synced);
            }
            else if (entry is not null)
            {
                foreach (var change in CacheChange.Between(entry.Before, entry.After))
                {
                    yield return change;
                }
            }
            else
            {
                await waiting!.WaitAsync(cancellationToken);
            }
        }
    }

    private (Entry? Entry, bool IsSynced, Task? Waiting) Take()
    {
        lock (_lock)
        {
            if (_syncedBefore is { } before && (_queue.First is not { } head || head.Value.Number >= before))
            {
                _syncedBefore = null;
                return (null, true, null);
            }

            if (_queue.First is { } first)
            {
                _queue.RemoveFirst();
                _byName.Remove(first.Value.Name);
                return (first.Value, false, null);
            }

            if (_failure is not null)
            {
                throw new InvalidOperationException("the informer has failed", _failure);
            }

            _waiting ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return (null, false, _waiting.Task);
        }
    }

    private void Add_NeedsLock(CacheChange change)
    {
        var name = new NamespacedName(change.Object!.Namespace, change.Object.Name);
        if (!_byName.TryGetValue(name, out var node))
        {
            _byName[name] = _queue.AddLast(new Entry(name, _next++, change.Before) { After = change.After });
            return;
        }

        node.Value.After = change.After;
        if (ReferenceEquals(node.Value.Before, node.Value.After))
        {
            _queue.Remove(node);
            _byName.Remove(name);
        }
    }

    private sealed record Entry(NamespacedName Name, long Number, KubernetesObject? Before)
    {
        public KubernetesObject? After { get; set; }
    }
}

using System.Runtime.CompilerServices;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;

namespace GitOps.Operator.Tests.Syncing.Bed;

/// <summary>One watch. It is idle when its reader has dealt with everything there was, and has come back for more.</summary>
internal sealed class MemoryWatch(MemoryCluster cluster, string reader, ApiResource resource, string @namespace, WatchOptions options)
{
    private readonly Queue<WatchEvent> _events = new();
    private readonly LabelSelector _selector = LabelSelector.Parse(options.LabelSelector);
    private CancellationToken _stopping;
    private TaskCompletionSource _arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Who watches.</summary>
    public string Reader => reader;

    public bool IsIdle { get; private set; }

    /// <summary>Its reader wants no more, whether or not it has noticed.</summary>
    public bool IsStopped => _stopping.IsCancellationRequested;

    /// <summary>Call it under the cluster's lock.</summary>
    public void Tell(KubernetesObject? before, KubernetesObject? after)
    {
        var (was, @is) = (before is not null && Selects(before), after is not null && Selects(after));
        if (@is)
        {
            Add(new(WatchEventType.Applied, after));
        }
        else if (was)
        {
            Add(new(WatchEventType.Deleted, before));
        }
    }

    public async IAsyncEnumerable<WatchEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        lock (cluster.Lock)
        {
            _stopping = cancellationToken;
            if (cluster.Discovery.Serves(resource.GroupVersionKind))
            {
                _events.Enqueue(new(WatchEventType.Restarted));
                foreach (var item in cluster.Objects.Where(Selects))
                {
                    _events.Enqueue(new(WatchEventType.InitItem, item));
                }

                _events.Enqueue(new(WatchEventType.InitDone));
            }
            else
            {
                _events.Enqueue(new(WatchEventType.Interrupted, Error: MemoryCluster.NoSuchKind()));
            }

            cluster.Open(this);
        }

        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                WatchEvent next = default;
                Task? arrival = null;
                lock (cluster.Lock)
                {
                    if (cluster.IsHeld || !_events.TryDequeue(out next))
                    {
                        IsIdle = _events.Count == 0;
                        _arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);
                        arrival = _arrival.Task;
                        cluster.Pulse();
                    }
                }

                if (arrival is null)
                {
                    yield return next;
                }
                else
                {
                    await arrival.WaitAsync(cancellationToken);
                }
            }
        }
        finally
        {
            cluster.Close(this);
        }
    }

    /// <summary>Call it under the cluster's lock.</summary>
    public void Wake() => _arrival.TrySetResult();

    private void Add(WatchEvent happened)
    {
        _events.Enqueue(happened);
        IsIdle = false;
        _arrival.TrySetResult();
    }

    private bool Selects(KubernetesObject item) =>
        item.GroupVersionKind.GroupKind == resource.GroupKind
        && (@namespace.Length == 0 || item.Namespace == @namespace)
        && (options.FieldSelector is not { } field || field == $"metadata.name={item.Name}")
        && _selector.Matches(item.Label);
}

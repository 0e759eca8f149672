using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;
using GitOps.Operator.Api;

namespace GitOps.Operator.Controllers.Observing;

internal enum WatchState
{
    /// <summary>The first list has not come yet.</summary>
    Starting,

    Synced,

    /// <summary>Not open now; what was seen before may be out of date.</summary>
    Interrupted,

    /// <summary>It never listed, or may not do so any more, and the server says why (no such kind, no permission).</summary>
    Failing,
}

/// <summary>
/// One watch for each managed kind and applied version, of the objects that carry our label. A watch begins when the first
/// object of its kind and version is claimed, and lives as long as somebody needs it. Where the operator may not see a kind in
/// all of the cluster, there is one for each namespace that has objects of it, until it may.
/// </summary>
internal sealed class WatchManager : IAsyncDisposable
{
    private readonly IKubernetesClient _client;
    private readonly ManagedObjects _objects;
    private readonly Action<GroupVersionKind> _synced;
    private readonly Lock _lock = new();
    private readonly Dictionary<(GroupVersionKind Type, string Namespace), Watch> _watches = [];
    private readonly CancellationTokenSource _stopping = new();

    /// <param name="client">Makes the watches, as the operator itself.</param>
    /// <param name="objects">Gets the events.</param>
    /// <param name="synced">Is told when a kind has listed, or that it cannot be.</param>
    public WatchManager(IKubernetesClient client, ManagedObjects objects, Action<GroupVersionKind> synced)
    {
        _client = client;
        _objects = objects;
        _synced = synced;
    }

    public IReadOnlyDictionary<WatchState, int> CountByState()
    {
        lock (_lock)
        {
            return _watches.Values.GroupBy(static watch => watch.State).ToDictionary(static group => group.Key, static group => group.Count());
        }
    }

    /// <summary>Watches this kind and version from now on; says how its watch stands, and why if it does not.</summary>
    /// <param name="resource">The kind and version.</param>
    /// <param name="namespace">Where objects of it are; empty for a kind without namespaces.</param>
    public (WatchState State, string? Problem) Ensure(ApiResource resource, string @namespace)
    {
        lock (_lock)
        {
            var watch = Ensure_NeedsLock(resource, string.Empty);
            if (watch is { State: WatchState.Failing, IsForbidden: true } && resource.Namespaced && @namespace.Length > 0)
            {
                watch = Ensure_NeedsLock(resource, @namespace);
            }

            return (watch.State, watch.Problem);
        }
    }

    /// <summary>Stops the watches of kinds that nobody needs.</summary>
    public void KeepOnly(IReadOnlySet<GroupVersionKind> needed)
    {
        List<Watch> unneeded;
        lock (_lock)
        {
            unneeded = [.. _watches.Values.Where(watch => !needed.Contains(watch.Type))];
            foreach (var watch in unneeded)
            {
                _watches.Remove((watch.Type, watch.Namespace));
            }
        }

        foreach (var watch in unneeded)
        {
            watch.Stopping.Cancel();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        List<Watch> all;
        lock (_lock)
        {
            all = [.. _watches.Values];
            _watches.Clear();
        }

        foreach (var watch in all)
        {
            await watch.Stopping.CancelAsync();
        }

        await Task.WhenAll(all.Select(static watch => watch.Loop));
        _stopping.Dispose();
    }

    private Watch Ensure_NeedsLock(ApiResource resource, string @namespace)
    {
        var key = (resource.GroupVersionKind, @namespace);
        if (!_watches.TryGetValue(key, out var watch))
        {
            watch = new Watch(resource, @namespace);
            _watches[key] = watch;
            watch.Loop = Task.Run(() => RunAsync(watch, watch.Stopping.Token));
        }

        return watch;
    }

    private async Task RunAsync(Watch watch, CancellationToken cancellationToken)
    {
        try
        {
            await FollowAsync(watch, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped, as asked.
        }
    }

    private async Task FollowAsync(Watch watch, CancellationToken cancellationToken)
    {
        var type = watch.Type;
        var options = new WatchOptions(LabelSelector: Names.ApplicationLabel);
        HashSet<ObjectKey>? present = null;
        await foreach (var item in _client.WatchAsync(watch.Resource, watch.Namespace, options, cancellationToken))
        {
            switch (item.Type)
            {
                case WatchEventType.Restarted:
                    present = [];
                    break;
                case WatchEventType.InitItem:
                    _objects.ObserveListed(type, item.Object!, present ??= []);
                    break;
                case WatchEventType.InitDone:
                    _objects.CompleteList(type, watch.Namespace, present ?? []);
                    present = null;
                    Change(watch, WatchState.Synced, null);
                    break;
                case WatchEventType.Applied:
                case WatchEventType.Deleted:
                    _objects.Observe(type, item.Object!, item.Type == WatchEventType.Deleted);
                    break;
                case WatchEventType.Interrupted:
                    // A permission that was taken away does not come back by itself, as a server does.
                    var isForbidden = item.Error is ApiException { IsForbidden: true };
                    var never = watch.State is WatchState.Starting or WatchState.Failing;
                    Change(
                        watch, isForbidden || (never && item.Error is ApiException) ? WatchState.Failing : never ? watch.State : WatchState.Interrupted,
                        item.Error?.Message, isForbidden || (never && watch.IsForbidden));
                    break;
                default:
                    Change(watch, WatchState.Synced, null);
                    break;
            }
        }
    }

    private void Change(Watch watch, WatchState state, string? problem, bool isForbidden = false)
    {
        bool tell;
        bool fails;
        List<Watch> unneeded = [];
        lock (_lock)
        {
            fails = state == WatchState.Failing || watch.State == WatchState.Failing;
            tell = watch.State != state || (state == WatchState.Failing && watch.Problem != problem);
            watch.State = state;
            watch.Problem = problem;
            watch.IsForbidden = isForbidden;
            if (tell && state == WatchState.Synced && watch.Namespace.Length == 0)
            {
                unneeded = [.. _watches.Values.Where(other => other.Type == watch.Type && other.Namespace.Length > 0)];
                foreach (var part in unneeded)
                {
                    _watches.Remove((part.Type, part.Namespace));
                }
            }
        }

        foreach (var part in unneeded)
        {
            part.Stopping.Cancel();
        }

        if (tell)
        {
            if (fails)
            {
                _objects.WatchabilityChanged();
            }

            _synced(watch.Type);
        }
    }

    private sealed class Watch
    {
        public Watch(ApiResource resource, string @namespace) => (Resource, Namespace) = (resource, @namespace);

        public ApiResource Resource { get; }

        /// <summary>Empty: all of the cluster.</summary>
        public string Namespace { get; }

        public GroupVersionKind Type => Resource.GroupVersionKind;

        public CancellationTokenSource Stopping { get; } = new();

        public Task Loop { get; set; } = Task.CompletedTask;

        public WatchState State { get; set; }

        public string? Problem { get; set; }

        /// <summary>Whether it fails for want of a permission.</summary>
        public bool IsForbidden { get; set; }
    }
}

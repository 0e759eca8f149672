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

    /// <summary>It never listed, and the server says why (no such kind, no permission).</summary>
    Failing,
}

/// <summary>
/// One watch for each managed kind and applied version, of the objects that carry our label. A watch begins when the first
/// object of its kind and version is claimed, and lives as long as somebody needs it.
/// </summary>
internal sealed class WatchManager : IAsyncDisposable
{
    private readonly IKubernetesClient _client;
    private readonly ManagedObjects _objects;
    private readonly Action<GroupVersionKind> _synced;
    private readonly Lock _lock = new();
    private readonly Dictionary<GroupVersionKind, Watch> _watches = [];
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
    public (WatchState State, string? Problem) Ensure(ApiResource resource)
    {
        lock (_lock)
        {
            if (_watches.TryGetValue(resource.GroupVersionKind, out var watch))
            {
                return (watch.State, watch.Problem);
            }

            watch = new Watch(resource);
            _watches[resource.GroupVersionKind] = watch;
            watch.Loop = Task.Run(() => RunAsync(watch, watch.Stopping.Token));
            return (watch.State, null);
        }
    }

    /// <summary>Stops the watches of kinds that nobody needs.</summary>
    public void KeepOnly(IReadOnlySet<GroupVersionKind> needed)
    {
        List<Watch> unneeded;
        lock (_lock)
        {
            unneeded = [.. _watches.Values.Where(watch => !needed.Contains(watch.Resource.GroupVersionKind))];
            foreach (var watch in unneeded)
            {
                _watches.Remove(watch.Resource.GroupVersionKind);
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
        var type = watch.Resource.GroupVersionKind;
        var options = new WatchOptions(LabelSelector: Names.ApplicationLabel);
        HashSet<ObjectKey>? present = null;
        await foreach (var item in _client.WatchAsync(watch.Resource, string.Empty, options, cancellationToken))
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
                    _objects.CompleteList(type, present ?? []);
                    present = null;
                    Change(watch, WatchState.Synced, null);
                    break;
                case WatchEventType.Applied:
                case WatchEventType.Deleted:
                    _objects.Observe(type, item.Object!, item.Type == WatchEventType.Deleted);
                    break;
                case WatchEventType.Interrupted:
                    var never = watch.State is WatchState.Starting or WatchState.Failing;
                    Change(watch, never && item.Error is ApiException ? WatchState.Failing : never ? watch.State : WatchState.Interrupted,
                        item.Error?.Message);
                    break;
                default:
                    Change(watch, WatchState.Synced, null);
                    break;
            }
        }
    }

    private void Change(Watch watch, WatchState state, string? problem)
    {
        bool tell;
        lock (_lock)
        {
            tell = watch.State != state || (state == WatchState.Failing && watch.Problem != problem);
            watch.State = state;
            watch.Problem = problem;
        }

        if (tell)
        {
            _synced(watch.Resource.GroupVersionKind);
        }
    }

    private sealed class Watch
    {
        public Watch(ApiResource resource) => Resource = resource;

        public ApiResource Resource { get; }

        public CancellationTokenSource Stopping { get; } = new();

        public Task Loop { get; set; } = Task.CompletedTask;

        public WatchState State { get; set; }

        public string? Problem { get; set; }
    }
}

using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;

namespace GitOps.Operator.Controllers.Observing;

/// <summary>
/// Some objects carry no label of ours: those that were never applied, of Applications that only say what they would do, and
/// hooks. These watches follow the metadata of such kinds in the namespaces concerned, and tell when one of the objects changed.
/// </summary>
internal sealed class ObjectFollower : IAsyncDisposable
{
    private readonly IKubernetesClient _client;
    private readonly Action<NamespacedName, ObjectKey> _changed;
    private readonly bool _tellsOfListed;
    private readonly Lock _lock = new();
    private readonly Dictionary<NamespacedName, HashSet<ObjectKey>> _wanted = [];
    private readonly Dictionary<(GroupVersionKind Type, string Namespace), (CancellationTokenSource Stopping, Task Loop)> _watches = [];

    /// <param name="client">Makes the watches, as the operator itself.</param>
    /// <param name="changed">Is told whose object changed, and which.</param>
    /// <param name="tellsOfListed">
    /// Whether what the first list shows counts as changed: for whoever may have read an object before the watch began.
    /// </param>
    public ObjectFollower(IKubernetesClient client, Action<NamespacedName, ObjectKey> changed, bool tellsOfListed = false)
    {
        _client = client;
        _changed = changed;
        _tellsOfListed = tellsOfListed;
    }

    /// <summary>How many watches there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _watches.Count;
            }
        }
    }

    /// <summary>Sets what an Application wants to be told of; empty: nothing any more.</summary>
    public void Follow(NamespacedName application, IReadOnlyCollection<(ApiResource Resource, ObjectKey Key)> objects)
    {
        lock (_lock)
        {
            if (objects.Count == 0)
            {
                _wanted.Remove(application);
            }
            else
            {
                _wanted[application] = [.. objects.Select(static item => item.Key)];
            }

            foreach (var group in objects.GroupBy(static item => (item.Resource.GroupVersionKind, item.Key.Namespace)))
            {
                if (!_watches.ContainsKey(group.Key))
                {
                    var stopping = new CancellationTokenSource();
                    var resource = group.First().Resource;
                    _watches[group.Key] = (stopping, Task.Run(() => RunAsync(resource, group.Key.Namespace, stopping.Token)));
                }
            }

            StopUnneeded_NeedsLock();
        }
    }

    public async ValueTask DisposeAsync()
    {
        List<(CancellationTokenSource Stopping, Task Loop)> all;
        lock (_lock)
        {
            all = [.. _watches.Values];
            _watches.Clear();
        }

        foreach (var (stopping, _) in all)
        {
            await stopping.CancelAsync();
        }

        await Task.WhenAll(all.Select(static watch => watch.Loop));
    }

    private void StopUnneeded_NeedsLock()
    {
        var needed = _wanted.Values.SelectMany(static keys => keys).Select(static key => (key.GroupKind, key.Namespace)).ToHashSet();
        foreach (var (key, watch) in _watches.ToList())
        {
            if (!needed.Contains((key.Type.GroupKind, key.Namespace)))
            {
                _watches.Remove(key);
                watch.Stopping.Cancel();
            }
        }
    }

    private async Task RunAsync(ApiResource resource, string @namespace, CancellationToken cancellationToken)
    {
        var versions = new Dictionary<string, string?>(StringComparer.Ordinal);
        HashSet<string>? listed = null;
        var type = resource.GroupVersionKind;
        try
        {
            await foreach (var item in _client.WatchAsync(resource, @namespace, new WatchOptions(MetadataOnly: true), cancellationToken))
            {
                switch (item.Type)
                {
                    case WatchEventType.Restarted:
                        listed = new(StringComparer.Ordinal);
                        break;
                    case WatchEventType.InitItem or WatchEventType.Applied:
                        listed?.Add(item.Object!.Name);
                        var isKnown = versions.TryGetValue(item.Object!.Name, out var before);
                        versions[item.Object.Name] = item.Object.ResourceVersion;
                        if ((isKnown || _tellsOfListed || item.Type == WatchEventType.Applied) && before != item.Object.ResourceVersion)
                        {
                            Tell(new(type.Group, type.Kind, @namespace, item.Object.Name));
                        }

                        break;
                    case WatchEventType.InitDone:
                        foreach (var gone in versions.Keys.Where(name => listed?.Contains(name) == false).ToList())
                        {
                            versions.Remove(gone);
                            Tell(new(type.Group, type.Kind, @namespace, gone));
                        }

                        listed = null;
                        break;
                    case WatchEventType.Deleted:
                        versions.Remove(item.Object!.Name);
                        Tell(new(type.Group, type.Kind, @namespace, item.Object.Name));
                        break;
                    default:
                        break;
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped, as asked.
        }
    }

    private void Tell(ObjectKey key)
    {
        List<NamespacedName> concerned;
        lock (_lock)
        {
            concerned = [.. _wanted.Where(pair => pair.Value.Contains(key)).Select(static pair => pair.Key)];
        }

        foreach (var application in concerned)
        {
            _changed(application, key);
        }
    }
}

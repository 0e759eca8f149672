using System.Text.Json.Nodes;
using System.Threading.Channels;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;

namespace GitOps.EndToEnd.Tests.Fixture;

/// <summary>
/// What a bare API server lacks of a cluster: the garbage collector (foreground and orphan deletion, objects whose owners are
/// gone) and the controller that empties namespaces and lets them go. It watches the metadata of every kind.
/// </summary>
internal sealed class MissingControllers : IAsyncDisposable
{
    private const string Definitions = "customresourcedefinitions";
    private const int Workers = 8;

    private static readonly TimeSpan DiscoveryPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(200);

    private readonly KubernetesClient _client;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<Func<Task>> _work = Channel.CreateUnbounded<Func<Task>>();
    private readonly Lock _lock = new();
    private readonly OwnerGraph _graph = new();
    private readonly Dictionary<string, CancellationTokenSource> _watches = [];
    private readonly HashSet<string> _definitions = [];
    private readonly HashSet<string> _pending = [];
    private readonly List<Task> _loops = [];

    private MissingControllers(KubernetesClient client) => _client = client;

    public static async Task<MissingControllers> StartAsync(ClusterConfig config, CancellationToken cancellationToken)
    {
        var controllers = new MissingControllers(
            new KubernetesClient(config, new KubernetesClientOptions { UserAgent = "missing-controllers", MaxConcurrentRequests = 32 }));
        await controllers.WatchNewKindsAsync(cancellationToken);
        controllers._loops.Add(Task.Run(controllers.FollowDefinitionsAsync, cancellationToken));
        controllers._loops.AddRange(Enumerable.Range(0, Workers).Select(_ => Task.Run(controllers.WorkAsync, cancellationToken)));
        return controllers;
    }

    /// <summary>Waits until no namespace is on its way out any more.</summary>
    public Task DrainAsync() => Eventually.IsTrueAsync("the namespaces of the tests are gone", () =>
    {
        lock (_lock)
        {
            return !_graph.Namespaces.Any(static item => item.IsTerminating);
        }
    });

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Task[] loops;
        lock (_lock)
        {
            loops = [.. _loops];
        }

        await Task.WhenAll(loops.Select(static loop => loop.ContinueWith(static _ => { }, TaskScheduler.Default)));
        await _client.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task WatchNewKindsAsync(CancellationToken cancellationToken)
    {
        await _client.Discovery.RefreshAsync(cancellationToken);
        foreach (var resource in await _client.Discovery.AllAsync(cancellationToken))
        {
            if (resource.Can("list") && resource.Can("watch") && resource.Can("delete") && resource.Kind != "Event")
            {
                Watch(resource);
            }
        }
    }

    private void Watch(ApiResource resource)
    {
        lock (_lock)
        {
            var name = NameOf(resource);
            if (_watches.ContainsKey(name))
            {
                return;
            }

            var stop = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            _watches[name] = stop;
            _loops.Add(Task.Run(() => FollowAsync(resource, stop.Token), stop.Token));
        }
    }

    private static string NameOf(ApiResource resource) => resource.Group.Length == 0 ? resource.Plural : $"{resource.Plural}.{resource.Group}";

    private async Task FollowDefinitionsAsync()
    {
        while (true)
        {
            await Task.Delay(DiscoveryPause, _stopping.Token);
            bool isBehind;
            lock (_lock)
            {
                isBehind = _definitions.Any(name => !_watches.ContainsKey(name));
            }

            try
            {
                if (isBehind)
                {
                    await WatchNewKindsAsync(_stopping.Token);
                }
            }
            catch (Exception failure) when (failure is ApiException or ApiConnectionException)
            {
                // Discovery is behind or the server is away: the next round tries again.
            }
        }
    }

    private async Task FollowAsync(ApiResource resource, CancellationToken cancellationToken)
    {
        HashSet<string>? listed = null;
        await foreach (var item in _client.WatchAsync(resource, string.Empty, new WatchOptions(MetadataOnly: true), cancellationToken))
        {
            lock (_lock)
            {
                if (cancellationToken.IsCancellationRequested)
                {
                    return;
                }

                switch (item.Type)
                {
                    case WatchEventType.Restarted:
                        listed = [];
                        break;
                    case WatchEventType.InitItem:
                    case WatchEventType.Applied:
                        listed?.Add(item.Object!.Uid!);
                        Take_NeedsLock(resource, item.Object!);
                        break;
                    case WatchEventType.Deleted:
                        Drop_NeedsLock(resource, item.Object!.Uid!);
                        break;
                    case WatchEventType.InitDone:
                        foreach (var gone in _graph.UidsOf(resource).Where(uid => listed?.Contains(uid) == false).ToList())
                        {
                            Drop_NeedsLock(resource, gone);
                        }

                        listed = null;
                        break;
                    default:
                        break;
                }
            }
        }
    }

#pragma warning disable IDE1006 // The suffix says that the lock must be held.
    private void Take_NeedsLock(ApiResource resource, KubernetesObject found)
    {
        var node = OwnedObject.Of(resource, found);
        _graph.Set(node);
        if (resource.Plural == Definitions)
        {
            _definitions.Add(found.Name);
        }

        Decide_NeedsLock(node);
    }

    private void Drop_NeedsLock(ApiResource resource, string uid)
    {
        if (_graph.Remove(uid) is not { } gone)
        {
            return;
        }

        if (resource.Plural == Definitions && _definitions.Remove(gone.Name) && _watches.Remove(gone.Name, out var stop))
        {
            _ = stop.CancelAsync();

            // Its objects are gone with it, whether their watch has said so in time or not.
            foreach (var item in _graph.Where(kind => NameOf(kind) == gone.Name).ToList())
            {
                Drop_NeedsLock(item.Resource, item.Uid);
            }
        }

        foreach (var owner in gone.Owners.Select(_graph.Find).OfType<OwnedObject>())
        {
            Decide_NeedsLock(owner);
        }

        foreach (var dependent in _graph.DependentsOf(uid).Where(item => item.Owners.All(owner => _graph.Find(owner) is null)).ToList())
        {
            Delete_NeedsLock(dependent);
        }

        if (_graph.Namespace(gone.Namespace) is { IsTerminating: true } home && !_graph.InNamespace(home.Name).Any())
        {
            DecideNamespace_NeedsLock(home);
        }
    }

    private void Decide_NeedsLock(OwnedObject node)
    {
        if (!node.IsTerminating)
        {
            if (_graph.Namespace(node.Namespace) is { IsTerminating: true })
            {
                Delete_NeedsLock(node);
            }

            return;
        }

        if (node.Resource.GroupKind == Kinds.Namespace.GroupKind)
        {
            DecideNamespace_NeedsLock(node);
        }

        var dependents = _graph.DependentsOf(node.Uid).ToList();
        if (node.Finalizers.Contains("foregroundDeletion", StringComparer.Ordinal))
        {
            foreach (var dependent in dependents)
            {
                Delete_NeedsLock(dependent);
            }

            if (!dependents.Exists(item => item.Blocks(node.Uid)))
            {
                Enqueue_NeedsLock($"finalizer {node.Uid}", node, () => RemoveFinalizerAsync(node, "foregroundDeletion"));
            }
        }
        else if (node.Finalizers.Contains("orphan", StringComparer.Ordinal))
        {
            Enqueue_NeedsLock($"orphan {node.Uid}", node, () => OrphanAsync(node, dependents));
        }
    }

    private void DecideNamespace_NeedsLock(OwnedObject home)
    {
        var content = _graph.InNamespace(home.Name).ToList();
        foreach (var item in content)
        {
            Delete_NeedsLock(item);
        }

        if (content.Count == 0)
        {
            var kinds = _graph.SeenKinds.Where(static resource => resource.Namespaced).ToList();
            Enqueue_NeedsLock($"namespace {home.Uid}", home, () => FinalizeAsync(home, kinds));
        }
    }

    private void Delete_NeedsLock(OwnedObject node)
    {
        if (!node.IsTerminating)
        {
            Enqueue_NeedsLock($"delete {node.Uid}", node, () => DeleteAsync(node));
        }
    }

    /// <param name="id">What is done to what: the same thing is not done twice at a time.</param>
    /// <param name="node">The object it is about.</param>
    /// <param name="action">Says whether it was done; else the object is looked at again.</param>
    private void Enqueue_NeedsLock(string id, OwnedObject node, Func<Task<bool>> action)
    {
        if (!_pending.Add(id))
        {
            return;
        }

        _work.Writer.TryWrite(async () =>
        {
            var isDone = false;
            try
            {
                isDone = await action();
            }
            catch (ApiException refusal) when (refusal.IsNotFound)
            {
                isDone = true;
            }
            catch (Exception failure) when (failure is ApiException or ApiConnectionException)
            {
                // It has changed, or the server has trouble: later.
            }

            if (!isDone)
            {
                await Task.Delay(RetryPause, _stopping.Token);
            }

            lock (_lock)
            {
                _pending.Remove(id);
                if (!isDone && _graph.Find(node.Uid) is { } now)
                {
                    Decide_NeedsLock(now);
                }
            }
        });
    }
#pragma warning restore IDE1006

    private async Task WorkAsync()
    {
        await foreach (var action in _work.Reader.ReadAllAsync(_stopping.Token))
        {
            await action();
        }
    }

    private async Task<bool> DeleteAsync(OwnedObject node)
    {
        await _client.DeleteAsync(node.Resource, node.Namespace, node.Name, new DeleteOptions("Background", node.Uid), _stopping.Token);
        return true;
    }

    private Task<bool> RemoveFinalizerAsync(OwnedObject node, string finalizer) => PatchMetadataAsync(node, new JsonObject
    {
        ["resourceVersion"] = node.ResourceVersion,
        ["finalizers"] = new JsonArray([.. node.Finalizers.Where(name => name != finalizer).Select(static name => JsonValue.Create(name))]),
    });

    private async Task<bool> OrphanAsync(OwnedObject node, List<OwnedObject> dependents)
    {
        foreach (var dependent in dependents)
        {
            try
            {
                await ReleaseAsync(node, dependent);
            }
            catch (ApiException refusal) when (refusal.IsNotFound)
            {
                // It went by itself: the others still have to be released.
            }
        }

        return await RemoveFinalizerAsync(node, "orphan");
    }

    private async Task ReleaseAsync(OwnedObject node, OwnedObject dependent)
    {
        var live = await _client.GetAsync(dependent.Resource, dependent.Namespace, dependent.Name, _stopping.Token);
        if (live?.Metadata?["ownerReferences"] is JsonArray owners)
        {
            var others = owners.OfType<JsonObject>().Where(owner => KubernetesObject.GetString(owner, "uid") != node.Uid);
            await PatchMetadataAsync(dependent, new JsonObject
            {
                ["resourceVersion"] = live.ResourceVersion,
                ["ownerReferences"] = new JsonArray([.. others.Select(static owner => owner.DeepClone())]),
            });
        }
    }

    private async Task<bool> PatchMetadataAsync(OwnedObject node, JsonObject metadata)
    {
        await _client.PatchAsync(
            node.Resource, node.Namespace, node.Name, PatchType.Merge, new JsonObject { ["metadata"] = metadata },
            new WriteOptions("missing-controllers"), _stopping.Token);
        return true;
    }

    private async Task<bool> FinalizeAsync(OwnedObject home, List<ApiResource> kinds)
    {
        // A watch may be behind: what it has not shown yet would be left over in a namespace that is gone.
        foreach (var resource in kinds)
        {
            if (await HasAnyAsync(resource, home.Name))
            {
                return false;
            }
        }

        if (await _client.GetAsync(Kinds.Namespace, string.Empty, home.Name, _stopping.Token) is { IsTerminating: true } live)
        {
            live.Json["spec"] = new JsonObject();
            await _client.ReplaceAsync(Kinds.Namespace, live, new WriteOptions(Subresource: "finalize"), _stopping.Token);
        }

        return true;
    }

    private async Task<bool> HasAnyAsync(ApiResource resource, string home)
    {
        try
        {
            return !(await _client.ListAsync(resource, home, new ListOptions(MetadataOnly: true), _stopping.Token)).Items.IsEmpty;
        }
        catch (ApiException refusal) when (refusal.IsNotFound)
        {
            // The kind went with its definition.
            return false;
        }
    }
}

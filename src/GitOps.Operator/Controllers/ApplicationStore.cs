using System.Collections.Concurrent;
using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Git;
using GitOps.Operator.Reconcile;
using GitOps.Operator.Reconcile.Inventories;

namespace GitOps.Operator.Controllers;

/// <summary>The Applications as the watch shows them, and what is kept about each from pass to pass.</summary>
internal sealed class ApplicationStore
{
    private readonly ConcurrentDictionary<NamespacedName, ApplicationResource> _applications = new();
    private readonly ConcurrentDictionary<NamespacedName, ApplicationRuntime> _runtimes = new();
    private readonly ManagedObjects _objects;
    private readonly PreviewWatches _previews;
    private readonly IGitRepositories _repositories;
    private readonly InventoryStore _store;

    public ApplicationStore(ManagedObjects objects, PreviewWatches previews, IGitRepositories repositories, InventoryStore store)
    {
        _objects = objects;
        _previews = previews;
        _repositories = repositories;
        _store = store;
    }

    public int Count => _applications.Count;

    public ICollection<NamespacedName> Keys => _applications.Keys;

    public ICollection<ApplicationRuntime> Runtimes => _runtimes.Values;

    public ApplicationResource? Find(NamespacedName key) => _applications.GetValueOrDefault(key);

    public ApplicationRuntime? RuntimeOf(NamespacedName key) => _runtimes.GetValueOrDefault(key);

    /// <returns>Whether something other than the status changed, or it was not known.</returns>
    public bool Set(ApplicationResource application)
    {
        var before = _applications.GetValueOrDefault(application.Key);
        var changed = before is null
            || before.Metadata.Uid != application.Metadata.Uid
            || before.Metadata.Generation != application.Metadata.Generation
            || before.Metadata.DeletionTimestamp != application.Metadata.DeletionTimestamp
            || !before.Metadata.Finalizers.SequenceEqual(application.Metadata.Finalizers)
            || !SameTexts(before.Metadata.Annotations, application.Metadata.Annotations);
        if (changed)
        {
            // The status is our own: what was read before says the same.
            _applications[application.Key] = application;
        }

        return changed;
    }

    public void Remove(NamespacedName key) => _applications.TryRemove(key, out _);

    /// <summary>What is kept about an Application; anew for another one of the same name.</summary>
    public async Task<ApplicationRuntime> RuntimeAsync(
        ApplicationResource application, InventoryLoader inventories, CancellationToken cancellationToken)
    {
        if (_runtimes.TryGetValue(application.Key, out var known))
        {
            if (known.Uid is null || known.Uid == application.Metadata.Uid)
            {
                known.Uid = application.Metadata.Uid;
                return known;
            }

            await ForgetAsync(application.Key, inventories, cancellationToken);
        }

        var runtime = new ApplicationRuntime(application.Key)
        {
            Uid = application.Metadata.Uid,
            Status = application.Status,
            StoredStatus = KubernetesJson.ToText(application.Status.ToJson()),
            Inventory = inventories.Take(application),
        };
        _runtimes[application.Key] = runtime;
        return runtime;
    }

    /// <summary>
    /// The Application is gone without having asked for its objects to go with it: they stay, and are nobody's. Its inventory
    /// pages, held by our finalizer, are let go.
    /// </summary>
    public async Task ForgetAsync(NamespacedName key, InventoryLoader inventories, CancellationToken cancellationToken)
    {
        if (_runtimes.TryRemove(key, out var runtime))
        {
            runtime.Dispose();
            if (runtime.Validation?.Spec is { } spec)
            {
                _repositories.Unpin(spec.RepoUrl, key.ToString());
            }

            if (runtime.Inventory is { } inventory)
            {
                await _store.DeleteAsync([.. inventory.Pages, .. inventory.Surplus], key, cancellationToken);
            }
        }

        await inventories.DropAsync(key, cancellationToken);
        _previews.Follow(key, []);
        _objects.ReleaseAll(key);
        _objects.ForgetLabels(key);
    }

    private static bool SameTexts(ImmutableDictionary<string, string> left, ImmutableDictionary<string, string> right) =>
        left.Count == right.Count && left.All(pair => right.TryGetValue(pair.Key, out var value) && value == pair.Value);
}

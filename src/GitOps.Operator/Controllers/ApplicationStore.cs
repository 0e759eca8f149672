using System.Collections.Concurrent;
using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Observability;
using GitOps.Operator.Reconcile;
using GitOps.Operator.Reconcile.Gates;
using GitOps.Operator.Reconcile.Inventories;
using GitOps.Operator.Reconcile.Sources;
using GitOps.Operator.Reconcile.Syncing;

namespace GitOps.Operator.Controllers;

/// <summary>The Applications as the watch shows them, and what is kept about each from pass to pass.</summary>
internal sealed class ApplicationStore
{
    private readonly ConcurrentDictionary<NamespacedName, ApplicationResource> _applications = new();
    private readonly ConcurrentDictionary<NamespacedName, ApplicationRuntime> _runtimes = new();
    private readonly ManagedObjects _objects;
    private readonly ImmutableArray<ObjectFollower> _followers;
    private readonly SourceAccess _access;
    private readonly InventoryStore _store;

    public ApplicationStore(ManagedObjects objects, ImmutableArray<ObjectFollower> followers, SourceAccess access, InventoryStore store)
    {
        _objects = objects;
        _followers = followers;
        _access = access;
        _store = store;
    }

    /// <summary>Is told of a sync that was under way when its Application went.</summary>
    public Func<NamespacedName, SyncOperation, CancellationToken, Task> SyncAbandoned { get; set; } = static (_, _, _) => Task.CompletedTask;

    /// <summary>Is told of Applications that there are not, each time somebody asks for them.</summary>
    public Func<NamespacedName, CancellationToken, Task> Missing { get; set; } = static (_, _) => Task.CompletedTask;

    /// <summary>Which of them depends on which.</summary>
    public DependencyGraph Dependencies { get; } = new();

    public int Count => _applications.Count;

    public ICollection<NamespacedName> Keys => _applications.Keys;

    public ICollection<ApplicationRuntime> Runtimes => _runtimes.Values;

    /// <summary>How all of them stand, for their metrics.</summary>
    public IEnumerable<ApplicationReading> Readings => _applications.Values.Select(application => ApplicationReadings.Of(application, RuntimeOf(application.Key)));

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
            || !SameTexts(before.Metadata.Annotations, application.Metadata.Annotations)
            || (IsToTerminate(application) && !IsToTerminate(before));
        if (changed)
        {
            // The status is our own: what was read before says the same, but for the wish to break a sync off. That stands until
            // another sync is reported, even if a report of ours that was under way has overwritten it.
            _applications[application.Key] = before is not null && IsToTerminate(before)
                && before.Status.OperationState!.Id == application.Status.OperationState?.Id && before.Metadata.Uid == application.Metadata.Uid
                    ? application with { Status = before.Status }
                    : application;
            Dependencies.Set(application.Key, [.. application.Spec.DependsOn.Select(item => new NamespacedName(
                string.IsNullOrEmpty(item.Namespace) ? application.Key.Namespace : item.Namespace, item.Name ?? string.Empty))]);
        }

        return changed;
    }

    public void Remove(NamespacedName key)
    {
        _applications.TryRemove(key, out _);
        Dependencies.Remove(key);
    }

    /// <summary>How an Application stands towards those that depend on it; null: there is none of this name.</summary>
    public DependencyState? StateOf(NamespacedName key)
    {
        if (Find(key) is not { } application)
        {
            return null;
        }

        var runtime = RuntimeOf(key) is { } known && known.Uid == application.Metadata.Uid ? known : null;
        return new(
            application.Metadata.Generation, application.Metadata.IsTerminating, runtime?.Reported,
            runtime is { Reported.Revision: not null, Validation.Spec: { } spec } ? _access.Known(spec) : null);
    }

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

        await inventories.DropFormerAsync(application, cancellationToken);
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
        if (_runtimes.TryGetValue(key, out var runtime))
        {
            if (!runtime.IsFinalized && (runtime.Operation ?? SyncOperation.Restore(runtime.Status.OperationState)) is { } operation)
            {
                await SyncAbandoned(key, operation, cancellationToken);
            }

            if (runtime.Inventory is { } inventory)
            {
                await _store.DeleteAsync([.. inventory.Pages, .. inventory.Surplus], key, cancellationToken);
            }

            _runtimes.TryRemove(key, out _);
            runtime.Dispose();
            if (runtime.Validation?.Spec is { } spec)
            {
                foreach (var repository in spec.Sources.Where(static source => !source.IsChart).Select(static source => source.Repository).Distinct())
                {
                    _access.Unpin(repository, key.ToString());
                }
            }
        }

        await inventories.DropAsync(key, cancellationToken);
        foreach (var follower in _followers)
        {
            follower.Follow(key, []);
        }

        _objects.ReleaseAll(key);
        _objects.ForgetLabels(key);
    }

    private static bool IsToTerminate(ApplicationResource application) =>
        application.Status.OperationState?.Phase == OperationPhase.Terminating;

    private static bool SameTexts(ImmutableDictionary<string, string> left, ImmutableDictionary<string, string> right) =>
        left.Count == right.Count && left.All(pair => right.TryGetValue(pair.Key, out var value) && value == pair.Value);
}

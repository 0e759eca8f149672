using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Reconcile.Inventories;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Controllers;

/// <summary>
/// Reads every inventory once at the start, so that all claims are known before the first pass, and follows the pages'
/// metadata from then on: a page that somebody else wrote to or deleted is read again by its Application's next pass.
/// </summary>
internal sealed class InventoryLoader
{
    private readonly IKubernetesClient _client;
    private readonly InventoryStore _store;
    private readonly PageTracker _tracker;
    private readonly ManagedObjects _objects;
    private readonly IReconcileTrigger _trigger;
    private readonly string _keyId;
    private readonly ILogger<InventoryLoader> _log;
    private readonly ConcurrentDictionary<NamespacedName, ImmutableArray<ResourceInventory>> _stored = new();
    private readonly ConcurrentDictionary<NamespacedName, bool> _unreadable = new();

    public InventoryLoader(
        IKubernetesClient client, InventoryStore store, PageTracker tracker, ManagedObjects objects, IReconcileTrigger trigger,
        InstallationKey key, ILogger<InventoryLoader> log)
    {
        _client = client;
        _store = store;
        _tracker = tracker;
        _objects = objects;
        _trigger = trigger;
        _keyId = key.Id;
        _log = log;
    }

    /// <summary>Is told of Applications whose pages somebody else wrote to.</summary>
    public Action<NamespacedName>? Disturbed { get; set; }

    /// <summary>Is told of hooks that a sync may have left held when its Application went.</summary>
    public Func<NamespacedName, InventoryHooks, CancellationToken, Task> HooksAbandoned { get; set; } = static (_, _, _) => Task.CompletedTask;

    /// <summary>Reads all pages and makes every entry its Application's.</summary>
    public async Task LoadAllAsync(ImmutableArray<string> namespaces, CancellationToken cancellationToken)
    {
        foreach (var scope in namespaces.IsEmpty ? [string.Empty] : namespaces)
        {
            var (pages, unreadable) = await _store.ListAsync(scope, null, cancellationToken);
            foreach (var group in pages)
            {
                _stored[group.Key] = [.. group];
                foreach (var entry in ApplicationInventory.From(_stored[group.Key], _keyId).Entries.Values)
                {
                    _objects.TryClaim(group.Key, entry.Key, entry.Version, entry.Fingerprint, out _);
                }
            }

            foreach (var (page, error) in unreadable)
            {
                _unreadable[page] = true;
                Log.PageUnreadable(_log, page.ToString(), error);
            }
        }
    }

    /// <summary>
    /// The inventory that was read at the start, once; an empty one for an Application that came later and has none yet;
    /// null: read it.
    /// </summary>
    public ApplicationInventory? Take(ApplicationResource application)
    {
        if (_unreadable.Keys.Any(page => page.Namespace == application.Metadata.Namespace))
        {
            return null;
        }

        if (!_stored.TryRemove(application.Key, out var pages))
        {
            return application.Status.Inventory is null or { Entries: 0 } ? new ApplicationInventory() : null;
        }

        if (pages.Any(page => page.ApplicationUid != application.Metadata.Uid))
        {
            return null;
        }

        return ApplicationInventory.From(pages, _keyId);
    }

    /// <summary>
    /// Lets go of the pages that were read at the start and never taken, and of the hooks that they name: their Application is gone.
    /// </summary>
    public async Task DropAsync(NamespacedName application, CancellationToken cancellationToken)
    {
        if (_stored.TryGetValue(application, out var pages))
        {
            var inventory = ApplicationInventory.From(pages);
            if (inventory.Header?.Hooks is { } hooks)
            {
                await HooksAbandoned(application, hooks, cancellationToken);
            }

            await _store.DeleteAsync([.. inventory.Pages, .. inventory.Surplus], application, cancellationToken);
            _stored.TryRemove(application, out _);
            Log.InventoryReleased(_log, application.ToString());
        }
    }

    /// <summary>The same for the pages of another Application that had this one's name.</summary>
    public async Task DropFormerAsync(ApplicationResource application, CancellationToken cancellationToken)
    {
        if (_stored.TryGetValue(application.Key, out var pages) && pages.All(page => page.ApplicationUid != application.Metadata.Uid))
        {
            await DropAsync(application.Key, cancellationToken);
        }
    }

    /// <summary>Puts Applications in line that have pages and do not exist: their passes let the pages go.</summary>
    public Task CleanUpAsync(ApplicationStore applications, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var key in _stored.Keys.Where(key => applications.Find(key) is null))
        {
            _trigger.Trigger(key);
        }

        return Task.CompletedTask;
    }

    public async Task WatchAsync(string scope, CancellationToken cancellationToken)
    {
        var options = new WatchOptions(LabelSelector: Names.ApplicationLabel, MetadataOnly: true);
        var listing = false;
        await foreach (var item in _client.WatchAsync(Names.ResourceInventory, scope, options, cancellationToken))
        {
            switch (item.Type)
            {
                case WatchEventType.Restarted:
                    listing = true;
                    break;
                case WatchEventType.InitDone:
                    listing = false;
                    break;
                case WatchEventType.InitItem or WatchEventType.Applied or WatchEventType.Deleted:
                    See(item.Object!, item.Type == WatchEventType.Deleted, listing);
                    break;
                default:
                    break;
            }
        }
    }

    private void See(KubernetesObject page, bool deleted, bool listing)
    {
        if (!_tracker.IsForeign(new(page.Namespace, page.Name), page.ResourceVersion, deleted, listing))
        {
            return;
        }

        if (OwnerOf(page) is { } application)
        {
            Disturbed?.Invoke(application);
            _trigger.Trigger(application);
        }
    }

    private static NamespacedName? OwnerOf(KubernetesObject page) =>
        page.Metadata?["ownerReferences"] is JsonArray { Count: > 0 } owners
            && KubernetesObject.GetString(owners[0] as JsonObject, "name") is { } name
            ? new(page.Namespace, name)
            : null;
}

using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Inventories;

/// <summary>
/// Reads and writes inventory pages. A page is replaced under the resourceVersion it was last seen with, so nobody's change
/// is lost; pages are never deleted but here, when their finalizer is taken off.
/// </summary>
internal sealed class InventoryStore
{
    private static readonly WriteOptions Options = new(Names.StatusFieldManager, MetadataOnly: true);

    private readonly IKubernetesClient _client;
    private readonly PageTracker _tracker;

    /// <param name="client">The operator's own.</param>
    /// <param name="tracker">Is told of our writes, so that the watch on pages can tell them from others'.</param>
    public InventoryStore(IKubernetesClient client, PageTracker tracker)
    {
        _client = client;
        _tracker = tracker;
    }

    /// <summary>Every page of a namespace (empty: of all), by Application; a page that cannot be read is named.</summary>
    public async Task<(ILookup<NamespacedName, ResourceInventory> Pages, ImmutableArray<(NamespacedName Page, string Error)> Unreadable)>
        ListAsync(string @namespace, string? labelSelector, CancellationToken cancellationToken)
    {
        var list = await _client.ListAsync(
            Names.ResourceInventory, @namespace, new ListOptions(labelSelector, PageSize: 20), cancellationToken);
        var pages = new List<ResourceInventory>();
        var unreadable = ImmutableArray.CreateBuilder<(NamespacedName, string)>();
        foreach (var item in list.Items)
        {
            if (ResourceInventory.TryParse(item, out var page, out var error))
            {
                pages.Add(page);
                _tracker.Seen(new(item.Namespace, item.Name), item.ResourceVersion);
            }
            else
            {
                unreadable.Add((new(item.Namespace, item.Name), error));
            }
        }

        return (pages.ToLookup(static page => page.ApplicationKey), unreadable.ToImmutable());
    }

    /// <summary>
    /// Stores what changed. The first page, which says how many there are, comes after the others, and pages out of use go
    /// last: whenever this is cut off, what is stored still holds every entry.
    /// </summary>
    public async Task SaveAsync(
        ApplicationInventory inventory, NamespacedName application, string applicationUid, CancellationToken cancellationToken)
    {
        inventory.Compact();
        foreach (var page in inventory.Pages.Where(static page => page.Terminating))
        {
            await ReleaseAsync(page, application, cancellationToken);
            page.ResourceVersion = null;
            page.Uid = null;
            page.Terminating = false;
            page.Dirty = true;
        }

        var dirty = inventory.Pages.Where(static page => page.Dirty).ToList();
        await Parallel.ForEachAsync(dirty.Where(static page => page.Index > 0), cancellationToken, async (page, token) =>
            await WriteAsync(inventory, page, application, applicationUid, token));
        if (dirty.Find(static page => page.Index == 0) is { } first)
        {
            await WriteAsync(inventory, first, application, applicationUid, cancellationToken);
        }

        await DeleteAsync(inventory.Surplus, application, cancellationToken);
        inventory.Surplus.Clear();
    }

    /// <summary>Takes our finalizer off pages, and deletes them.</summary>
    public async Task DeleteAsync(
        IReadOnlyCollection<InventoryPage> pages, NamespacedName application, CancellationToken cancellationToken)
    {
        foreach (var page in pages.Where(static page => page.StoredName is not null))
        {
            await ReleaseAsync(page, application, cancellationToken);
            await _client.DeleteAsync(
                Names.ResourceInventory, application.Namespace, page.Name(application), new DeleteOptions("Background", page.Uid), cancellationToken);
        }
    }

    private async Task WriteAsync(
        ApplicationInventory inventory, InventoryPage page, NamespacedName application, string applicationUid,
        CancellationToken cancellationToken)
    {
        var name = new NamespacedName(application.Namespace, page.Name(application));
        var content = inventory.ToStore(page, application, applicationUid).ToObject();
        _tracker.BeginWrite(name);
        string? version = null;
        try
        {
            WriteResult stored;
            if (page.ResourceVersion is null)
            {
                stored = await CreateAsync(content, name, application, cancellationToken);
            }
            else
            {
                content.Metadata!["resourceVersion"] = page.ResourceVersion;
                stored = await _client.ReplaceAsync(Names.ResourceInventory, content, Options, cancellationToken);
            }

            version = stored.Object.ResourceVersion;
            page.StoredName = name.Name;
            page.Uid = stored.Object.Uid;
            page.ResourceVersion = version;
            page.Terminating = stored.Object.IsTerminating;
            page.Dirty = false;
        }
        finally
        {
            _tracker.EndWrite(name, version);
        }
    }

    /// <summary>
    /// Creates a page. One of that name from a former Application, or one whose creation was not answered, gives way:
    /// it is replaced under its resourceVersion.
    /// </summary>
    private async Task<WriteResult> CreateAsync(
        KubernetesObject content, NamespacedName name, NamespacedName application, CancellationToken cancellationToken)
    {
        try
        {
            return await _client.CreateAsync(Names.ResourceInventory, content, Options, cancellationToken);
        }
        catch (ApiException refusal) when (refusal.IsAlreadyExists)
        {
            var found = await _client.GetAsync(Names.ResourceInventory, name.Namespace, name.Name, cancellationToken);
            if (found is null || found.IsTerminating
                || (ResourceInventory.TryParse(found, out var page, out _) && page.ApplicationKey != application))
            {
                throw;
            }

            content.Metadata!["resourceVersion"] = found.ResourceVersion;
            return await _client.ReplaceAsync(Names.ResourceInventory, content, Options, cancellationToken);
        }
    }

    private async Task ReleaseAsync(InventoryPage page, NamespacedName application, CancellationToken cancellationToken)
    {
        var name = new NamespacedName(application.Namespace, page.Name(application));
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = null } };
        _tracker.BeginWrite(name);
        string? version = null;
        try
        {
            var answer = await _client.PatchAsync(
                Names.ResourceInventory, name.Namespace, name.Name, PatchType.Merge, patch, Options, cancellationToken);
            version = answer.Object.ResourceVersion;
        }
        catch (ApiException refusal) when (refusal.IsNotFound)
        {
            // It is gone already.
        }
        finally
        {
            _tracker.EndWrite(name, version);
        }
    }
}

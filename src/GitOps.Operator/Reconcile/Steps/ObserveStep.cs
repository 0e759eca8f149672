using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Inventories;
using GitOps.Operator.Reconcile.Syncing;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>
/// Loads the inventory, and sees to it that everything in it is watched. Until the first lists are in, nobody knows what is
/// in the cluster: the pass ends here, and begins again when they are.
/// </summary>
internal sealed class ObserveStep : IReconcileStep
{
    private static readonly TimeSpan RebuildRetry = TimeSpan.FromSeconds(10);

    private readonly IKubernetesClient _client;
    private readonly InventoryStore _store;
    private readonly InventoryRebuilder _rebuilder;
    private readonly ManagedObjects _objects;
    private readonly WatchManager _watches;
    private readonly InstallationKey _key;
    private readonly ResourceFilter _filter;

    public ObserveStep(
        IKubernetesClient client, InventoryStore store, InventoryRebuilder rebuilder, ManagedObjects objects, WatchManager watches,
        InstallationKey key, ResourceFilter filter)
    {
        _client = client;
        _store = store;
        _rebuilder = rebuilder;
        _objects = objects;
        _watches = watches;
        _key = key;
        _filter = filter;
    }

    public string Name => "observe";

    public async Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        if (runtime.TakeInventoryDisturbed() || runtime.Inventory is null)
        {
            await LoadAsync(context, cancellationToken);
        }

        if (runtime.IsRestored)
        {
            SyncRestorer.Continue(runtime);
        }

        LeaveExcluded(runtime.Inventory!);
        if (!context.Application.Metadata.IsTerminating)
        {
            ConsiderRules(context);
        }

        context.ObjectsVersion = _objects.VersionOf(context.Key);
        var inventory = runtime.Inventory!;
        if (inventory.Unknown is not null)
        {
            inventory.Unknown = await _rebuilder.RebuildAsync(inventory, context.Key, cancellationToken);
            LeaveExcluded(inventory);
            Claim(context.Key, inventory);
        }

        if (inventory.Unknown is { } unknown)
        {
            // No watch tells when the server lists everything again.
            context.LookAgain(context.Now + RebuildRetry);
            context.PruneBlocked = ("InventoryUnknown", $"the inventory is not whole ({unknown}): nothing is deleted until it is");
        }

        return await WatchAsync(context, inventory.Entries.Values.Select(static entry =>
            (new GroupVersionKind(entry.Key.Group, entry.Version, entry.Key.Kind), entry.Key.Namespace)), cancellationToken);
    }

    // Of one that is being deleted nothing is compared any more.
    private void ConsiderRules(ReconcileContext context)
    {
        var runtime = context.Runtime;
        if (runtime.ConsideredRules is { } considered && considered != context.Spec.Ignored.Text)
        {
            _objects.Reconsider(context.Key);
            runtime.ConfirmedVersions.Clear();
        }

        runtime.ConsideredRules = context.Spec.Ignored.Text;
        if (runtime.ConsideredForeign != context.Spec.ForeignFields)
        {
            // What was only told is now to go, or the other way round: all is looked at again.
            _objects.LookForForeign(context.Key, null);
            runtime.ConsideredForeign = context.Spec.ForeignFields;
        }

        _objects.LookForForeign(context.Key, context.Spec.ForeignFields == ForeignFields.Allow ? null : context.Spec.ForeignManagers);
    }

    /// <summary>Watches these kinds where there are objects of them; waits for the first list of each.</summary>
    public async Task<StepResult> WatchAsync(
        ReconcileContext context, IEnumerable<(GroupVersionKind Type, string Namespace)> places, CancellationToken cancellationToken)
    {
        var starting = 0;
        foreach (var kind in places.Distinct().GroupBy(static place => place.Type, static place => place.Namespace))
        {
            var found = await _client.Discovery.FindAsync(kind.Key, cancellationToken);
            if (found.Outcome == LookupOutcome.Found)
            {
                starting += Watch(context, found.Resource!, kind) ? 0 : 1;
            }
            else if (found.Outcome == LookupOutcome.Unknown)
            {
                // A kind that is not served has no objects; one of a group that did not answer is watched when it does.
                context.Unwatched[(kind.Key, string.Empty)] = "discovery of its group is incomplete";
            }
        }

        return starting == 0
            ? StepResult.Continue
            : StepResult.WaitQuietly("Observing", $"waiting for the first list of {starting} kind(s)", TimeSpan.FromSeconds(30));
    }

    /// <summary>
    /// Reads an object that no watch tells of, once in a pass: its kind cannot be watched, or has never been listed.
    /// </summary>
    /// <returns>Why nobody knows how it stands; null: it is known.</returns>
    public async Task<string?> ReadAsync(ReconcileContext context, ObjectKey key, GroupVersionKind type, CancellationToken cancellationToken)
    {
        if (context.Reads.TryGetValue(key, out var known))
        {
            return known;
        }

        try
        {
            var found = await _client.Discovery.FindAsync(type, cancellationToken);
            if (found.Resource is not { } resource)
            {
                return context.Reads[key] = $"{type} is not served";
            }

            _objects.Read(key, await _client.GetAsync(resource, key.Namespace, key.Name, cancellationToken));
            return context.Reads[key] = null;
        }
        catch (ApiException refusal) when (!refusal.IsUnauthorized)
        {
            return context.Reads[key] = refusal.Message;
        }
    }

    /// <summary>Makes every entry this Application's, unless another one has it.</summary>
    public void Claim(NamespacedName application, ApplicationInventory inventory)
    {
        foreach (var entry in inventory.Entries.Values)
        {
            _objects.TryClaim(application, entry.Key, entry.Version, entry.Fingerprint, out _);
        }
    }

    /// <returns>Whether it is known what there is of the kind in these namespaces, or why not.</returns>
    private bool Watch(ReconcileContext context, ApiResource resource, IEnumerable<string> namespaces)
    {
        var isKnown = true;
        foreach (var @namespace in namespaces)
        {
            var (state, problem) = _watches.Ensure(resource, @namespace);
            isKnown &= state != WatchState.Starting;
            if (state == WatchState.Failing)
            {
                context.Unwatched[(resource.GroupVersionKind, @namespace)] = problem ?? "its watch fails";
            }
        }

        return isKnown;
    }

    /// <summary>What the operator is told to leave alone is not managed any more, and stays as it is.</summary>
    private void LeaveExcluded(ApplicationInventory inventory)
    {
        if (_filter.IsEverything)
        {
            return;
        }

        foreach (var key in inventory.Entries.Keys.Where(key => _filter.Leaves(key.GroupKind) is not null).ToList())
        {
            inventory.Remove(key);
            _objects.Release(key);
        }
    }

    private async Task LoadAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var selector = $"{Api.Names.ApplicationLabel}={Api.Marks.LabelValue(context.Key)}";
        var (pages, unreadable) = await _store.ListAsync(context.Key.Namespace, selector, cancellationToken);
        var inventory = ApplicationInventory.From([.. pages[context.Key].Where(page =>
            page.ApplicationUid == context.Application.Metadata.Uid)], _key.Id);
        if (unreadable.Length > 0)
        {
            inventory.Unknown = $"page {unreadable[0].Page.Name} cannot be read: {unreadable[0].Error}";
        }
        else if (inventory.Pages.Count == 0 && context.Runtime.Status.Inventory is { Entries: > 0 })
        {
            inventory.Unknown = "its pages are gone";
        }

        context.Runtime.Inventory = inventory;
        Claim(context.Key, inventory);
    }
}

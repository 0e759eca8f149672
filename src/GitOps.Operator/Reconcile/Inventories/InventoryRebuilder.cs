using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Sync;

namespace GitOps.Operator.Reconcile.Inventories;

/// <summary>
/// Finds an Application's objects again when its inventory was lost: one LIST of every kind by our label, taking what carries
/// a tracking id that names itself. All or nothing: a kind that cannot be listed leaves the inventory unknown.
/// </summary>
internal sealed class InventoryRebuilder
{
    private readonly IKubernetesClient _client;

    public InventoryRebuilder(IKubernetesClient client) => _client = client;

    /// <summary>Adds what it finds and the inventory lacks. Entries have no fingerprint: each is compared once.</summary>
    /// <returns>Why the inventory is still unknown; null if it is whole.</returns>
    public async Task<string?> RebuildAsync(
        ApplicationInventory inventory, NamespacedName application, CancellationToken cancellationToken)
    {
        await _client.Discovery.RefreshAsync(cancellationToken);
        var selector = $"{Names.ApplicationLabel}={Marks.LabelValue(application)}";
        foreach (var resource in await _client.Discovery.AllAsync(cancellationToken))
        {
            if (!resource.Can("list") || !resource.Can("patch") || resource.Group == Names.Group)
            {
                continue;
            }

            try
            {
                var list = await _client.ListAsync(resource, string.Empty, new ListOptions(selector), cancellationToken);
                foreach (var found in list.Items)
                {
                    Take(inventory, application, found);
                }
            }
            catch (ApiException refusal)
            {
                // Where its definition was deleted since discovery was asked, there are no objects of it.
                if (!refusal.IsNotFound || !await IsGoneAsync(resource, cancellationToken))
                {
                    return $"{resource.GroupVersionKind} cannot be listed: {refusal.Message}";
                }
            }
        }

        return null;
    }

    private async Task<bool> IsGoneAsync(ApiResource resource, CancellationToken cancellationToken)
    {
        await _client.Discovery.RefreshAsync(cancellationToken);
        return (await _client.Discovery.FindAsync(resource.GroupVersionKind, cancellationToken)).Outcome == LookupOutcome.Absent;
    }

    private static void Take(ApplicationInventory inventory, NamespacedName application, KubernetesObject found)
    {
        if (Marks.Owner(found) != application || inventory.TryGet(found.Key, out _))
        {
            return;
        }

        // The version that our entry speaks is the one it was applied in; the list may be of another.
        var ours = ManagedFieldsEntry.Of(found)
            .FirstOrDefault(static entry => entry is { Manager: Names.FieldManager, IsApply: true, Subresource: "" });
        var version = ours is null ? found.GroupVersionKind.Version : GroupVersionKind.Parse(ours.ApiVersion, found.Kind).Version;
        inventory.Set(new(found.Key, version, found.Uid ?? string.Empty, string.Empty, null)
        {
            Options = OptionReader.Read(found, [], []).Remembered,
        });
    }
}

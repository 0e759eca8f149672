using System.Collections.Immutable;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Controllers.Observing;

namespace GitOps.Operator.Reconcile.Foreign;

/// <summary>What was found of a release in the cluster.</summary>
/// <param name="WasActive">Whether Helm had written since we did when it was looked for.</param>
/// <param name="Secrets">The release's Secrets; empty: there is no such release.</param>
/// <param name="Problem">Why it could not be looked for.</param>
internal sealed record KnownRelease(bool WasActive, ImmutableArray<ObjectKey> Secrets, string? Problem);

/// <summary>
/// Helm's annotations outlive the release they name: whether there still is one, its Secrets tell. They are listed once, by
/// their metadata alone, and watched from then on, so that a release that is forgotten is noticed.
/// </summary>
internal sealed class HelmReleases
{
    private static readonly ApiResource Secrets = ApiResource.Of("v1", "Secret", "secrets", namespaced: true);

    private readonly IKubernetesClient _client;
    private readonly ObjectFollower _watches;

    /// <param name="client">Reads as the operator.</param>
    /// <param name="watches">Tell when a release's Secret changes.</param>
    public HelmReleases(IKubernetesClient client, ObjectFollower watches)
    {
        _client = client;
        _watches = watches;
    }

    /// <summary>Those of the groups that are no release of Helm, or one that is there.</summary>
    public async Task<ImmutableArray<ForeignGroup>> KeepLiveAsync(
        ReconcileContext context, ImmutableArray<ForeignGroup> groups, CancellationToken cancellationToken)
    {
        var known = context.Runtime.HelmReleases;
        var changed = context.Runtime.HelmChanged.Take();
        var releases = groups.Where(static group => group.Tool == Model.ForeignTool.Helm).ToDictionary(static group => (group.Namespace, group.Name));
        foreach (var (name, release) in known.ToList())
        {
            if (!releases.TryGetValue(name, out var group) || release.Secrets.Any(changed.Contains) || (group.IsActive && !release.WasActive) || release.Problem is not null)
            {
                known.Remove(name);
            }
        }

        foreach (var (name, group) in releases)
        {
            if (!known.ContainsKey(name))
            {
                known[name] = await FindAsync(context, group, cancellationToken);
            }
        }

        _watches.Follow(context.Key, [.. known.Values.SelectMany(static release => release.Secrets).Select(static key => (Secrets, key))]);
        return
        [
            .. groups.Where(group => !known.TryGetValue((group.Namespace, group.Name), out var release) || group.Tool != Model.ForeignTool.Helm
                    || release is not { Secrets.IsEmpty: true, Problem: null })
                .Select(group => group.Tool == Model.ForeignTool.Helm ? group with { Doubt = known[(group.Namespace, group.Name)].Problem } : group),
        ];
    }

    private async Task<KnownRelease> FindAsync(ReconcileContext context, ForeignGroup group, CancellationToken cancellationToken)
    {
        // An annotation is anybody's text: it does not make us look into namespaces that have nothing to do with the Application.
        if (group.Namespace != context.Spec.DestinationNamespace && group.Objects.All(key => key.Namespace != group.Namespace))
        {
            return new(group.IsActive, [], "of another namespace: whether the release is still there was not looked at");
        }

        try
        {
            var found = await _client.ListAsync(
                Secrets, group.Namespace, new ListOptions($"owner=helm,name={group.Name}", MetadataOnly: true), cancellationToken);
            return new(group.IsActive, [.. found.Items.Select(item => new ObjectKey(string.Empty, Secrets.Kind, group.Namespace, item.Name))], null);
        }
        catch (Exception failure) when (failure is ApiException or ApiConnectionException)
        {
            return new(group.IsActive, [], $"its Secrets cannot be read: {failure.Message}");
        }
    }
}

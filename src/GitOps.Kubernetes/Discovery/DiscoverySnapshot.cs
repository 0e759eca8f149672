using System.Collections.Frozen;
using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;

namespace GitOps.Kubernetes.Discovery;

/// <summary>One version of a group.</summary>
/// <param name="Version">Its name.</param>
/// <param name="IsKnown">False: it is stale or its discovery failed, so nothing may be concluded from <paramref name="Resources"/>.</param>
/// <param name="Resources">The kinds with their subresources.</param>
internal sealed record DiscoveredVersion(string Version, bool IsKnown, ImmutableArray<ApiResource> Resources);

/// <summary>A group with its versions in the server's order, the preferred one first.</summary>
internal sealed record DiscoveredGroup(string Name, ImmutableArray<DiscoveredVersion> Versions);

/// <summary>
/// What one reading of discovery said. A list of groups that could not be read at all makes every group it might have named
/// unknown.
/// </summary>
internal sealed class DiscoverySnapshot
{
    private readonly FrozenDictionary<string, DiscoveredGroup> _groups;
    private readonly FrozenDictionary<GroupVersionKind, ApiResource> _kinds;
    private readonly bool _isCoreKnown;
    private readonly bool _areGroupsKnown;

    /// <param name="core">The core group; null: it could not be read.</param>
    /// <param name="groups">All others; null: their list could not be read.</param>
    public DiscoverySnapshot(DiscoveredGroup? core, IReadOnlyList<DiscoveredGroup>? groups)
    {
        _isCoreKnown = core is not null;
        _areGroupsKnown = groups is not null;
        var all = (core is null ? [] : new[] { core }).Concat(groups ?? []).DistinctBy(static group => group.Name, StringComparer.Ordinal);
        _groups = all.ToFrozenDictionary(static group => group.Name, StringComparer.Ordinal);
        Resources = [.. _groups.Values.SelectMany(static group => group.Versions)
            .Where(static version => version.IsKnown).SelectMany(static version => version.Resources)];
        _kinds = Resources.DistinctBy(static resource => resource.GroupVersionKind)
            .ToFrozenDictionary(static resource => resource.GroupVersionKind);
    }

    /// <summary>Of versions that are known.</summary>
    public ImmutableArray<ApiResource> Resources { get; }

    public Lookup Find(GroupVersionKind kind)
    {
        if (_kinds.TryGetValue(kind, out var resource))
        {
            return new(LookupOutcome.Found, resource);
        }

        if (!_groups.TryGetValue(kind.Group, out var group))
        {
            return new(IsListKnown(kind.Group) ? LookupOutcome.Absent : LookupOutcome.Unknown, Resource: null);
        }

        var version = group.Versions.FirstOrDefault(version => version.Version == kind.Version);
        return new(version is null or { IsKnown: true } ? LookupOutcome.Absent : LookupOutcome.Unknown, Resource: null);
    }

    public Lookup FindPreferred(GroupKind kind)
    {
        if (!_groups.TryGetValue(kind.Group, out var group))
        {
            return new(IsListKnown(kind.Group) ? LookupOutcome.Absent : LookupOutcome.Unknown, Resource: null);
        }

        foreach (var version in group.Versions)
        {
            if (!version.IsKnown)
            {
                // The kind may be in it, and then in no later one.
                return new(LookupOutcome.Unknown, Resource: null);
            }

            if (_kinds.TryGetValue(new(kind.Group, version.Version, kind.Kind), out var resource))
            {
                return new(LookupOutcome.Found, resource);
            }
        }

        return new(LookupOutcome.Absent, Resource: null);
    }

    private bool IsListKnown(string group) => group.Length == 0 ? _isCoreKnown : _areGroupsKnown;
}

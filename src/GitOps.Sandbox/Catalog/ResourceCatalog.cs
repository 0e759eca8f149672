using System.Collections.Frozen;
using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Catalog;

/// <summary>Everything that is served at one moment: the built-in kinds and those of established definitions. Immutable.</summary>
internal sealed class ResourceCatalog
{
    private readonly FrozenDictionary<(string Group, string Version, string Plural), ServedResource> _resources;

    private ResourceCatalog(ImmutableArray<ServedGroup> groups)
    {
        Groups = groups;
        _resources = groups.SelectMany(static group => group.Versions).SelectMany(static version => version.Resources)
            .ToFrozenDictionary(static resource => (resource.Group, resource.Version, resource.Plural));
    }

    public static ResourceCatalog BuiltIn { get; } = new(BuiltInResources.Groups);

    public ImmutableArray<ServedGroup> Groups { get; }

    public IEnumerable<ServedResource> Resources => _resources.Values;

    /// <returns>Null if there is none.</returns>
    public ServedResource? Find(string group, string version, string plural) => _resources.GetValueOrDefault((group, version, plural));

    public ServedResource? FindKind(GroupVersionKind kind) =>
        _resources.Values.FirstOrDefault(resource => resource.GroupVersionKind == kind && !resource.Verbs.IsEmpty);

    /// <summary>A version in which the objects of a table can be read: the preferred one.</summary>
    public ServedResource? FindStored(GroupResource stored) =>
        Groups.FirstOrDefault(group => group.Name == stored.Group)?.Versions
            .SelectMany(static version => version.Resources)
            .FirstOrDefault(resource => resource.Plural == stored.Resource);

    public ServedGroup? FindGroup(string name) => Groups.FirstOrDefault(group => group.Name == name);

    /// <summary>The built-in kinds and these of definitions, whose groups come last, sorted.</summary>
    public static ResourceCatalog With(IEnumerable<ServedResource> custom)
    {
        var groups = BuiltIn.Groups.ToList();
        foreach (var group in custom.GroupBy(static resource => resource.Group, StringComparer.Ordinal).OrderBy(static group => group.Key, StringComparer.Ordinal))
        {
            var versions = group.GroupBy(static resource => resource.Version, StringComparer.Ordinal)
                .OrderBy(static version => version.Key, VersionOrder.Instance)
                .Select(static version => new ServedVersion(
                    version.Key, [.. version.OrderBy(static resource => resource.Plural, StringComparer.Ordinal)]));
            var existing = groups.FindIndex(known => known.Name == group.Key);
            if (existing < 0)
            {
                groups.Add(new(group.Key, [.. versions]));
            }
            else
            {
                groups[existing] = groups[existing] with { Versions = [.. groups[existing].Versions, .. versions] };
            }
        }

        return new([.. groups]);
    }
}

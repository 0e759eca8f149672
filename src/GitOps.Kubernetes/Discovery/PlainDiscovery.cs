using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;

namespace GitOps.Kubernetes.Discovery;

/// <summary>Reads the documents of servers without aggregated discovery: APIVersions, APIGroupList and APIResourceList.</summary>
internal static class PlainDiscovery
{
    /// <summary>Versions of the core group, from <c>/api</c>.</summary>
    public static ImmutableArray<string> ParseCoreVersions(JsonObject document) => AggregatedDiscovery.Texts(document["versions"]);

    /// <summary>Groups with their versions, the preferred one first, from <c>/apis</c>.</summary>
    public static ImmutableArray<(string Group, ImmutableArray<string> Versions)> ParseGroups(JsonObject document)
    {
        var groups = ImmutableArray.CreateBuilder<(string, ImmutableArray<string>)>();
        foreach (var item in AggregatedDiscovery.Objects(document["groups"]))
        {
            var preferred = KubernetesObject.GetString(item["preferredVersion"] as JsonObject, "version");
            var versions = AggregatedDiscovery.Objects(item["versions"])
                .Select(static version => KubernetesObject.GetString(version, "version") ?? string.Empty)
                .OrderBy(version => version == preferred ? 0 : 1);
            groups.Add((KubernetesObject.GetString(item, "name") ?? string.Empty, [.. versions]));
        }

        return groups.ToImmutable();
    }

    /// <summary>The kinds of one group and version; subresources stand in the list as <c>parent/sub</c>.</summary>
    public static ImmutableArray<ApiResource> ParseResources(JsonObject document, string group, string version)
    {
        var items = AggregatedDiscovery.Objects(document["resources"])
            .Select(static item => (Name: KubernetesObject.GetString(item, "name") ?? string.Empty, Item: item)).ToArray();
        var subresources = items.Where(static item => item.Name.Contains('/', StringComparison.Ordinal)).ToLookup(
            static item => item.Name[..item.Name.IndexOf('/', StringComparison.Ordinal)],
            static item => item.Name[(item.Name.IndexOf('/', StringComparison.Ordinal) + 1)..],
            StringComparer.Ordinal);
        return
        [
            .. items.Where(static item => !item.Name.Contains('/', StringComparison.Ordinal)).Select(item => new ApiResource(
                new GroupVersionKind(group, version, KubernetesObject.GetString(item.Item, "kind") ?? string.Empty),
                item.Name,
                item.Item["namespaced"] is JsonValue value && value.TryGetValue(out bool flag) && flag,
                AggregatedDiscovery.Texts(item.Item["verbs"]),
                [.. subresources[item.Name]])),
        ];
    }
}

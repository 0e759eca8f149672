using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;

namespace GitOps.Kubernetes.Discovery;

/// <summary>Reads an APIGroupDiscoveryList (v2 or v2beta1, which differ in name alone): all groups of an endpoint in one document.</summary>
internal static class AggregatedDiscovery
{
    /// <summary>Versions from new to old, then what every server has. The order of the parameters matters to servers.</summary>
    public const string Accept =
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
        + "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,"
        + "application/json";

    /// <summary>Judged by what the server says it answers with: it is free to ignore the wish.</summary>
    public static bool IsIn(string contentType) => contentType.Contains("as=APIGroupDiscoveryList", StringComparison.Ordinal);

    public static ImmutableArray<DiscoveredGroup> Parse(JsonObject document)
    {
        var groups = ImmutableArray.CreateBuilder<DiscoveredGroup>();
        foreach (var item in Objects(document["items"]))
        {
            var name = KubernetesObject.GetString(item["metadata"] as JsonObject, "name") ?? string.Empty;
            groups.Add(new(name, [.. Objects(item["versions"]).Select(version => ParseVersion(name, version))]));
        }

        return groups.ToImmutable();
    }

    private static DiscoveredVersion ParseVersion(string group, JsonObject version)
    {
        var name = KubernetesObject.GetString(version, "version") ?? string.Empty;
        var isKnown = KubernetesObject.GetString(version, "freshness") != "Stale";
        return new(name, isKnown, [.. Objects(version["resources"]).Select(item => ParseResource(group, name, item)).OfType<ApiResource>()]);
    }

    /// <returns>Null for a parent that exists for its subresources alone: it has no kind of its own.</returns>
    private static ApiResource? ParseResource(string group, string version, JsonObject item)
    {
        if (KubernetesObject.GetString(item["responseKind"] as JsonObject, "kind") is not { Length: > 0 } kind)
        {
            return null;
        }

        // The kind's own group and version may be empty here, or another's; the path is that of the list it stands in.
        return new ApiResource(
            new GroupVersionKind(group, version, kind),
            KubernetesObject.GetString(item, "resource") ?? string.Empty,
            KubernetesObject.GetString(item, "scope") == "Namespaced",
            Texts(item["verbs"]),
            [.. Objects(item["subresources"]).Select(static sub => KubernetesObject.GetString(sub, "subresource") ?? string.Empty)]);
    }

    internal static ImmutableArray<string> Texts(JsonNode? node) =>
        node is JsonArray items ? [.. items.Select(static item => item?.ToString() ?? string.Empty)] : [];

    internal static IEnumerable<JsonObject> Objects(JsonNode? node) => node is JsonArray items ? items.OfType<JsonObject>() : [];
}

using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests;

/// <summary>Lists of objects (<c>List</c>, <c>ConfigMapList</c>, …), which stand for their items.</summary>
internal static class ObjectLists
{
    private const string Suffix = "List";

    /// <summary>Whether the kind ends with List and there are items, or null for them and nothing else of an object.</summary>
    public static bool IsList(JsonObject fields) =>
        (KubernetesObject.GetString(fields, "kind") ?? string.Empty).EndsWith(Suffix, StringComparison.Ordinal)
        && fields.TryGetPropertyValue("items", out var items)
        && (items is JsonArray || (items is null && !fields.ContainsKey("spec") && !fields.ContainsKey("status")));

    /// <summary>Takes the items out. One without a type has that of the list.</summary>
    public static IEnumerable<(JsonNode? Item, YamlNode Node)> Items(JsonObject list, YamlNode node)
    {
        var apiVersion = KubernetesObject.GetString(list, "apiVersion") ?? string.Empty;
        var kind = KubernetesObject.GetString(list, "kind")![..^Suffix.Length];
        var items = list["items"] is JsonArray array ? array.ToList() : [];
        (list["items"] as JsonArray)?.Clear();
        var nodes = YamlPath.Find(node, "items") is { } found && YamlPath.Follow(found) is YamlSequence sequence ? sequence.Items : [];
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i] is JsonObject item && kind.Length > 0 && !item.ContainsKey("apiVersion") && !item.ContainsKey("kind"))
            {
                item.Insert(0, "apiVersion", apiVersion);
                item.Insert(1, "kind", kind);
            }

            yield return (items[i], i < nodes.Count ? YamlPath.Follow(nodes[i]) : node);
        }
    }
}

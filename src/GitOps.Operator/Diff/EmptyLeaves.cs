using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Diff;

/// <summary>
/// Owned leaves that were applied as <c>{}</c>, <c>[]</c> or null. What others put below them, or what the server makes of
/// null, is not ours: comparing it would heal for ever. They are kept as a field set, so that they are found while walking one.
/// </summary>
internal static class EmptyLeaves
{
    /// <summary>Null where there is none. Metadata is left out: its maps are never compared as a whole.</summary>
    public static string? Find(JsonObject fieldsV1, JsonObject desired)
    {
        var found = new JsonObject();
        foreach (var (element, below) in fieldsV1)
        {
            if (element != "f:metadata")
            {
                Collect(found, element, below as JsonObject, OwnedValues.Member(desired, element), HasMember(desired, element));
            }
        }

        return found.Count == 0 ? null : KubernetesJson.ToText(found);
    }

    public static JsonObject? Read(string? emptyLeaves) => emptyLeaves is null ? null : KubernetesJson.ParseObject(emptyLeaves);

    public static bool IsEmpty(JsonNode? value) => value is null or JsonObject { Count: 0 } or JsonArray { Count: 0 };

    private static void Collect(JsonObject found, string element, JsonObject? below, JsonNode? desired, bool isDesired)
    {
        if (OwnedValues.IsLeaf(below))
        {
            if (isDesired && IsEmpty(desired))
            {
                found[element] = new JsonObject();
            }

            return;
        }

        var deeper = new JsonObject();
        foreach (var (next, members) in below!)
        {
            switch (next[0])
            {
                case 'f':
                    Collect(deeper, next, members as JsonObject, OwnedValues.Member(desired, next), HasMember(desired, next));
                    break;
                case 'k' when ListKey.Of(next).BestOf(desired as JsonArray) is { } item:
                    Collect(deeper, next, members as JsonObject, item, isDesired: true);
                    break;
            }
        }

        if (deeper.Count > 0)
        {
            found[element] = deeper;
        }
    }

    private static bool HasMember(JsonNode? parent, string element) => parent is JsonObject fields && fields.ContainsKey(element[2..]);
}

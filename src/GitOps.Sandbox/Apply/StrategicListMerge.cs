using System.Text.Json.Nodes;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Apply;

/// <summary>
/// How a strategic merge patch changes a list: items are found by the merge key or by value. The items of the patch come in the
/// patch's order (or the one it asks for), the others where they stood between them.
/// </summary>
internal static class StrategicListMerge
{
    /// <param name="original">The list; it may be changed.</param>
    /// <param name="patch">What the patch says of it.</param>
    /// <param name="order">The order the patch asks for; null if it asks for none.</param>
    /// <param name="type">The list's type.</param>
    public static JsonArray Merge(JsonArray original, JsonArray patch, JsonArray? order, TypeSchema type)
    {
        if (original.Count == 0 && patch.Count == 0)
        {
            return Copy(original);
        }

        var former = original.ToArray();
        var items = type.PatchMergeKey is { } mergeKey
            ? MergeByKey(former, patch, order, mergeKey, type.Item ?? TypeSchema.Untyped, out var asked)
            : MergeValues(former, patch, out asked);
        return Ordered(items, order?.ToArray() ?? asked, former, type.PatchMergeKey);
    }

    public static JsonArray Reorder(JsonArray items, JsonArray order, TypeSchema type) =>
        Ordered([.. items], [.. order], [.. items], type.PatchMergeKey);

    public static void RemoveValues(JsonArray items, JsonArray removed)
    {
        for (var i = items.Count - 1; i >= 0; i--)
        {
            if (removed.Any(value => JsonNode.DeepEquals(value, items[i])))
            {
                items.RemoveAt(i);
            }
        }
    }

    private static List<JsonNode?> MergeValues(JsonNode?[] original, JsonArray patch, out JsonNode?[] asked)
    {
        var merged = new List<JsonNode?>(original);
        asked = [.. patch];
        foreach (var item in asked)
        {
            if (item is JsonObject)
            {
                throw ApplyErrors.BadRequest("cannot merge lists without merge key");
            }

            if (!merged.Exists(other => JsonNode.DeepEquals(other, item)))
            {
                merged.Add(item);
            }
        }

        return merged;
    }

    private static List<JsonNode?> MergeByKey(
        JsonNode?[] original, JsonArray patch, JsonArray? order, string mergeKey, TypeSchema itemType, out JsonNode?[] asked)
    {
        var merged = new List<JsonNode?>(original);
        var changes = new List<JsonObject>();
        var isReplaced = false;
        foreach (var item in patch)
        {
            var fields = item as JsonObject ?? throw ApplyErrors.BadRequest($"an item of a list merged by {mergeKey} is not an object");
            if (!fields.TryGetPropertyValue(StrategicMergePatch.Directive, out var directive))
            {
                changes.Add(fields);
                continue;
            }

            switch (StrategicMergePatch.TextOf(directive))
            {
                case "delete":
                    var deleted = KeyOf(fields, mergeKey);
                    merged.RemoveAll(other => HasKey(other, mergeKey, deleted));
                    break;
                case "replace":
                    isReplaced = true;
                    break;
                case "merge":
                    throw ApplyErrors.BadRequest("merging lists cannot yet be specified in the patch");
                case var other:
                    throw ApplyErrors.Internal($"unknown patch type: {other} in the patch");
            }
        }

        RequireOrder(changes, order, mergeKey);
        if (isReplaced)
        {
            asked = [];
            return [.. changes];
        }

        foreach (var change in changes)
        {
            var key = KeyOf(change, mergeKey);
            var index = merged.FindIndex(other => HasKey(other, mergeKey, key));
            if (index >= 0)
            {
                merged[index] = StrategicMergePatch.Merge((JsonObject)merged[index]!, (JsonObject)change.DeepClone(), itemType);
            }
            else if (StrategicMergePatch.Taken(change) is { Exists: true } taken)
            {
                merged.Add(taken.Node);
            }
        }

        asked = [.. changes];
        return merged;
    }

    private static void RequireOrder(List<JsonObject> changes, JsonArray? order, string mergeKey)
    {
        if (order is null or { Count: 0 })
        {
            return;
        }

        var next = 0;
        foreach (var item in order)
        {
            if (next < changes.Count && HasKey(item, mergeKey, KeyOf(changes[next], mergeKey)))
            {
                next++;
            }
        }

        if (next < changes.Count)
        {
            throw ApplyErrors.BadRequest("The order in patch list doesn't match $setElementOrder list");
        }
    }

    private static JsonArray Ordered(List<JsonNode?> items, JsonNode?[] asked, JsonNode?[] former, string? mergeKey)
    {
        var patched = items.Where(item => IndexOf(asked, item, mergeKey) >= 0).OrderBy(item => IndexOf(asked, item, mergeKey)).ToArray();
        var others = items.Where(item => IndexOf(asked, item, mergeKey) < 0).OrderBy(item => IndexOf(former, item, mergeKey)).ToArray();
        var ordered = new JsonArray();
        var (i, j) = (0, 0);
        while (i < others.Length || j < patched.Length)
        {
            var takesOther = j == patched.Length || (i < others.Length && IsBefore(others[i], patched[j], former, mergeKey));
            ordered.Add((takesOther ? others[i++] : patched[j++])?.DeepClone());
        }

        return ordered;
    }

    /// <summary>An item that is new stands nowhere in the old order, and so before the others.</summary>
    private static bool IsBefore(JsonNode? left, JsonNode? right, JsonNode?[] order, string? mergeKey) =>
        IndexOf(order, left, mergeKey) < IndexOf(order, right, mergeKey);

    private static int IndexOf(JsonNode?[] items, JsonNode? wanted, string? mergeKey) => mergeKey is null
        ? Array.FindIndex(items, item => JsonNode.DeepEquals(item, wanted))
        : Array.FindIndex(items, item => HasKey(item, mergeKey, KeyOf(wanted as JsonObject, mergeKey)));

    private static bool HasKey(JsonNode? item, string mergeKey, JsonNode? key) =>
        item is JsonObject fields && fields.TryGetPropertyValue(mergeKey, out var value) && JsonNode.DeepEquals(value, key);

    private static JsonNode? KeyOf(JsonObject? item, string mergeKey) =>
        item is not null && item.TryGetPropertyValue(mergeKey, out var key)
            ? key
            : throw ApplyErrors.Internal($"an item of the list does not contain its merge key {mergeKey}");

    private static JsonArray Copy(JsonArray items) => (JsonArray)items.DeepClone();
}

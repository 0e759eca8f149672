using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Apply;

/// <summary>
/// Kubernetes' own patch: objects merge, lists merge by key where the type says so, and directives (<c>$patch</c>,
/// <c>$retainKeys</c>, <c>$setElementOrder/…</c>, <c>$deleteFromPrimitiveList/…</c>) say what merging cannot.
/// </summary>
internal static class StrategicMergePatch
{
    internal const string Directive = "$patch";
    private const string RetainKeys = "$retainKeys";
    private const string ElementOrder = "$setElementOrder/";
    private const string DeleteFrom = "$deleteFromPrimitiveList/";

    /// <summary>The patched object; it shares nothing with the target and the patch, which are not changed.</summary>
    /// <param name="target">The object, in the request's version.</param>
    /// <param name="patch">The patch.</param>
    /// <param name="schema">The kind's type; only built-in kinds can be patched this way.</param>
    /// <exception cref="ApiException">400: the patch is not an object, or a directive makes no sense.</exception>
    public static JsonObject Apply(JsonObject target, JsonNode? patch, TypeSchema schema)
    {
        if (patch is not JsonObject changes)
        {
            throw ApplyErrors.BadRequest("error decoding patch: a strategic merge patch is a JSON object");
        }

        return Merge((JsonObject)target.DeepClone(), (JsonObject)changes.DeepClone(), schema);
    }

    /// <summary>Merges into <paramref name="original"/>; what is taken from the patch leaves it.</summary>
    internal static JsonObject Merge(JsonObject original, JsonObject patch, TypeSchema type)
    {
        if (patch.Remove(Directive, out var directive))
        {
            return TextOf(directive) switch
            {
                "replace" => (JsonObject)Detached(patch)!,
                "delete" => [],
                var other => throw ApplyErrors.Internal($"unknown patch type: {other} in the patch"),
            };
        }

        ApplyRetainKeys(original, patch);
        ApplyElementOrders(original, patch, type);
        foreach (var (key, value) in patch.ToArray())
        {
            var isDeletion = key.StartsWith(DeleteFrom, StringComparison.Ordinal);
            var name = isDeletion ? key[DeleteFrom.Length..] : key;
            if (value is null)
            {
                original.Remove(name);
            }
            else if (isDeletion)
            {
                if (original[name] is JsonArray list && value is JsonArray deleted)
                {
                    StrategicListMerge.RemoveValues(list, deleted);
                }
            }
            else
            {
                MergeMember(original, name, value, type.Child(name) ?? TypeSchema.Untyped);
            }
        }

        return original;
    }

    /// <summary>A value of the patch that is taken as it is: without nulls, and without what only makes sense against an original.</summary>
    /// <returns>Absent if the value is nothing but a directive.</returns>
    internal static Slot Taken(JsonNode? value)
    {
        switch (value)
        {
            case JsonObject fields when fields.ContainsKey(Directive):
                return Slot.Absent;
            case JsonObject fields:
                var cleaned = new JsonObject();
                foreach (var (name, member) in fields)
                {
                    if (member is not null && Taken(member) is { Exists: true } kept)
                    {
                        cleaned[name] = kept.Node;
                    }
                }

                return Slot.Of(cleaned);
            case JsonArray items:
                var list = new JsonArray();
                foreach (var item in items)
                {
                    if (Taken(item) is { Exists: true } kept)
                    {
                        list.Add(kept.Node);
                    }
                }

                return Slot.Of(list);
            default:
                return Slot.Of(value?.DeepClone());
        }
    }

    internal static string TextOf(JsonNode? value) =>
        value is JsonValue scalar && scalar.TryGetValue(out string? text) ? text : KubernetesJson.ToText(value);

    private static void MergeMember(JsonObject original, string name, JsonNode value, TypeSchema type)
    {
        switch (original[name], value)
        {
            case (JsonObject fields, JsonObject changes) when !type.PatchReplaces:
                var merged = Merge(fields, changes, type);
                if (!ReferenceEquals(merged, fields))
                {
                    original[name] = merged;
                }

                break;
            case (JsonArray items, JsonArray changes) when type.PatchMerges:
                original[name] = StrategicListMerge.Merge(items, changes, order: null, type);
                break;
            case (JsonObject, JsonObject) or (JsonArray, JsonArray):
                original[name] = Detached(value);
                break;
            default:
                var taken = Taken(value);
                if (taken.Exists)
                {
                    original[name] = taken.Node;
                }
                else
                {
                    original.Remove(name);
                }

                break;
        }
    }

    /// <summary>The only keys that stay; the patch may name no others.</summary>
    private static void ApplyRetainKeys(JsonObject original, JsonObject patch)
    {
        if (!patch.Remove(RetainKeys, out var directive))
        {
            return;
        }

        var retained = (directive as JsonArray ?? throw ApplyErrors.BadRequest("invalid patch format of retainKeys"))
            .Select(TextOf).ToHashSet(StringComparer.Ordinal);
        var isForeign = patch.Any(member => member.Value is not null
            && !member.Key.StartsWith(DeleteFrom, StringComparison.Ordinal)
            && !member.Key.StartsWith(ElementOrder, StringComparison.Ordinal)
            && !retained.Contains(member.Key));
        if (isForeign)
        {
            throw ApplyErrors.BadRequest("invalid patch format of retainKeys");
        }

        foreach (var name in original.Select(static member => member.Key).Where(name => !retained.Contains(name)).ToArray())
        {
            original.Remove(name);
        }
    }

    private static void ApplyElementOrders(JsonObject original, JsonObject patch, TypeSchema type)
    {
        foreach (var (key, value) in patch.ToArray())
        {
            if (!key.StartsWith(ElementOrder, StringComparison.Ordinal))
            {
                continue;
            }

            patch.Remove(key);
            var name = key[ElementOrder.Length..];
            var order = value as JsonArray ?? throw ApplyErrors.BadRequest($"invalid patch format of {key}");
            patch.Remove(name, out var changes);
            var listType = type.Child(name) ?? TypeSchema.Untyped;
            var list = (original[name], changes) switch
            {
                (JsonArray items, JsonArray items2) => StrategicListMerge.Merge(items, items2, order, listType),
                (JsonArray items, null) => StrategicListMerge.Reorder(items, order, listType),
                (null, JsonArray added) => StrategicListMerge.Reorder((JsonArray)Taken(added).Node!, order, listType),
                (null, null) => null,
                _ => throw ApplyErrors.BadRequest($"{name} is not a list"),
            };
            if (list is not null)
            {
                original[name] = list;
            }
        }
    }

    private static JsonNode? Detached(JsonNode? value) => value?.DeepClone();
}

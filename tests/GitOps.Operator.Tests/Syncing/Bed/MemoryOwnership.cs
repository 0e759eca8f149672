using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;

namespace GitOps.Operator.Tests.Syncing.Bed;

/// <summary>
/// Who owns what, as far as the operator looks at it: every list is one value, but for finalizers. No schema, no versions; the
/// real rules have tests of their own, against recorded answers.
/// </summary>
internal static class MemoryOwnership
{
    private static readonly string[] Unowned =
    [
        "name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "managedFields",
    ];

    /// <summary>What is stored when a manager applies this over that.</summary>
    public static JsonObject Apply(JsonObject? live, JsonObject desired, string manager, string time)
    {
        var wanted = Leaves(desired);
        var merged = live is null ? new JsonObject() : (JsonObject)live.DeepClone();
        var others = FieldSet.Empty;
        foreach (var entry in Entries(live).Where(entry => !IsOf(entry, manager, ManagedFieldsEntry.Apply)))
        {
            others = others.Union(FieldSet.Parse((JsonObject)entry["fieldsV1"]!));
        }

        if (Entries(live).FirstOrDefault(entry => IsOf(entry, manager, ManagedFieldsEntry.Apply)) is { } before)
        {
            foreach (var path in FieldSet.Parse((JsonObject)before["fieldsV1"]!).Except(wanted).Except(others).Paths())
            {
                Remove(merged, path);
            }
        }

        Merge(merged, desired);
        return Owned(live, merged, manager, ManagedFieldsEntry.Apply, wanted, time);
    }

    /// <summary>What is stored when a manager writes an object in any other way.</summary>
    public static JsonObject Update(JsonObject? live, JsonObject written, string manager, string time)
    {
        var changed = Leaves(written).Paths().Where(path =>
            live is null || !path.TryGet(live, out var before) || !path.TryGet(written, out var after) || !JsonNode.DeepEquals(before, after));
        var mine = FieldSet.Of(changed);
        if (Entries(live).FirstOrDefault(entry => IsOf(entry, manager, ManagedFieldsEntry.Update)) is { } former)
        {
            mine = mine.Union(FieldSet.Parse((JsonObject)former["fieldsV1"]!).Intersect(Leaves(written)));
        }

        return Owned(live, written, manager, ManagedFieldsEntry.Update, mine, time);
    }

    private static JsonObject Owned(JsonObject? live, JsonObject stored, string manager, string operation, FieldSet mine, string time)
    {
        var entries = new JsonArray();
        foreach (var entry in Entries(live).Where(entry => !IsOf(entry, manager, operation)))
        {
            // Whoever's value was changed does not own the field any more; where both say the same, both do.
            var kept = FieldSet.Of(FieldSet.Parse((JsonObject)entry["fieldsV1"]!).Paths().Where(path =>
                path.TryGet(stored, out var after) && path.TryGet(live, out var before) && JsonNode.DeepEquals(before, after)));
            if (!kept.IsEmpty)
            {
                var copy = (JsonObject)entry.DeepClone();
                copy["fieldsV1"] = kept.ToJson();
                entries.Add(copy);
            }
        }

        if (!mine.IsEmpty)
        {
            var former = Entries(live).FirstOrDefault(entry => IsOf(entry, manager, operation));
            var isSame = former is not null && FieldSet.Parse((JsonObject)former["fieldsV1"]!).Equals(mine);
            entries.Add(new JsonObject
            {
                ["manager"] = manager,
                ["operation"] = operation,
                ["apiVersion"] = stored["apiVersion"]?.DeepClone(),
                ["time"] = isSame ? former!["time"]!.DeepClone() : time,
                ["fieldsType"] = "FieldsV1",
                ["fieldsV1"] = mine.ToJson(),
            });
        }

        ((JsonObject)stored["metadata"]!)["managedFields"] = entries;
        return stored;
    }

    private static IEnumerable<JsonObject> Entries(JsonObject? live) =>
        live?["metadata"]?["managedFields"] is JsonArray entries ? entries.OfType<JsonObject>() : [];

    private static bool IsOf(JsonObject entry, string manager, string operation) =>
        KubernetesObject.GetString(entry, "manager") == manager && KubernetesObject.GetString(entry, "operation") == operation;

    private static FieldSet Leaves(JsonObject desired)
    {
        var paths = new List<FieldPath>();
        foreach (var (name, value) in desired.Where(static field => field.Key is not ("apiVersion" or "kind" or "status")))
        {
            if (name != "metadata")
            {
                Collect(value, FieldPath.Root.Append(PathElement.Field(name)), paths);
                continue;
            }

            foreach (var (field, content) in ((JsonObject)value!).Where(static field => !Unowned.Contains(field.Key, StringComparer.Ordinal)))
            {
                var path = FieldPath.Root.Append(PathElement.Field(name)).Append(PathElement.Field(field));
                if (field == "finalizers" && content is JsonArray finalizers)
                {
                    paths.AddRange(finalizers.Select(item => path.Append(PathElement.Value(item))));
                }
                else
                {
                    Collect(content, path, paths);
                }
            }
        }

        return FieldSet.Of(paths);
    }

    private static void Collect(JsonNode? value, FieldPath path, List<FieldPath> paths)
    {
        if (value is not JsonObject { Count: > 0 } fields)
        {
            paths.Add(path);
            return;
        }

        foreach (var (name, child) in fields)
        {
            Collect(child, path.Append(PathElement.Field(name)), paths);
        }
    }

    private static void Merge(JsonObject target, JsonObject desired)
    {
        foreach (var (name, value) in desired)
        {
            if (value is JsonObject child && target[name] is JsonObject known)
            {
                Merge(known, child);
            }
            else if (name == "finalizers" && value is JsonArray wanted && target[name] is JsonArray present)
            {
                foreach (var item in wanted.Where(item => !present.Any(there => JsonNode.DeepEquals(there, item))).ToList())
                {
                    present.Add(item!.DeepClone());
                }
            }
            else if (value is not null)
            {
                target[name] = value.DeepClone();
            }
        }
    }

    private static void Remove(JsonObject root, FieldPath path)
    {
        var elements = path.Elements;
        JsonNode? node = root;
        for (var i = 0; i < elements.Length - 1; i++)
        {
            if (!elements[i].TryStep(node, out node))
            {
                return;
            }
        }

        switch (node)
        {
            case JsonObject fields:
                fields.Remove(elements[^1].Content);
                break;
            case JsonArray items when elements[^1].TryStep(items, out var item):
                items.Remove(item);
                break;
            default:
                break;
        }

        if (elements.Length > 1 && node is JsonObject { Count: 0 } or JsonArray { Count: 0 })
        {
            Remove(root, new(elements[..^1]));
        }
    }
}

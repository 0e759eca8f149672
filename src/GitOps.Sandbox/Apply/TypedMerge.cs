using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Apply;

/// <summary>Lays a partial object over a whole one, by type. Neither is changed; the result shares nothing with them.</summary>
internal static class TypedMerge
{
    public static JsonObject Merge(JsonObject live, JsonObject applied, TypeSchema type) => Fields(live, applied, type) ?? [];

    /// <returns>Absent where nothing remains.</returns>
    private static Slot Merge(Slot live, Slot applied, TypeSchema type)
    {
        if (!applied.Exists)
        {
            return Slot.Of(live.Node?.DeepClone());
        }

        var shape = TypedValues.ShapeOf(type, applied.IsNull && live.Exists ? live.Node : applied.Node);
        switch (shape)
        {
            case SchemaShape.Object:
                var (left, right) = (live.Node as JsonObject, applied.Node as JsonObject);
                return type.IsAtomic || (left is null or { Count: 0 } && right is null or { Count: 0 })
                    ? Slot.Of(applied.Node?.DeepClone())
                    : Fields(left, right, type) is { } fields ? Slot.Of(fields) : Slot.Absent;
            case SchemaShape.List:
                var (first, second) = (live.Node as JsonArray, applied.Node as JsonArray);
                return !TypedValues.IsAssociative(type) || (first is null or { Count: 0 } && second is null or { Count: 0 })
                    ? Slot.Of(applied.Node?.DeepClone())
                    : Items(first, second, type) is { } items ? Slot.Of(items) : Slot.Absent;
            default:
                return Slot.Of(applied.Node?.DeepClone());
        }
    }

    private static JsonObject? Fields(JsonObject? live, JsonObject? applied, TypeSchema type)
    {
        var merged = new JsonObject();
        foreach (var (name, value) in live ?? [])
        {
            var result = Merge(Slot.Of(value), Slot.Member(applied, name), TypedValues.ChildType(type, name));
            if (result.Exists)
            {
                merged[name] = result.Node;
            }
        }

        foreach (var (name, value) in applied ?? [])
        {
            if (live is null || !live.ContainsKey(name))
            {
                var result = Merge(Slot.Absent, Slot.Of(value), TypedValues.ChildType(type, name));
                if (result.Exists)
                {
                    merged[name] = result.Node;
                }
            }
        }

        return merged.Count == 0 ? null : merged;
    }

    /// <summary>
    /// The items of both: those that both hold in the order of what is applied, the others where they stood between them.
    /// </summary>
    private static JsonArray? Items(JsonArray? live, JsonArray? applied, TypeSchema type)
    {
        var left = new NamedItems(live, type);
        var right = new NamedItems(applied, type);
        var shared = new Queue<PathElement>(right.Names.Where(left.Contains));
        var taken = new HashSet<PathElement>();
        var merged = new JsonArray();
        var (i, j) = (0, 0);
        while (i < left.Names.Count || j < right.Names.Count)
        {
            if (i < left.Names.Count && j < right.Names.Count)
            {
                if (left.Names[i] == right.Names[j])
                {
                    Take(right.Names[j]);
                    i++;
                    j++;
                    shared.TryDequeue(out _);
                    continue;
                }

                if (right.Contains(left.Names[i]) && shared.TryPeek(out var next) && next != left.Names[i])
                {
                    // Shared, but its turn comes later.
                    i++;
                    continue;
                }
            }

            if (i < left.Names.Count)
            {
                if (!right.Contains(left.Names[i]))
                {
                    merged.Add(left.ItemAt(i)?.DeepClone());
                    i++;
                    continue;
                }

                if (taken.Contains(left.Names[i]))
                {
                    i++;
                }
            }

            if (j < right.Names.Count)
            {
                Take(right.Names[j]);
                if (shared.TryPeek(out var awaited) && awaited == right.Names[j])
                {
                    shared.Dequeue();
                }

                j++;
            }
        }

        return merged.Count == 0 ? null : merged;

        void Take(PathElement name)
        {
            taken.Add(name);
            var result = Merge(left.Single(name), right.Single(name), TypedValues.ItemType(type));
            if (result.Exists)
            {
                merged.Add(result.Node);
            }
        }
    }

    /// <summary>A list's items by name.</summary>
    private sealed class NamedItems
    {
        private readonly List<JsonNode?> _items = [];
        private readonly Dictionary<PathElement, Slot> _single = [];

        public NamedItems(JsonArray? items, TypeSchema type)
        {
            foreach (var item in items ?? [])
            {
                if (TypedValues.TryNameItem(type, item, out var name, out _))
                {
                    Names.Add(name);
                    _items.Add(item);

                    // Items of the same name are not merged with what is applied.
                    _single[name] = _single.ContainsKey(name) ? Slot.Of(null) : Slot.Of(item);
                }
            }
        }

        public List<PathElement> Names { get; } = [];

        public bool Contains(PathElement name) => _single.ContainsKey(name);

        public Slot Single(PathElement name) => _single.GetValueOrDefault(name);

        public JsonNode? ItemAt(int index) => _items[index];
    }
}

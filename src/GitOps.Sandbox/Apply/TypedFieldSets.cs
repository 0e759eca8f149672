using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Apply;

/// <summary>Which fields a value mentions, by its type.</summary>
internal static class TypedFieldSets
{
    /// <summary>Every leaf, every key of a map, every item of an associative list; structs and list fields themselves are not.</summary>
    public static FieldSet Of(JsonObject value, TypeSchema type) => Walk(value, type).Children;

    /// <summary>The set with each declared field that leads to a member made a member itself.</summary>
    public static FieldSet WithDeclaredFields(FieldSet set, TypeSchema type)
    {
        if (set.IsEmpty)
        {
            return set;
        }

        var entries = new List<(PathElement, bool, FieldSet)>();
        foreach (var (element, isMember, children) in set.Entries)
        {
            var isField = element.Kind == PathElementKind.Field;
            var below = isField ? type.Child(element.Content) : type.Item;
            var isDeclared = isField && !children.IsEmpty && type.Properties.ContainsKey(element.Content);
            entries.Add((element, isMember || isDeclared, WithDeclaredFields(children, below ?? TypeSchema.Untyped)));
        }

        return FieldSet.FromEntries(entries);
    }

    private static (bool IsMember, FieldSet Children) Walk(JsonNode? value, TypeSchema type)
    {
        switch (TypedValues.ShapeOf(type, value))
        {
            case SchemaShape.Object when !type.IsAtomic:
                return (false, value is JsonObject fields ? OfFields(fields, type) : FieldSet.Empty);
            case SchemaShape.List when TypedValues.IsAssociative(type):
                return (false, value is JsonArray items ? OfItems(items, type) : FieldSet.Empty);
            default:
                return (true, FieldSet.Empty);
        }
    }

    private static FieldSet OfFields(JsonObject fields, TypeSchema type)
    {
        var entries = new List<(PathElement, bool, FieldSet)>(fields.Count);
        foreach (var (name, value) in fields)
        {
            var isDeclared = type.Properties.TryGetValue(name, out var property);
            var (isMember, children) = Walk(value, property?.Type ?? type.Additional ?? TypeSchema.Untyped);
            isMember |= !isDeclared || value is null or JsonObject { Count: 0 };
            entries.Add((property?.Element ?? PathElement.Field(name), isMember, children));
        }

        return FieldSet.FromEntries(entries);
    }

    private static FieldSet OfItems(JsonArray items, TypeSchema type)
    {
        var entries = new List<(PathElement Element, bool IsMember, FieldSet Children)>(items.Count);
        var seen = new Dictionary<PathElement, int>(items.Count);
        foreach (var item in items)
        {
            if (!TypedValues.TryNameItem(type, item, out var element, out _))
            {
                continue;
            }

            if (seen.TryGetValue(element, out var first))
            {
                // Of an item that stands there twice only its name is owned.
                entries[first] = (element, true, FieldSet.Empty);
                continue;
            }

            seen[element] = entries.Count;
            entries.Add((element, true, Walk(item, TypedValues.ItemType(type)).Children));
        }

        return FieldSet.FromEntries(entries);
    }
}

using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Apply;

/// <summary>Takes the members of a field set out of a value, by type. What is atomic goes or stays as a whole.</summary>
internal static class TypedRemoval
{
    public static JsonObject Without(JsonObject value, FieldSet removed, TypeSchema type) =>
        removed.IsEmpty ? value : Fields(value, removed, type) as JsonObject ?? [];

    /// <returns>Null where nothing remains of a value that had something in it.</returns>
    private static JsonNode? Remove(JsonNode? value, FieldSet removed, TypeSchema type) =>
        TypedValues.ShapeOf(type, value) switch
        {
            SchemaShape.Object => type.IsAtomic ? null : Fields(value as JsonObject, removed, type),
            SchemaShape.List => TypedValues.IsAssociative(type) ? Items(value as JsonArray, removed, type) : null,
            _ => value?.DeepClone(),
        };

    private static JsonObject? Fields(JsonObject? fields, FieldSet removed, TypeSchema type)
    {
        var kept = new JsonObject();
        foreach (var (name, value) in fields ?? [])
        {
            var (isRemoved, below) = removed.Below(TypedValues.Step(type, name));
            if (!isRemoved)
            {
                kept[name] = below.IsEmpty ? value?.DeepClone() : Remove(value, below, TypedValues.ChildType(type, name));
            }
        }

        return kept.Count == 0 ? null : kept;
    }

    private static JsonArray? Items(JsonArray? items, FieldSet removed, TypeSchema type)
    {
        var kept = new JsonArray();
        foreach (var item in items ?? [])
        {
            var isNamed = TypedValues.TryNameItem(type, item, out var name, out _);
            var (isRemoved, below) = isNamed ? removed.Below(name) : (false, FieldSet.Empty);
            if (!isRemoved)
            {
                kept.Add(below.IsEmpty ? item?.DeepClone() : Remove(item, below, TypedValues.ItemType(type)));
            }
        }

        return kept.Count == 0 ? null : kept;
    }
}

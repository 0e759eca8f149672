using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Apply;

/// <summary>A value that may be absent, which is not the same as a JSON null.</summary>
internal readonly record struct Slot(bool Exists, JsonNode? Node)
{
    public static readonly Slot Absent;

    public bool IsNull => Exists && Node is null;

    public static Slot Of(JsonNode? node) => new(true, node);

    public static Slot Member(JsonObject? fields, string name) =>
        fields is not null && fields.TryGetPropertyValue(name, out var node) ? new(true, node) : Absent;
}

/// <summary>What a value is treated as: its declared shape, or the shape it has where none is declared.</summary>
internal static class TypedValues
{
    /// <summary>The shape under which the value is handled; an untyped null counts as an empty object.</summary>
    public static SchemaShape ShapeOf(TypeSchema type, JsonNode? value) => type.Shape != SchemaShape.Any
        ? type.Shape
        : value switch
        {
            null or JsonObject => SchemaShape.Object,
            JsonArray => SchemaShape.List,
            _ => SchemaShape.Scalar,
        };

    /// <summary>Whether the items of the list are merged one by one.</summary>
    public static bool IsAssociative(TypeSchema type) => type is { Shape: SchemaShape.List, ListKind: not ListKind.Atomic };

    /// <summary>The type of a member; where the schema has none, the member is untyped.</summary>
    public static TypeSchema ChildType(TypeSchema type, string name) => type.Child(name) ?? TypeSchema.Untyped;

    public static TypeSchema ItemType(TypeSchema type) => type.Item ?? TypeSchema.Untyped;

    public static PathElement Step(TypeSchema type, string name) =>
        type.Properties.TryGetValue(name, out var property) ? property.Element : PathElement.Field(name);

    /// <summary>How an item of an associative list is named.</summary>
    /// <param name="type">The list's type.</param>
    /// <param name="item">The item.</param>
    /// <param name="element">Its name.</param>
    /// <param name="problem">What is wrong with an item that has no name.</param>
    public static bool TryNameItem(TypeSchema type, JsonNode? item, out PathElement element, out string problem)
    {
        problem = string.Empty;
        element = default;
        if (type.ListKind == ListKind.Set)
        {
            problem = item switch
            {
                null => "associative list without keys has an element that's an explicit null",
                JsonObject => "associative list without keys has an element that's a map type",
                JsonArray => "not supported: associative list with lists as elements",
                _ => string.Empty,
            };
            if (problem.Length == 0)
            {
                element = PathElement.Value(item);
            }

            return problem.Length == 0;
        }

        if (item is not JsonObject fields)
        {
            problem = item is null
                ? "associative list with keys may not have a null element"
                : "associative list with keys may not have non-map elements";
            return false;
        }

        return TryNameByKeys(type, fields, out element, out problem);
    }

    /// <summary>As the server's Go code writes a value into a message.</summary>
    public static string Describe(JsonNode? value) => value switch
    {
        null => "null",
        JsonValue scalar when scalar.GetValueKind() == JsonValueKind.String => $"\"{scalar.GetValue<string>()}\"",
        _ => Kubernetes.Objects.KubernetesJson.ToText(value),
    };

    private static bool TryNameByKeys(TypeSchema type, JsonObject fields, out PathElement element, out string problem)
    {
        problem = string.Empty;
        element = default;
        if (type.ListKeys.Length == 1)
        {
            if (KeyValue(type, fields, type.ListKeys[0]) is { Exists: true } only)
            {
                element = PathElement.Key(type.ListKeys[0], only.Node);
                return true;
            }
        }
        else
        {
            var keys = new List<KeyValuePair<string, JsonNode?>>(type.ListKeys.Length);
            foreach (var name in type.ListKeys)
            {
                if (KeyValue(type, fields, name) is { Exists: true } value)
                {
                    keys.Add(new(name, value.Node));
                }
            }

            if (keys.Count > 0)
            {
                element = PathElement.Key(keys);
                return true;
            }
        }

        problem = "associative list with keys has an element that omits all key fields "
            + $"[{string.Join(' ', type.ListKeys.Select(static key => $"\"{key}\""))}] (and doesn't have default values for any key fields)";
        return false;
    }

    private static Slot KeyValue(TypeSchema type, JsonObject fields, string name)
    {
        var given = Slot.Member(fields, name);
        if (given.Exists)
        {
            return given;
        }

        return ItemType(type).Properties.TryGetValue(name, out var property) && property.Type.Default is { } standard
            ? Slot.Of(standard)
            : Slot.Absent;
    }
}

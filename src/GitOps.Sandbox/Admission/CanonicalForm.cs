using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Admission;

/// <summary>
/// What a built-in object looks like once the API server has read it into its structs and written it again: no unknown fields,
/// nulls and empty lists, the fields that are always there, quantities and times in one form. Custom resources are left alone
/// but for their metadata.
/// </summary>
internal static class CanonicalForm
{
    /// <summary>Changes the object in place.</summary>
    public static void Apply(JsonObject json, TypeSchema type)
    {
        if (type.IsBuiltIn)
        {
            Fields(json, type);
        }
        else if (json["metadata"] is JsonObject metadata && type.Child("metadata") is { IsBuiltIn: true } objectMeta)
        {
            Fields(metadata, objectMeta);
        }
    }

    private static void Fields(JsonObject fields, TypeSchema type)
    {
        List<string>? removed = null;
        List<KeyValuePair<string, JsonNode>>? replaced = null;
        foreach (var (name, value) in fields)
        {
            var property = type.Properties.GetValueOrDefault(name);
            var child = property?.Type ?? type.Additional;
            if (child is null)
            {
                (removed ??= []).Add(name);
            }
            else if (value is null)
            {
                // A field that is always written and the values of a map of scalars are zero then; other nulls are as if absent.
                var isKept = property is { Emission: Emission.Always or Emission.NullIfUnset } || (property is null && child.Shape == SchemaShape.Scalar);
                if (!isKept)
                {
                    (removed ??= []).Add(name);
                }
                else if (property is not { Emission: Emission.NullIfUnset } && Zero(child) is { } zero)
                {
                    (replaced ??= []).Add(new(name, zero));
                }
            }
            else if (IsLeftOut(value, child, property))
            {
                (removed ??= []).Add(name);
            }
            else if (child.Shape == SchemaShape.Scalar && Scalar(value, child) is { } canonical)
            {
                (replaced ??= []).Add(new(name, canonical));
            }
        }

        foreach (var name in removed ?? [])
        {
            fields.Remove(name);
        }

        foreach (var (name, value) in replaced ?? [])
        {
            fields[name] = value;
        }

        foreach (var property in type.Always)
        {
            if (!fields.ContainsKey(property.Name))
            {
                fields[property.Name] = property.Emission == Emission.NullIfUnset ? null : Zero(property.Type);
            }
        }
    }

    /// <summary>Whether a value is not written, once it is in canonical form itself.</summary>
    private static bool IsLeftOut(JsonNode value, TypeSchema type, PropertySchema? property)
    {
        switch (value)
        {
            case JsonObject members when type.Shape == SchemaShape.Object:
                Fields(members, type);
                return members.Count == 0 && property is not null && type.Properties.Count == 0;
            case JsonArray items when type.Shape == SchemaShape.List:
                Items(items, type.Item!);

                // An empty list of owners is a request to forget them, which is answered later.
                return items.Count == 0 && property is not null and not { Name: "managedFields" };
            default:
                return property is { Emission: Emission.UnlessZero } && JsonNode.DeepEquals(value, Zero(type));
        }
    }

    private static void Items(JsonArray items, TypeSchema type)
    {
        for (var i = 0; i < items.Count; i++)
        {
            switch (items[i])
            {
                case null when Zero(type) is { } zero:
                    items[i] = zero;
                    break;
                case null when type.Shape == SchemaShape.Object:
                    var empty = new JsonObject();
                    Fields(empty, type);
                    items[i] = empty;
                    break;
                case JsonObject members when type.Shape == SchemaShape.Object:
                    Fields(members, type);
                    break;
                case JsonArray inner when type.Shape == SchemaShape.List:
                    Items(inner, type.Item!);
                    break;
                case JsonValue value when type.Shape == SchemaShape.Scalar && Scalar(value, type) is { } canonical:
                    items[i] = canonical;
                    break;
                default:
                    break;
            }
        }
    }

    /// <returns>Null if the value is canonical already.</returns>
    private static JsonValue? Scalar(JsonNode value, TypeSchema type) => type switch
    {
        { Scalar: ScalarKind.Quantity } => Quantity.Canonical(value),
        { Format: "date-time" } when value is JsonValue text && text.TryGetValue(out string? time) => Time(time, type),
        _ => null,
    };

    private static JsonValue? Time(string text, TypeSchema type)
    {
        var form = type.Name.EndsWith(".MicroTime", StringComparison.Ordinal)
            ? "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'"
            : "yyyy-MM-dd'T'HH:mm:ss'Z'";
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return null;
        }

        var canonical = time.UtcDateTime.ToString(form, CultureInfo.InvariantCulture);
        return canonical == text ? null : JsonValue.Create(canonical);
    }

    private static JsonNode? Zero(TypeSchema type)
    {
        switch (type.Shape)
        {
            case SchemaShape.Object when type.Default is JsonObject:
                var empty = new JsonObject();
                Fields(empty, type);
                return empty;
            case SchemaShape.Scalar:
                return type.Scalar switch
                {
                    ScalarKind.String when type.Format == "date-time" => null,
                    ScalarKind.String => string.Empty,
                    ScalarKind.Boolean => false,
                    ScalarKind.Quantity => "0",
                    _ => 0,
                };
            default:
                return null;
        }
    }
}

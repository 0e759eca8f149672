using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Protobuf;

/// <summary>
/// Makes of an encoded message the JSON that the same client would have sent: the numbers come from <see cref="MessageFields"/>,
/// the types from the kind's schema. Unknown fields are passed over; zeros of fields that JSON leaves out are left out.
/// </summary>
internal static class MessageReader
{
    private const int MaxDepth = 64;
    private const string RawExtension = "io.k8s.apimachinery.pkg.runtime.RawExtension";
    private const string FieldSet = "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1";

    /// <exception cref="FormatException">It is not an encoding of this type.</exception>
    public static JsonObject Read(ReadOnlySpan<byte> message, TypeSchema type) => ReadMessage(message, type, 0);

    private static JsonObject ReadMessage(ReadOnlySpan<byte> message, TypeSchema type, int depth)
    {
        var json = new JsonObject();
        ReadInto(json, message, type, MessageFields.Of(type.Name) ?? FrozenDictionary<int, MessageField>.Empty, depth);
        return json;
    }

    private static void ReadInto(
        JsonObject json, ReadOnlySpan<byte> message, TypeSchema type, FrozenDictionary<int, MessageField> fields, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new FormatException("proto: nested too deeply");
        }

        var reader = new WireReader(message);
        while (!reader.IsAtEnd)
        {
            var (number, wire) = reader.ReadTag();
            if (!fields.TryGetValue(number, out var field))
            {
                reader.Skip(wire);
            }
            else if (field.IsEmbedded)
            {
                ReadInto(json, MessageValues.Bytes(ref reader, wire, field.Name), type, MessageFields.Of(field.Name)!, depth + 1);
            }
            else if (type.Properties.TryGetValue(field.Name, out var property))
            {
                ReadField(json, property, ref reader, wire, depth + 1);
            }
            else
            {
                reader.Skip(wire);
            }
        }
    }

    private static void ReadField(JsonObject json, PropertySchema property, ref WireReader reader, WireType wire, int depth)
    {
        var (name, type) = (property.Name, property.Type);
        if (type.Shape == SchemaShape.List)
        {
            if (json[name] is not JsonArray items)
            {
                json[name] = items = [];
            }

            ReadItem(items, type.Item!, name, ref reader, wire, depth);
        }
        else if (IsMap(type))
        {
            if (json[name] is not JsonObject entries)
            {
                json[name] = entries = [];
            }

            ReadEntry(entries, type.Additional!, MessageValues.Bytes(ref reader, wire, name), depth);
        }
        else if (ReadValue(type, name, ref reader, wire, depth) is { } value && !(property.Emission == Emission.UnlessZero && IsZero(value)))
        {
            json[name] = value;
        }
    }

    private static void ReadItem(JsonArray items, TypeSchema type, string name, ref WireReader reader, WireType wire, int depth)
    {
        if (wire == WireType.Bytes && type.Scalar is ScalarKind.Integer or ScalarKind.Boolean or ScalarKind.Number)
        {
            var packed = new WireReader(reader.ReadBytes());
            while (!packed.IsAtEnd)
            {
                items.Add(ReadValue(type, name, ref packed, type.Scalar == ScalarKind.Number ? WireType.Fixed64 : WireType.Varint, depth));
            }
        }
        else
        {
            items.Add(ReadValue(type, name, ref reader, wire, depth));
        }
    }

    /// <summary>An entry of a map is a message of a key and a value.</summary>
    private static void ReadEntry(JsonObject entries, TypeSchema type, ReadOnlySpan<byte> entry, int depth)
    {
        var key = string.Empty;
        JsonNode? value = null;
        var reader = new WireReader(entry);
        while (!reader.IsAtEnd)
        {
            var (number, wire) = reader.ReadTag();
            switch (number)
            {
                case 1:
                    key = MessageValues.Text(MessageValues.Bytes(ref reader, wire, "key"));
                    break;
                case 2 when type.Shape == SchemaShape.List:
                    value = ReadWrapped(type, MessageValues.Bytes(ref reader, wire, "value"), depth);
                    break;
                case 2:
                    value = ReadValue(type, "value", ref reader, wire, depth);
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }

        entries[key] = value ?? Missing(type);
    }

    /// <summary>A list as the value of a map is a message with a list.</summary>
    private static JsonArray ReadWrapped(TypeSchema type, ReadOnlySpan<byte> message, int depth)
    {
        var items = new JsonArray();
        var reader = new WireReader(message);
        while (!reader.IsAtEnd)
        {
            var (number, wire) = reader.ReadTag();
            if (number == 1)
            {
                ReadItem(items, type.Item!, "items", ref reader, wire, depth);
            }
            else
            {
                reader.Skip(wire);
            }
        }

        return items;
    }

    /// <returns>Null: a time that is not set.</returns>
    private static JsonNode? ReadValue(TypeSchema type, string name, ref WireReader reader, WireType wire, int depth)
    {
        switch (type.Scalar)
        {
            case ScalarKind.Integer when type.Shape == SchemaShape.Scalar:
                return (long)MessageValues.Varint(ref reader, wire, name);
            case ScalarKind.Boolean:
                return MessageValues.Varint(ref reader, wire, name) != 0;
            case ScalarKind.Number:
                return wire == WireType.Fixed64 ? reader.ReadDouble() : throw MessageValues.WrongType(wire, name);
            default:
                break;
        }

        var bytes = MessageValues.Bytes(ref reader, wire, name);
        return type switch
        {
            { Scalar: ScalarKind.IntOrString, Shape: SchemaShape.Scalar } => MessageValues.IntOrString(bytes),
            { Scalar: ScalarKind.Quantity, Shape: SchemaShape.Scalar } => MessageValues.Text(MessageValues.Inner(bytes)),
            { Shape: SchemaShape.Scalar, Format: "date-time" } => MessageValues.Time(bytes, type.Name.EndsWith(".MicroTime", StringComparison.Ordinal)),
            { Shape: SchemaShape.Scalar, Format: "byte" } => Convert.ToBase64String(bytes),
            { Shape: SchemaShape.Scalar } => MessageValues.Text(bytes),
            { Name: RawExtension or FieldSet } => MessageValues.Raw(MessageValues.Inner(bytes)),
            _ => ReadMessage(bytes, type, depth),
        };
    }

    private static JsonNode? Missing(TypeSchema type) => type switch
    {
        { Shape: SchemaShape.Scalar, Scalar: ScalarKind.String or ScalarKind.Any } => string.Empty,
        { Shape: SchemaShape.List } => new JsonArray(),
        _ => null,
    };

    private static bool IsMap(TypeSchema type) => type.Shape == SchemaShape.Object && type.Properties.Count == 0 && type.Additional is not null;

    private static bool IsZero(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.String => value.GetValue<string>().Length == 0,
        JsonValueKind.Number => value.GetValue<long>() == 0,
        JsonValueKind.False => true,
        _ => false,
    };
}

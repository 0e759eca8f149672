using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Cel.Values;

/// <summary>JSON whose schema is known, as values of the types the schema declares.</summary>
internal static class CelTypedJson
{
    /// <param name="node">The JSON; it must not change while it is used.</param>
    /// <param name="schema">Its schema.</param>
    /// <param name="isResource">Whether it is a resource, or an embedded one.</param>
    public static CelValue Of(JsonNode? node, TypeSchema schema, bool isResource)
    {
        if (node is null)
        {
            return schema.IsNullable ? CelNull.Instance : new CelError("invalid data, got null for schema with nullable=false");
        }

        return schema.Shape switch
        {
            SchemaShape.Object when node is JsonObject fields && CelSchemaTypes.MapValue(schema) is { } value => new CelTypedMap(fields, value),
            SchemaShape.Object when node is JsonObject fields => new CelTypedObject(fields, schema, isResource),
            SchemaShape.Object => new CelError("invalid data, expected a map for the provided schema with type=object"),
            SchemaShape.List when node is JsonArray items => new CelTypedList(items, schema),
            SchemaShape.List => new CelError("invalid data, expected an array for the provided schema with type=array"),
            SchemaShape.Scalar => Scalar(node, schema),
            _ => CelJson.Of(node),
        };
    }

    private static CelValue Scalar(JsonNode node, TypeSchema schema)
    {
        var kind = node.GetValueKind();
        switch (schema.Scalar)
        {
            case ScalarKind.String when kind == JsonValueKind.String:
                return Text(node.GetValue<string>(), schema.Format);
            case ScalarKind.Number when kind == JsonValueKind.Number:
                return CelJson.Scalar(node) is CelInt integer ? new CelDouble(integer.Value) : CelJson.Scalar(node);
            case ScalarKind.Integer when kind == JsonValueKind.Number:
                return CelJson.Scalar(node) switch
                {
                    CelDouble { Value: var number } when number == Math.Floor(number) && Math.Abs(number) < long.MaxValue => CelInt.Of((long)number),
                    CelDouble => new CelError("invalid data, expected int, got float64"),
                    var value => value,
                };
            case ScalarKind.Boolean when kind is JsonValueKind.True or JsonValueKind.False:
                return CelJson.Scalar(node);
            case ScalarKind.IntOrString when kind is JsonValueKind.String or JsonValueKind.Number:
                return CelJson.Scalar(node);
            default:
                return new CelError("invalid data, it is not of the type that its schema declares");
        }
    }

    private static CelValue Text(string text, string format) => format switch
    {
        "duration" => CelTimeText.Duration(text) ?? (CelValue)new CelError($"Invalid duration {text}"),
        "date" => CelTimeText.Date(text) ?? new CelError($"Invalid date formatted string {text}"),
        "date-time" => CelTimeText.Timestamp(text) ?? new CelError($"Invalid date-time formatted string {text}"),
        "byte" => Bytes(text),
        _ => CelString.Of(text),
    };

    private static CelValue Bytes(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length)
            ? new CelBytes(bytes[..length])
            : new CelError($"Invalid byte formatted string {text}");
    }
}

/// <summary>An object with declared fields; those that are not declared count only when objects are compared.</summary>
internal sealed class CelTypedObject(JsonObject fields, TypeSchema schema, bool isResource) : CelMap
{
    public override int Count => fields.Count;

    public override IEnumerable<CelValue> Keys => fields
        .Where(entry => CelSchemaTypes.Field(schema, entry.Key, isResource) is not null)
        .Select(static entry => CelString.Of(CelNames.Escape(entry.Key) ?? entry.Key));

    public override CelValue? Find(CelValue key) => key is CelString name ? Find(name.Value) : null;

    public override CelValue? Find(string key)
    {
        var name = CelNames.Unescape(key);
        return fields[name] is { } value && CelSchemaTypes.Field(schema, name, isResource) is { } type
            ? CelTypedJson.Of(value, type, type.IsEmbeddedResource)
            : null;
    }

    public override bool Same(CelValue other)
    {
        if (other is not CelTypedObject record)
        {
            return base.Same(other);
        }

        return record.Raw.Count == fields.Count && fields.All(entry =>
            CelSchemaTypes.Field(schema, entry.Key, isResource) is null
                ? !record.Raw.TryGetPropertyValue(entry.Key, out var unknown) || JsonNode.DeepEquals(entry.Value, unknown)
                : Equals(entry.Key, record));
    }

    public override JsonNode ToJson() => fields.DeepClone();

    private JsonObject Raw => fields;

    private bool Equals(string name, CelTypedObject other)
    {
        var key = CelNames.Escape(name) ?? name;
        var (mine, theirs) = (Find(key), other.Find(key));
        return mine is null ? theirs is null : theirs is not null && mine.Same(theirs);
    }
}

/// <summary>A map from texts to values of one schema.</summary>
internal sealed class CelTypedMap(JsonObject fields, TypeSchema value) : CelMap
{
    public override int Count => fields.Count;

    public override IEnumerable<CelValue> Keys => fields.Select(static entry => CelString.Of(entry.Key));

    public override CelValue? Find(CelValue key) => key is CelString name ? Find(name.Value) : null;

    public override CelValue? Find(string key) =>
        fields.TryGetPropertyValue(key, out var found) ? CelTypedJson.Of(found, value, value.IsEmbeddedResource) : null;

    public override JsonNode ToJson() => fields.DeepClone();
}

using System.Text.Json.Nodes;

namespace GitOps.Operator.Health.Tables;

/// <summary>A path of plain field names: <c>status.phase</c>, <c>metadata.labels[example.org/state]</c>.</summary>
internal sealed class FieldName
{
    private readonly string _text;
    private readonly string[] _names;

    private FieldName(string text)
    {
        _text = text;
        var bracket = text.IndexOf('[', StringComparison.Ordinal);
        _names = bracket < 0 ? text.Split('.') : [.. text[..bracket].Split('.'), text[(bracket + 1)..^1]];
    }

    /// <summary>Its last part, for messages.</summary>
    public string Last => _names[^1];

    public static implicit operator FieldName(string text) => new(text);

    public JsonNode? Read(JsonObject at)
    {
        JsonNode? node = at;
        foreach (var name in _names)
        {
            if (node is not JsonObject fields || !fields.TryGetPropertyValue(name, out node))
            {
                return null;
            }
        }

        return node;
    }

    /// <summary>The scalar at the path as text; null where there is none.</summary>
    public string? ReadText(JsonObject at) => Read(at) is JsonValue value
        ? value.TryGetValue(out string? text) ? text : value.ToJsonString()
        : null;

    public override string ToString() => _text;
}

using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Apply;

/// <summary>A body read from JSON.</summary>
/// <param name="Value">Its value; of a field that stands there twice, the last one.</param>
/// <param name="Duplicates">The paths of such fields: <c>spec.replicas</c>, <c>spec.list[0].name</c>.</param>
internal sealed record JsonBody(JsonNode? Value, IReadOnlyList<string> Duplicates)
{
    /// <summary>Reads one JSON value.</summary>
    /// <exception cref="JsonException">It is not JSON, or too deep.</exception>
    public static JsonBody Read(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = KubernetesJson.MaxDepth });
        reader.Read();
        var duplicates = new List<string>();
        var value = ReadValue(ref reader, string.Empty, duplicates);
        return reader.Read() ? throw new JsonException("there is more than one value") : new(value, duplicates);
    }

    private static JsonNode? ReadValue(ref Utf8JsonReader reader, string path, List<string> duplicates)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var fields = new JsonObject();
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var name = reader.GetString()!;
                    var below = path.Length == 0 ? name : $"{path}.{name}";
                    reader.Read();
                    if (fields.ContainsKey(name))
                    {
                        duplicates.Add(below);
                    }

                    fields[name] = ReadValue(ref reader, below, duplicates);
                }

                return fields;
            case JsonTokenType.StartArray:
                var items = new JsonArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(ReadValue(ref reader, $"{path}[{items.Count}]", duplicates));
                }

                return items;
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.String:
                return JsonValue.Create(reader.GetString());
            case JsonTokenType.True or JsonTokenType.False:
                return JsonValue.Create(reader.GetBoolean());
            default:
                // A number keeps its text.
                using (var document = JsonDocument.ParseValue(ref reader))
                {
                    return JsonValue.Create(document.RootElement.Clone());
                }
        }
    }
}

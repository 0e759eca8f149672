using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Storage;

/// <summary>An object's labels, as small as they can be: most objects have fewer than ten.</summary>
internal sealed class LabelSet
{
    public static readonly LabelSet Empty = new([]);

    private readonly KeyValuePair<string, string>[] _labels;

    private LabelSet(KeyValuePair<string, string>[] labels) => _labels = labels;

    public static LabelSet Of(JsonObject? labels) =>
        labels is null or { Count: 0 }
            ? Empty
            : new([.. labels.Select(static label => KeyValuePair.Create(label.Key, Text(label.Value)))]);

    /// <returns>Null where there is no such label.</returns>
    public string? Find(string name)
    {
        foreach (var (key, value) in _labels)
        {
            if (string.Equals(key, name, StringComparison.Ordinal))
            {
                return value;
            }
        }

        return null;
    }

    private static string Text(JsonNode? value) =>
        value is JsonValue scalar && scalar.TryGetValue(out string? text) ? text : string.Empty;
}

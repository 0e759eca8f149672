using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GitOps.Kubernetes.Objects.Fields;

public enum PathElementKind
{
    /// <summary>A field of a struct or a key of a map: <c>f:</c>.</summary>
    Field,

    /// <summary>An item of a list-map, by the values of its keys: <c>k:</c>.</summary>
    Key,

    /// <summary>An item of a set, by its value: <c>v:</c>.</summary>
    Value,

    /// <summary>An item of a list by position: <c>i:</c>.</summary>
    Index,
}

/// <summary>
/// One step of a field path, as <c>fieldsV1</c> of managedFields writes it (structured-merge-diff's serialisation):
/// <c>f:name</c>, <c>k:{"name":"main"}</c>, <c>v:"text"</c>, <c>i:0</c>. Equality is of that text, whose keys are sorted.
/// </summary>
public readonly record struct PathElement : IComparable<PathElement>
{
    /// <summary>What JSON writes as it is.</summary>
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_./:,;()[]{}*@=+#!?$%");

    private PathElement(string text) => Text = text;

    /// <summary>The serialised form, prefix included.</summary>
    public string Text { get; }

    public PathElementKind Kind => Text[0] switch
    {
        'f' => PathElementKind.Field,
        'k' => PathElementKind.Key,
        'v' => PathElementKind.Value,
        _ => PathElementKind.Index,
    };

    /// <summary>What stands behind the prefix: the field's name, or JSON.</summary>
    public string Content => Text[2..];

    public static PathElement Field(string name) => new("f:" + name);

    public static PathElement Index(int index) => new("i:" + index.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public static PathElement Value(JsonNode? value) => new("v:" + Quote(value));

    /// <summary>The only key of a list-map's item.</summary>
    public static PathElement Key(string name, JsonNode? value) => new($"k:{{{Quote(name)}:{Quote(value)}}}");

    /// <summary>The keys of a list-map's item, in any order.</summary>
    public static PathElement Key(IEnumerable<KeyValuePair<string, JsonNode?>> keys) => new("k:{" + string.Join(',', keys
        .OrderBy(static key => key.Key, StringComparer.Ordinal)
        .Select(static key => $"{Quote(key.Key)}:{Quote(key.Value)}")) + "}");

    /// <summary>Reads the serialised form.</summary>
    /// <exception cref="FormatException">The prefix is unknown, or what follows is not what it announces.</exception>
    public static PathElement Parse(string text)
    {
        if (text.Length < 2 || text[1] != ':')
        {
            throw new FormatException($"not a field path element: {text}");
        }

        try
        {
            return text[0] switch
            {
                'f' => new(text),
                'k' => Key(KubernetesJson.ParseObject(text[2..])),
                'v' => Value(KubernetesJson.Parse(text[2..])),
                'i' => Index(int.Parse(text.AsSpan(2), System.Globalization.CultureInfo.InvariantCulture)),
                _ => throw new FormatException($"not a field path element: {text}"),
            };
        }
        catch (JsonException exception)
        {
            throw new FormatException($"not a field path element: {text}", exception);
        }
    }

    /// <summary>The value that this step leads to below <paramref name="parent"/>.</summary>
    /// <returns>False where there is none; true with null where JSON null stands there.</returns>
    public bool TryStep(JsonNode? parent, out JsonNode? value)
    {
        value = null;
        switch (Kind)
        {
            case PathElementKind.Field:
                return parent is JsonObject fields && fields.TryGetPropertyValue(Content, out value);
            case PathElementKind.Key:
                return parent is JsonArray items && TryFindKeyed(items, out value);
            case PathElementKind.Value:
                var wanted = KubernetesJson.Parse(Content);
                value = (parent as JsonArray)?.FirstOrDefault(item => JsonNode.DeepEquals(item, wanted));
                return value is not null;
            default:
                var index = int.Parse(Content, System.Globalization.CultureInfo.InvariantCulture);
                if (parent is JsonArray array && index >= 0 && index < array.Count)
                {
                    value = array[index];
                    return true;
                }

                return false;
        }
    }

    public int CompareTo(PathElement other) => string.CompareOrdinal(Text, other.Text);

    public override string ToString() => Text;

    private static string Quote(JsonNode? value) =>
        value is JsonValue scalar && scalar.TryGetValue(out string? text) ? Quote(text) : KubernetesJson.ToText(value);

    private static string Quote(string text) =>
        text.AsSpan().ContainsAnyExcept(Plain) ? KubernetesJson.ToText(JsonValue.Create(text)) : $"\"{text}\"";

    private bool TryFindKeyed(JsonArray items, out JsonNode? found)
    {
        var keys = KubernetesJson.ParseObject(Content);
        foreach (var item in items)
        {
            if (item is JsonObject fields && keys.All(key =>
                    fields.TryGetPropertyValue(key.Key, out var value) && JsonNode.DeepEquals(value, key.Value)))
            {
                found = item;
                return true;
            }
        }

        found = null;
        return false;
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace GitOps.Sandbox.Http;

/// <summary>
/// The first YAML document as JSON, with the scalars of YAML 1.1, as API servers read it. A key may stand twice: the last one
/// counts, and the repetition is told with its line.
/// </summary>
internal sealed class YamlBody
{
    private const int MostNodes = 1_000_000;

    private readonly Parser _parser;
    private readonly ICollection<string> _mistakes;
    private readonly Dictionary<AnchorName, JsonNode?> _anchors = [];
    private int _nodes;

    private YamlBody(string text, ICollection<string> mistakes) => (_parser, _mistakes) = (new(new StringReader(text)), mistakes);

    /// <param name="text">YAML; what follows the first document is not read.</param>
    /// <param name="mistakes">Takes <c>line 8: key "a" already set in map</c>.</param>
    /// <returns>Null for an empty document.</returns>
    /// <exception cref="YamlException">It is no YAML.</exception>
    /// <exception cref="FormatException">It is too deep, too large once its aliases are expanded, or has a key that is no scalar.</exception>
    public static JsonNode? Read(string text, ICollection<string> mistakes)
    {
        var body = new YamlBody(text, mistakes);
        body._parser.Consume<StreamStart>();
        return body._parser.TryConsume<DocumentStart>(out _) ? body.Node(0) : null;
    }

    private JsonNode? Node(int depth)
    {
        if (depth > KubernetesJson.MaxDepth)
        {
            throw new FormatException("nested too deeply");
        }

        Count(1);
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            return Expand(alias);
        }

        var anchor = (_parser.Current as NodeEvent)?.Anchor ?? AnchorName.Empty;
        JsonNode? node = _parser.Current switch
        {
            MappingStart => Mapping(depth),
            SequenceStart => Sequence(depth),
            _ => Scalar(_parser.Consume<Scalar>()),
        };
        if (!anchor.IsEmpty)
        {
            _anchors[anchor] = node;
        }

        return node?.Parent is null ? node : node.DeepClone();
    }

    private JsonNode? Expand(AnchorAlias alias)
    {
        var node = _anchors.TryGetValue(alias.Value, out var found) ? found : throw new FormatException($"unknown anchor '{alias.Value}' referenced");
        Count(Size(node));
        return node?.DeepClone();
    }

    private void Count(int nodes)
    {
        if ((_nodes += nodes) > MostNodes)
        {
            throw new FormatException("document contains excessive aliasing");
        }
    }

    private static int Size(JsonNode? node) => node switch
    {
        JsonObject fields => 1 + fields.Sum(static field => Size(field.Value)),
        JsonArray items => 1 + items.Sum(Size),
        _ => 1,
    };

    private JsonArray Sequence(int depth)
    {
        _parser.Consume<SequenceStart>();
        var items = new JsonArray();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(Node(depth + 1));
        }

        return items;
    }

    private JsonObject Mapping(int depth)
    {
        _parser.Consume<MappingStart>();
        var fields = new JsonObject();
        var merged = new List<JsonObject>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var line = _parser.Current!.Start.Line;
            var key = Key(depth);
            if (key == "<<" && _parser.Current is (AnchorAlias or MappingStart or SequenceStart))
            {
                var other = Node(depth + 1);
                merged.AddRange(other is JsonArray several ? several.OfType<JsonObject>() : other is JsonObject one ? (IEnumerable<JsonObject>)[one] : []);
                continue;
            }

            if (fields.Remove(key))
            {
                _mistakes.Add(string.Create(CultureInfo.InvariantCulture, $"line {line}: key \"{key}\" already set in map"));
            }

            fields[key] = Node(depth + 1);
        }

        foreach (var (name, value) in merged.SelectMany(static other => other))
        {
            fields.TryAdd(name, value?.DeepClone());
        }

        return fields;
    }

    private string Key(int depth) => Node(depth + 1) switch
    {
        JsonValue text when text.TryGetValue(out string? given) => given,
        JsonValue scalar => scalar.ToJsonString(),
        null => "null",
        _ => throw new FormatException("invalid map key"),
    };

    private static JsonValue? Scalar(Scalar scalar) =>
        scalar.Style is ScalarStyle.Plain or ScalarStyle.Any && scalar.Tag.IsEmpty ? Plain(scalar.Value) : JsonValue.Create(scalar.Value);

    private static JsonValue? Plain(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" or "y" or "Y" => JsonValue.Create(true),
        "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF" or "n" or "N" => JsonValue.Create(false),
        _ when Integer(text) is { } integer => JsonValue.Create(integer),
        _ when IsNumber(text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => JsonValue.Create(number),
        _ => JsonValue.Create(text),
    };

    /// <summary>As Go reads them: underscores, and prefixes for other bases, a lone zero for octal among them.</summary>
    private static long? Integer(string text)
    {
        if (text.Length == 0 || !(char.IsAsciiDigit(text[0]) || (text[0] is '-' or '+' && text.Length > 1)))
        {
            return null;
        }

        var digits = text.Replace("_", string.Empty, StringComparison.Ordinal);
        var isNegative = digits[0] == '-';
        var body = digits.TrimStart('-', '+');
        var (radix, start) = body switch
        {
            ['0', 'x' or 'X', ..] => (16, 2),
            ['0', 'b' or 'B', ..] => (2, 2),
            ['0', 'o' or 'O', ..] => (8, 2),
            ['0', _, ..] => (8, 1),
            _ => (10, 0),
        };
        if (radix == 10)
        {
            return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var plain) ? plain : null;
        }

        try
        {
            var value = Convert.ToInt64(body[start..], radix);
            return isNegative ? -value : value;
        }
        catch (Exception exception) when (exception is FormatException or OverflowException or ArgumentException)
        {
            return null;
        }
    }

    private static bool IsNumber(string text) =>
        text.Any(char.IsAsciiDigit) && text.All(static letter => char.IsAsciiDigit(letter) || letter is '.' or '-' or '+' or 'e' or 'E');
}

using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GitOps.Kubernetes.Objects;

namespace GitOps.Manifests.Tests.Kustomize.Generation;

/// <summary>Writes one value as people and programs do: JSON, or YAML with comments, anchors, merge keys, and texts in all styles.</summary>
internal sealed partial class GeneratedText(Draw draw)
{
    private const char RawMark = '\u0001';

    private static readonly string[] Words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

    private readonly Dictionary<string, string> _anchors = new(StringComparer.Ordinal);
    private readonly StringBuilder _text = new();

    /// <summary>A plain value that is written as it stands.</summary>
    public static JsonNode Raw(string text) => JsonValue.Create(RawMark + text);

    public static string Write(Draw draw, JsonNode? node) => draw.Next(5) switch
    {
        0 => Json(node),
        1 => new GeneratedText(draw).Inline(node) + "\n",
        _ => new GeneratedText(draw).Lines(node),
    };

    /// <summary>In lines, as JSON patches have to be to be taken for YAML.</summary>
    public static string WriteLines(Draw draw, JsonNode? node) => new GeneratedText(draw).Lines(node);

    /// <summary>Without anything that only YAML has.</summary>
    public static string Json(JsonNode? node) => KubernetesJson.ToText(Plain(node)).Replace("\\uD83D\\uDE00", "😀", StringComparison.OrdinalIgnoreCase);

    private static JsonNode? Plain(JsonNode? node) => node switch
    {
        JsonObject fields => new JsonObject(fields.Select(static field => KeyValuePair.Create(field.Key, Plain(field.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Plain)]),
        JsonValue value when value.TryGetValue(out string? text) && text.StartsWith(RawMark) => JsonNumber().IsMatch(text.AsSpan(1)) ? JsonNode.Parse(text[1..]) : JsonValue.Create(text[1..]),
        _ => node?.DeepClone(),
    };

    private string Inline(JsonNode? node)
    {
        Flow(node);
        return _text.ToString();
    }

    private string Lines(JsonNode? node)
    {
        if (draw.Chance(4))
        {
            _text.Append("# a comment\n");
        }

        Block(node, 0);
        return _text.ToString();
    }

    private void Block(JsonNode? node, int indent)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } fields:
                Fields(fields, indent);
                break;
            case JsonArray { Count: > 0 } items:
                Items(items, indent);
                break;
            default:
                Indent(indent);
                Flow(node);
                _text.Append('\n');
                break;
        }
    }

    private void Fields(JsonObject fields, int indent)
    {
        var merged = draw.Uses("anchors", 4) && draw.Chance(2) ? _anchors.Keys.FirstOrDefault(known => IsPart(JsonNode.Parse(known), fields)) : null;
        if (merged is not null)
        {
            Indent(indent).Append("<<: *").Append(_anchors[merged]).Append('\n');
        }

        foreach (var (name, value) in fields)
        {
            if (merged is not null && ((JsonObject)JsonNode.Parse(merged)!).ContainsKey(name))
            {
                continue;
            }

            Comment(indent);
            Indent(indent);
            Scalar(name, -1);
            _text.Append(':');
            Value(value, indent, isItem: false);
        }
    }

    private static bool IsPart(JsonNode? part, JsonObject whole) =>
        part is JsonObject { Count: > 0 } fields && fields.Count < whole.Count && fields.All(field => whole.TryGetPropertyValue(field.Key, out var value) && JsonNode.DeepEquals(value, field.Value));

    private void Items(JsonArray items, int indent)
    {
        foreach (var item in items)
        {
            Comment(indent);
            Indent(indent).Append('-');
            Value(item, indent, isItem: true);
        }
    }

    private void Value(JsonNode? value, int indent, bool isItem)
    {
        if (value is not (JsonObject { Count: > 0 } or JsonArray { Count: > 0 }))
        {
            _text.Append(' ');
            if (value is JsonValue json && json.TryGetValue(out string? text))
            {
                Scalar(text, indent + 2);
            }
            else
            {
                Flow(value);
            }

            _text.Append('\n');
            return;
        }

        var known = draw.Uses("anchors", 4) ? value.ToJsonString() : null;
        if (known is not null && !known.Contains("\\u0001", StringComparison.Ordinal))
        {
            if (_anchors.TryGetValue(known, out var anchor))
            {
                _text.Append(" *").Append(anchor).Append('\n');
                return;
            }

            _anchors[known] = anchor = string.Create(CultureInfo.InvariantCulture, $"a{_anchors.Count}");
            _text.Append(" &").Append(anchor);
        }

        if (draw.Chance(12))
        {
            _text.Append(' ');
            Flow(value);
            _text.Append('\n');
            return;
        }

        _text.Append(draw.Uses("comments", 3) && draw.Chance(6) ? " # here\n" : "\n");
        Block(value, indent + (isItem ? 2 : value is JsonArray && draw.Chance(2) ? 0 : 2));
    }

    private void Flow(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject fields:
                Separated('{', '}', fields, field =>
                {
                    Scalar(field.Key, -1);
                    _text.Append(": ");
                    Flow(field.Value);
                });
                break;
            case JsonArray items:
                Separated('[', ']', items, Flow);
                break;
            case JsonValue value when value.TryGetValue(out string? text):
                Scalar(text, -1);
                break;
            default:
                _text.Append(node is null ? "null" : node.ToJsonString());
                break;
        }
    }

    private void Separated<T>(char open, char close, IEnumerable<T> items, Action<T> write)
    {
        _text.Append(open);
        var isFirst = true;
        foreach (var item in items)
        {
            _text.Append(isFirst ? string.Empty : ", ");
            isFirst = false;
            write(item);
        }

        _text.Append(close);
    }

    /// <param name="text">What it says.</param>
    /// <param name="indent">Of lines of their own; negative: it has to stay on the line.</param>
    private void Scalar(string text, int indent)
    {
        if (text.StartsWith(RawMark))
        {
            _text.Append(text, 1, text.Length - 1);
        }
        else if (PlainText().IsMatch(text) && !Words.Contains(text.ToLowerInvariant(), StringComparer.Ordinal) && !draw.Chance(8))
        {
            _text.Append(text);
        }
        else if (indent >= 0 && text.Contains('\n', StringComparison.Ordinal) && LinesOfText().IsMatch(text) && !draw.Chance(4))
        {
            Literal(text, indent);
        }
        else if (indent >= 0 && SpacedWords().IsMatch(text) && draw.Chance(2))
        {
            _text.Append(">-\n");
            Indent(indent).AppendJoin(draw.Chance(2) ? "\n" + new string(' ', indent) : " ", text.Split(' '));
        }
        else if (draw.Chance(2) && text.All(static letter => letter is >= ' ' and < '\u007f'))
        {
            _text.Append('\'').Append(text.Replace("'", "''", StringComparison.Ordinal)).Append('\'');
        }
        else
        {
            _text.Append(DoubleQuoted(text));
        }
    }

    /// <summary>YAML knows no pairs of surrogates: kustomize refuses them.</summary>
    private string DoubleQuoted(string text) => KubernetesJson.ToText(JsonValue.Create(text)).Replace("\\uD83D\\uDE00", draw.Chance(2) ? "\\U0001F600" : "😀", StringComparison.OrdinalIgnoreCase);

    private void Literal(string text, int indent)
    {
        var body = text.TrimEnd('\n');
        _text.Append(body.Length == text.Length ? "|-" : body.Length + 1 == text.Length ? "|" : "|+").Append('\n');
        var lines = text[..(body.Length == text.Length ? text.Length : text.Length - 1)].Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            _text.Append(i == 0 ? string.Empty : "\n").Append(lines[i].Length == 0 ? string.Empty : new string(' ', indent) + lines[i]);
        }
    }

    private void Comment(int indent)
    {
        if (draw.Uses("comments", 3) && draw.Chance(10))
        {
            Indent(indent).Append("# of what follows\n");
        }
    }

    private StringBuilder Indent(int indent) => _text.Append(' ', indent);

    [GeneratedRegex("^[A-Za-z_/][A-Za-z0-9_./$()-]*$")]
    private static partial Regex PlainText();

    [GeneratedRegex("^-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?$")]
    private static partial Regex JsonNumber();

    [GeneratedRegex("^[!-~][ -~\\n]*$")]
    private static partial Regex LinesOfText();

    [GeneratedRegex("^[a-z]+( [a-z]+)+$")]
    private static partial Regex SpacedWords();
}

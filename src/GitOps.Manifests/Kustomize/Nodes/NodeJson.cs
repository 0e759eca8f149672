using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Kustomize.Nodes;

/// <summary>Between nodes and JSON. On the way out a scalar has to be what its tag says.</summary>
internal static class NodeJson
{
    /// <exception cref="KustomizeException">It has a key or a value that JSON cannot have.</exception>
    public static JsonNode? ToJson(Node node) => ToJson(node, isRoot: true, isInFlow: false);

    public static Node OfJson(JsonNode? json)
    {
        switch (json)
        {
            case null:
                return Node.Scalar("null", ScalarTag.Null);
            case JsonObject fields:
                var map = Node.Map();
                map.IsFlow = fields.Count == 0;
                foreach (var (name, value) in fields)
                {
                    map.Set(name, OfJson(value));
                }

                return map;
            case JsonArray items:
                var list = Node.List();
                list.IsFlow = items.Count == 0;
                list.Items.AddRange(items.Select(OfJson));
                return list;
            default:
                return json.GetValueKind() switch
                {
                    JsonValueKind.String => OfText(json.GetValue<string>()),
                    JsonValueKind.True => Node.Scalar("true", ScalarTag.Boolean),
                    JsonValueKind.False => Node.Scalar("false", ScalarTag.Boolean),
                    _ => Number(json.ToJsonString()),
                };
        }
    }

    /// <summary>The same as if it were written as JSON and read again: texts stand in quotes, numbers are short.</summary>
    public static Node Rewrite(Node node)
    {
        BuildWork.Spend(node.Text.Length + 1);
        switch (node.Kind)
        {
            case NodeKind.Map:
                var map = Node.Map();
                map.IsFlow = true;
                foreach (var field in node.Fields)
                {
                    map.Set(field.Name, Rewrite(field.Value), field.IsText);
                }

                return map;
            case NodeKind.List:
                var list = Node.List();
                list.IsFlow = true;
                list.Items.AddRange(node.Items.Select(Rewrite));
                return list;
            default:
                return RewriteScalar(node);
        }
    }

    /// <summary>What a scalar means; null for null.</summary>
    /// <exception cref="KustomizeException">A transformer wrote a text where there was a value of another type.</exception>
    public static ScalarValue Resolve(Node scalar)
    {
        if (scalar.Tag == ScalarTag.String || (scalar.Tag == ScalarTag.Plain && scalar.IsQuoted))
        {
            return new(ScalarKind.String, scalar.Text, scalar.Text);
        }

        var value = YamlDialect.Kustomize.Resolve(new YamlScalar(0, 0, string.Empty, scalar.Text, YamlScalarStyle.Plain));
        var time = scalar.Tag is ScalarTag.Time or ScalarTag.Plain ? GoTimes.ToJson(scalar.Text) : null;
        if (time is not null)
        {
            value = scalar.IsQuoted ? new(ScalarKind.String, scalar.Text, scalar.Text) : new(ScalarKind.String, time, time);
        }

        var fits = scalar.Tag switch
        {
            ScalarTag.Time => time is not null,
            ScalarTag.Integer => value.Kind == ScalarKind.Integer,
            ScalarTag.Float => value.Kind is ScalarKind.Integer or ScalarKind.Float,
            ScalarTag.Boolean => value.Kind == ScalarKind.Boolean,
            ScalarTag.Null => value.Kind == ScalarKind.Null,
            _ => value.Kind != ScalarKind.NotFinite,
        };
        return !fits ? throw new KustomizeException($"'{scalar.Text}' was put where there is a value of type {scalar.Tag}: quote the value there")
            : scalar.IsQuoted && IsSame(scalar.Tag, value.Kind) ? new(ScalarKind.String, scalar.Text, scalar.Text)
            : scalar.Tag == ScalarTag.Null ? new(ScalarKind.Null, "null", null)
            : value;
    }

    /// <summary>A value that took on quotes keeps its tag only where the tag says something that the text does not.</summary>
    private static bool IsSame(ScalarTag tag, ScalarKind kind) => (tag, kind) switch
    {
        (ScalarTag.Integer, ScalarKind.Integer) or (ScalarTag.Float, ScalarKind.Float) or (ScalarTag.Boolean, ScalarKind.Boolean) or (ScalarTag.Null, ScalarKind.Null) => true,
        _ => false,
    };

    private static JsonNode? ToJson(Node node, bool isRoot, bool isInFlow)
    {
        isInFlow |= node.IsFlow;
        switch (node.Kind)
        {
            case NodeKind.Map:
                var fields = new JsonObject();
                foreach (var field in node.Fields)
                {
                    // kustomize makes texts of the keys of the object itself, but not of those within.
                    fields[field.Name] = field.IsText || isRoot
                        ? ToJson(field.Value, isRoot: false, isInFlow)
                        : throw new KustomizeException($"the key {field.Name} is no text: quote it");
                }

                return fields;
            case NodeKind.List:
                var items = new JsonArray();
                foreach (var item in node.Items)
                {
                    items.Add(ToJson(item, isRoot: false, isInFlow));
                }

                return items;
            default:
                return isInFlow && node is { Text.Length: 0, IsQuoted: false, Tag: ScalarTag.Null or ScalarTag.Plain } ? JsonValue.Create(string.Empty) : Scalar(node);
        }
    }

    private static JsonValue? Scalar(Node scalar)
    {
        var value = Resolve(scalar);
        return value.Kind switch
        {
            ScalarKind.Null => null,
            ScalarKind.Boolean => JsonValue.Create(value.Text.Length == 4),
            ScalarKind.Integer or ScalarKind.Float => JsonValue.Create(JsonElement.Parse(Encoding.UTF8.GetBytes(value.Text))),
            _ => JsonValue.Create(scalar.IsFolded ? FoldedText.Rewrite(value.Text) : value.Text),
        };
    }

    private static Node RewriteScalar(Node scalar)
    {
        var value = Resolve(scalar);
        return value.Kind switch
        {
            ScalarKind.Null => Node.Scalar("null", ScalarTag.Null),
            ScalarKind.Boolean => Node.Scalar(value.Text, ScalarTag.Boolean),
            ScalarKind.Integer => Node.Scalar(Digits(scalar.Text, value.Text), ScalarTag.Integer),
            ScalarKind.Float => Node.Scalar(value.Text, TagOf(value.Text)),
            _ => Node.Scalar(value.Text, ScalarTag.String, isQuoted: true),
        };
    }

    /// <summary>Those of an integer of up to 64 bits without a sign, which are not rounded here.</summary>
    private static string Digits(string text, string otherwise) =>
        GoNumbers.TryParseInteger(text.Replace("_", string.Empty, StringComparison.Ordinal), out var integer)
            ? integer.ToString(CultureInfo.InvariantCulture)
            : otherwise;

    private static ScalarTag TagOf(string number) => number.AsSpan().IndexOfAny('.', 'e') >= 0 ? ScalarTag.Float : ScalarTag.Integer;

    private static Node OfText(string text) => Node.Scalar(text, ScalarTag.String, isQuoted: !PlainText.Is(text));

    /// <summary>Numbers of JSON are 64-bit floats to kustomize, which writes them shortly.</summary>
    private static Node Number(string text)
    {
        var written = GoNumbers.ToText(double.Parse(text, CultureInfo.InvariantCulture));
        return Node.Scalar(written, TagOf(written));
    }
}

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Kustomize.Nodes;

/// <summary>Between nodes and JSON. On the way out a scalar has to be what its tag says.</summary>
internal static class NodeJson
{
    public static JsonNode? ToJson(Node node)
    {
        switch (node.Kind)
        {
            case NodeKind.Map:
                var fields = new JsonObject();
                foreach (var field in node.Fields)
                {
                    fields[field.Name] = ToJson(field.Value);
                }

                return fields;
            case NodeKind.List:
                var items = new JsonArray();
                foreach (var item in node.Items)
                {
                    items.Add(ToJson(item));
                }

                return items;
            default:
                return Scalar(node);
        }
    }

    public static Node OfJson(JsonNode? json)
    {
        switch (json)
        {
            case null:
                return Node.Scalar("null", ScalarTag.Null);
            case JsonObject fields:
                var map = Node.Map();
                foreach (var (name, value) in fields)
                {
                    map.Set(name, OfJson(value));
                }

                return map;
            case JsonArray items:
                var list = Node.List();
                list.Items.AddRange(items.Select(OfJson));
                return list;
            default:
                return json.GetValueKind() switch
                {
                    JsonValueKind.String => Node.Scalar(json.GetValue<string>(), ScalarTag.String, isQuoted: true),
                    JsonValueKind.True => Node.Scalar("true", ScalarTag.Boolean),
                    JsonValueKind.False => Node.Scalar("false", ScalarTag.Boolean),
                    _ => Number(json.ToJsonString()),
                };
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
        var fits = scalar.Tag switch
        {
            ScalarTag.Integer => value.Kind == ScalarKind.Integer,
            ScalarTag.Float => value.Kind is ScalarKind.Integer or ScalarKind.Float,
            ScalarTag.Boolean => value.Kind == ScalarKind.Boolean,
            ScalarTag.Null => true,
            _ => value.Kind != ScalarKind.NotFinite,
        };
        return !fits ? throw new KustomizeException($"'{scalar.Text}' was put where there is a value of type {scalar.Tag}: quote the value there")
            : scalar.Tag == ScalarTag.Null ? new(ScalarKind.Null, "null", null)
            : value;
    }

    private static JsonValue? Scalar(Node scalar)
    {
        var value = Resolve(scalar);
        return value.Kind switch
        {
            ScalarKind.Null => null,
            ScalarKind.Boolean => JsonValue.Create(value.Text.Length == 4),
            ScalarKind.Integer or ScalarKind.Float => JsonValue.Create(JsonElement.Parse(Encoding.UTF8.GetBytes(value.Text))),
            _ => JsonValue.Create(value.Text),
        };
    }

    private static Node Number(string text) =>
        Node.Scalar(text, text.AsSpan().IndexOfAny('.', 'e', 'E') >= 0 ? ScalarTag.Float : ScalarTag.Integer);
}

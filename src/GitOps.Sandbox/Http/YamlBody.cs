using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace GitOps.Sandbox.Http;

/// <summary>One YAML document as JSON, by the core schema: what clients send as <c>application/apply-patch+yaml</c>.</summary>
internal static class YamlBody
{
    public static JsonNode? Read(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents.Count == 1
            ? Convert(stream.Documents[0].RootNode, 0)
            : throw new FormatException("expected one YAML document");
    }

    private static JsonNode? Convert(YamlNode node, int depth)
    {
        if (depth > KubernetesJson.MaxDepth)
        {
            throw new FormatException("nested too deeply");
        }

        switch (node)
        {
            case YamlMappingNode mapping:
                var fields = new JsonObject();
                foreach (var (key, value) in mapping.Children)
                {
                    fields[((YamlScalarNode)key).Value ?? string.Empty] = Convert(value, depth + 1);
                }

                return fields;
            case YamlSequenceNode sequence:
                return new JsonArray([.. sequence.Children.Select(child => Convert(child, depth + 1))]);
            case YamlScalarNode { Style: ScalarStyle.Plain or ScalarStyle.Any } scalar when scalar.Tag.IsEmpty:
                return Plain(scalar.Value ?? string.Empty);
            case YamlScalarNode scalar:
                return JsonValue.Create(scalar.Value ?? string.Empty);
            default:
                throw new FormatException("unsupported YAML");
        }
    }

    private static JsonValue? Plain(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" => JsonValue.Create(true),
        "false" or "False" or "FALSE" => JsonValue.Create(false),
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer) => JsonValue.Create(integer),
        _ when IsNumber(text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
        _ => JsonValue.Create(text),
    };

    private static bool IsNumber(string text) =>
        text.Any(char.IsAsciiDigit) && text.All(static letter => char.IsAsciiDigit(letter) || letter is '.' or '-' or '+' or 'e' or 'E');
}

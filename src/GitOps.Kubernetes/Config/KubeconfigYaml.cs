using System.Text;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace GitOps.Kubernetes.Config;

/// <summary>
/// YAML of a kubeconfig as JSON nodes. Pulls the parser's events itself, because size, depth and the expansion of aliases
/// have to be bounded before anything is built: the text may come from a stranger.
/// </summary>
internal sealed class KubeconfigYaml
{
    private const int MaxBytes = 4 * 1024 * 1024;
    private const int MaxDepth = 32;
    private const int MaxNodes = 200_000;

    private readonly string _source;
    private readonly Dictionary<AnchorName, (JsonNode? Node, int Size)> _anchors = [];
    private int _nodes;

    private KubeconfigYaml(string source) => _source = source;

    /// <summary>Reads the first document; a byte order mark and UTF-16 are understood.</summary>
    public static JsonObject Parse(ReadOnlyMemory<byte> content, string source)
    {
        if (content.Length > MaxBytes)
        {
            throw new KubeconfigException(source, string.Empty, $"larger than {MaxBytes} bytes, which no kubeconfig is");
        }

        using var stream = new MemoryStream(content.ToArray());
        using var reader = new StreamReader(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), detectEncodingFromByteOrderMarks: true);
        try
        {
            return new KubeconfigYaml(source).ReadDocument(new Parser(reader));
        }
        catch (YamlException exception)
        {
            throw new KubeconfigException(source, string.Empty,
                $"not YAML: line {exception.Start.Line}, column {exception.Start.Column}; is it a kubeconfig?", exception);
        }
    }

    private JsonObject ReadDocument(Parser parser)
    {
        parser.Consume<StreamStart>();
        if (!parser.TryConsume<DocumentStart>(out _))
        {
            return [];
        }

        return ReadNode(parser, 0) switch
        {
            JsonObject root => root,
            null => [],
            _ => throw new KubeconfigException(_source, string.Empty, "a kubeconfig is a mapping with clusters, users and contexts"),
        };
    }

    private JsonNode? ReadNode(Parser parser, int depth)
    {
        if (depth > MaxDepth || ++_nodes > MaxNodes)
        {
            throw new KubeconfigException(_source, string.Empty, "nested too deep or too large for a kubeconfig");
        }

        if (parser.TryConsume<AnchorAlias>(out var alias))
        {
            return ReadAlias(alias);
        }

        var before = _nodes;
        var anchor = (parser.Current as NodeEvent)?.Anchor ?? AnchorName.Empty;
        JsonNode? node = parser.Current switch
        {
            SequenceStart => ReadSequence(parser, depth),
            MappingStart => ReadMapping(parser, depth),
            _ => ReadScalar(parser.Consume<Scalar>()),
        };
        if (!anchor.IsEmpty)
        {
            _anchors[anchor] = (node, _nodes - before + 1);
        }

        return node;
    }

    private static JsonValue? ReadScalar(Scalar scalar)
    {
        if (scalar.Style != ScalarStyle.Plain)
        {
            return JsonValue.Create(scalar.Value);
        }

        return scalar.Value switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" => JsonValue.Create(true),
            "false" or "False" or "FALSE" => JsonValue.Create(false),
            _ when IsInteger(scalar.Value) => JsonValue.Create(long.Parse(scalar.Value, System.Globalization.CultureInfo.InvariantCulture)),
            _ => JsonValue.Create(scalar.Value),
        };
    }

    private static bool IsInteger(string text)
    {
        var digits = text.AsSpan().TrimStart('-');
        return digits.Length is > 0 and < 19 && text.Length - digits.Length <= 1 && (digits.Length == 1 || digits[0] != '0')
            && digits.IndexOfAnyExceptInRange('0', '9') < 0;
    }

    private JsonArray ReadSequence(Parser parser, int depth)
    {
        parser.Consume<SequenceStart>();
        var items = new JsonArray();
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode(parser, depth + 1));
        }

        return items;
    }

    private JsonObject ReadMapping(Parser parser, int depth)
    {
        parser.Consume<MappingStart>();
        var fields = new JsonObject();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (!parser.TryConsume<Scalar>(out var key))
            {
                throw new KubeconfigException(_source, string.Empty, $"line {parser.Current?.Start.Line}: a key is not a plain name");
            }

            if (!fields.TryAdd(key.Value, ReadNode(parser, depth + 1)))
            {
                throw new KubeconfigException(_source, string.Empty, $"line {key.Start.Line}: the key {key.Value} stands there twice; remove one");
            }
        }

        return fields;
    }

    private JsonNode? ReadAlias(AnchorAlias alias)
    {
        if (!_anchors.TryGetValue(alias.Value, out var anchored))
        {
            throw new KubeconfigException(_source, string.Empty, $"line {alias.Start.Line}: no anchor before this alias");
        }

        _nodes += anchored.Size;
        return _nodes > MaxNodes
            ? throw new KubeconfigException(_source, string.Empty, "its aliases expand to too much for a kubeconfig")
            : anchored.Node?.DeepClone();
    }
}

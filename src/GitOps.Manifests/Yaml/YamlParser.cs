using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace GitOps.Manifests.Yaml;

/// <summary>
/// Pulls the parser's events into nodes. Nothing is interpreted here. The depth is counted while pulling, since the
/// parser's work grows with the square of the nesting.
/// </summary>
internal sealed class YamlParser
{
    private const int MaxRepairs = 16;

    private readonly YamlLimits _limits;
    private readonly int _firstLine;
    private readonly Parser _parser;
    private readonly Dictionary<string, YamlNode> _anchors = new(StringComparer.Ordinal);
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);
    private int _depth;
    private int _values;

    private YamlParser(YamlChunk chunk, YamlLimits limits)
    {
        _limits = limits;
        _firstLine = chunk.Line;
        _parser = new Parser(new Scanner(new StringReader(chunk.Text), skipComments: true));
    }

    /// <returns>Null for a document without content.</returns>
    /// <exception cref="YamlErrorException">It is not YAML, too deep, or more than one document.</exception>
    public static YamlNode? Parse(YamlChunk chunk, YamlLimits limits) => QuickYaml.TryParse(chunk, limits) ?? ParseAny(chunk, limits);

    /// <summary>The same for what is not written as most manifests are.</summary>
    internal static YamlNode? ParseAny(YamlChunk chunk, YamlLimits limits)
    {
        ManifestText.CheckCharacters(chunk.Text, chunk.Line);
        for (var repairs = 0; ; repairs++)
        {
            var parser = new YamlParser(chunk, limits);
            try
            {
                return parser.ParseDocument();
            }
            catch (YamlException e) when (repairs < MaxRepairs && Indent(chunk.Text, e) is { } text)
            {
                chunk = chunk with { Text = text };
            }
            catch (YamlException e)
            {
                throw new YamlErrorException(parser.Line(e.Start), Describe(e));
            }
            catch (Exception e) when (e is InvalidOperationException or ArgumentException)
            {
                // The parser's answers to a plain scalar that breaks off inside a flow collection, and to a malformed tag.
                throw new YamlErrorException(
                    parser.Line(parser._parser.Current?.End ?? new Mark()),
                    "not valid YAML: after this line a value breaks off, is not indented deeper than what it belongs to, or has a malformed tag");
            }
        }
    }

    /// <summary>
    /// Go's parser does not mind how far the lines of a text in double quotes are indented, and it does not count: so they are indented.
    /// </summary>
    /// <returns>Null: that is not what is wrong.</returns>
    private static string? Indent(string text, YamlException e)
    {
        if (!e.Message.Contains("double-quoted scalar, found wrong indentation", StringComparison.Ordinal))
        {
            return null;
        }

        var start = (int)e.Start.Index;
        var end = start + 1;
        while (end < text.Length && text[end] != '"')
        {
            end += text[end] == '\\' ? 2 : 1;
        }

        end = Math.Min(end, text.Length);
        var indented = text[start..end].Replace("\n", "\n" + new string(' ', (int)e.Start.Column), StringComparison.Ordinal);
        return string.Concat(text.AsSpan(0, start), indented, text.AsSpan(end));
    }

    private YamlNode? ParseDocument()
    {
        YamlNode? root = null;
        while (_parser.MoveNext())
        {
            switch (_parser.Current)
            {
                case DocumentStart when root is not null:
                    throw new YamlErrorException(Line(_parser.Current.Start), "text follows the document's end marker '...': begin a new document with '---'");
                case StreamStart or DocumentStart or DocumentEnd or StreamEnd or null:
                    break;
                default:
                    root = ParseNode();
                    break;
            }
        }

        return root;
    }

    private YamlNode Next()
    {
        if (!_parser.MoveNext())
        {
            throw new YamlErrorException(_firstLine, "the document ends in the middle of a value");
        }

        return ParseNode();
    }

    private YamlNode ParseNode()
    {
        var node = _parser.Current!;
        var (line, column) = (Line(node.Start), (int)node.Start.Column);
        _limits.CheckValues(++_values, line);
        switch (node)
        {
            case Scalar { Style: ScalarStyle.Plain } split when split.Value.Contains(": ", StringComparison.Ordinal):
                // A plain scalar ends there: the scanner has run over the end of a key that has an asterisk in it.
                throw new YamlErrorException(line, "the key or value that begins here has to be quoted");
            case Scalar scalar:
                var text = new YamlScalar(line, column, TagOf(scalar), scalar.Value, StyleOf(scalar.Style));
                Define(scalar, text);
                return text;
            case SequenceStart start:
                var sequence = new YamlSequence(line, column, TagOf(start), []) { IsFlow = start.Style == SequenceStyle.Flow };
                Open(start, sequence, line);
                while (_parser.MoveNext() && _parser.Current is not SequenceEnd)
                {
                    sequence.Items.Add(ParseNode());
                }

                Close(start);
                return sequence;
            case MappingStart start:
                var mapping = new YamlMapping(line, column, TagOf(start), []) { IsFlow = start.Style == MappingStyle.Flow };
                Open(start, mapping, line);
                while (_parser.MoveNext() && _parser.Current is not MappingEnd)
                {
                    var key = ParseNode();
                    mapping.Entries.Add((key, Next()));
                }

                Close(start);
                return mapping;
            case AnchorAlias alias:
                return Resolve(alias.Value.Value, line, column);
            default:
                throw new YamlErrorException(line, "a value is missing here");
        }
    }

    private YamlAlias Resolve(string name, int line, int column)
    {
        if (!_anchors.TryGetValue(name, out var target))
        {
            throw new YamlErrorException(line, $"alias *{name} has no anchor &{name} before it in this document");
        }

        return _open.Contains(name)
            ? throw new YamlErrorException(line, $"the value of anchor &{name} contains itself")
            : new YamlAlias(line, column, target);
    }

    private void Open(NodeEvent start, YamlNode node, int line)
    {
        if (++_depth > _limits.MaxDepth)
        {
            throw new YamlErrorException(line, $"nested deeper than {_limits.MaxDepth} levels");
        }

        Define(start, node);
        if (!start.Anchor.IsEmpty)
        {
            _open.Add(start.Anchor.Value);
        }
    }

    private void Close(NodeEvent start)
    {
        _depth--;
        if (!start.Anchor.IsEmpty)
        {
            _open.Remove(start.Anchor.Value);
        }
    }

    private void Define(NodeEvent node, YamlNode target)
    {
        if (!node.Anchor.IsEmpty)
        {
            _anchors[node.Anchor.Value] = target;
            _open.Remove(node.Anchor.Value);
        }
    }

    private int Line(Mark mark) => _firstLine + (int)mark.Line - 1;

    private static string TagOf(NodeEvent node) => node.Tag.IsEmpty ? string.Empty : node.Tag.Value;

    private static YamlScalarStyle StyleOf(ScalarStyle style) => style switch
    {
        ScalarStyle.SingleQuoted => YamlScalarStyle.SingleQuoted,
        ScalarStyle.DoubleQuoted => YamlScalarStyle.DoubleQuoted,
        ScalarStyle.Literal => YamlScalarStyle.Literal,
        ScalarStyle.Folded => YamlScalarStyle.Folded,
        _ => YamlScalarStyle.Plain,
    };

    /// <summary>The parser's sentence, as a clause.</summary>
    private static string Describe(YamlException e)
    {
        var message = e.Message.TrimEnd('.');
        return $"not valid YAML: {(message.Length > 0 ? char.ToLowerInvariant(message[0]) + message[1..] : "unreadable")}";
    }
}

using System.Text;
using System.Text.Json;

namespace GitOps.Manifests.Yaml;

/// <summary>
/// Reads JSON text into the same nodes, for what YAML parsers refuse in it (tabs, surrogate pairs), and to place errors.
/// </summary>
internal ref struct JsonParser
{
    private readonly ReadOnlySpan<byte> _utf8;
    private Utf8JsonReader _reader;
    private int _line;
    private int _lineStart;
    private int _counted;
    private int _values;
    private readonly YamlLimits _limits;

    private JsonParser(ReadOnlySpan<byte> utf8, int firstLine, YamlLimits limits)
    {
        _utf8 = utf8;
        _limits = limits;
        _line = firstLine;
        _reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = limits.MaxDepth, AllowMultipleValues = true });
    }

    /// <summary>The values of a text, one after the other without separators.</summary>
    /// <exception cref="YamlErrorException">It is not JSON, or too deep.</exception>
    public static List<YamlNode> Parse(string text, int firstLine, YamlLimits limits)
    {
        var parser = new JsonParser(Encoding.UTF8.GetBytes(text), firstLine, limits);
        var values = new List<YamlNode>();
        try
        {
            while (parser._reader.Read())
            {
                values.Add(parser.ParseValue());
            }
        }
        catch (JsonException e)
        {
            var line = firstLine + (int)(e.LineNumber ?? 0);
            throw new YamlErrorException(line, $"not valid JSON at byte {e.BytePositionInLine + 1} of the line, or nested deeper than {limits.MaxDepth} levels");
        }

        return values;
    }

    private YamlNode ParseValue()
    {
        var (line, column) = Position();
        _limits.CheckValues(++_values, line);
        switch (_reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var mapping = new YamlMapping(line, column, string.Empty, []);
                while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
                {
                    var key = ParseString();
                    _reader.Read();
                    mapping.Entries.Add((key, ParseValue()));
                }

                return mapping;
            case JsonTokenType.StartArray:
                var sequence = new YamlSequence(line, column, string.Empty, []);
                while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
                {
                    sequence.Items.Add(ParseValue());
                }

                return sequence;
            case JsonTokenType.String:
                return ParseString();
            default:
                var text = Encoding.UTF8.GetString(_reader.ValueSpan);
                if (_reader.TokenType == JsonTokenType.Number && !double.IsFinite(_reader.GetDouble()))
                {
                    throw new YamlErrorException(line, "the number is larger than a 64-bit float can be");
                }

                return new YamlScalar(line, column, string.Empty, text, YamlScalarStyle.Plain);
        }
    }

    private YamlScalar ParseString()
    {
        var (line, column) = Position();
        try
        {
            return new YamlScalar(line, column, string.Empty, _reader.GetString()!, YamlScalarStyle.DoubleQuoted);
        }
        catch (InvalidOperationException)
        {
            throw new YamlErrorException(line, "half of a surrogate pair is escaped here: write both halves, or neither");
        }
    }

    private (int Line, int Column) Position()
    {
        var index = (int)_reader.TokenStartIndex;
        var passed = _utf8[_counted..index];
        var lines = passed.Count((byte)'\n');
        if (lines > 0)
        {
            _line += lines;
            _lineStart = _counted + passed.LastIndexOf((byte)'\n') + 1;
        }

        _counted = index;
        return (_line, index - _lineStart + 1);
    }
}

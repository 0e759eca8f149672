using System.Buffers;

namespace GitOps.Manifests.Yaml;

/// <summary>
/// Reads the YAML that nearly all manifests are written in: ASCII, blocks by indentation, values of one line, literal blocks. It gives
/// the nodes that <see cref="YamlParser"/> gives, in a fraction of the time, and gives up at the first thing that is anything else,
/// errors included.
/// </summary>
internal ref struct QuickYaml
{
    private const int MaxDepth = 64;


    /// <summary>Of a line with a list or a mapping in it, which is looked at to its end for each value.</summary>
    private const int MaxFlowLine = 4096;
    private const int MaxKeyLength = 128;

    private static readonly SearchValues<char> Allowed = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(static c => (char)c), '\n']);
    private static readonly SearchValues<char> KeyLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./");
    private static readonly SearchValues<char> FlowLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./=");

    private readonly ReadOnlySpan<char> _text;
    private readonly bool _isCompleted;
    private int _position;
    private int _line;
    private int _lineStart;
    private int _depth;

    private QuickYaml(ReadOnlySpan<char> text, int firstLine, bool isCompleted)
    {
        _text = text;
        _isCompleted = isCompleted;
        _line = firstLine;
    }

    private readonly int Column => _position - _lineStart;

    /// <summary>What is left of the line.</summary>
    private readonly ReadOnlySpan<char> Rest
    {
        get
        {
            var rest = _text[_position..];
            var end = rest.IndexOf('\n');
            return end < 0 ? rest : rest[..end];
        }
    }

    /// <returns>Null where it takes the parser to read it, or to tell what is wrong.</returns>
    public static YamlNode? TryParse(YamlChunk chunk, YamlLimits limits)
    {
        // A value takes a character at least: what could have too many is counted by the parser.
        if (limits.MaxDepth < MaxDepth || chunk.Text.Length >= limits.MaxValues || chunk.Text.AsSpan().ContainsAnyExcept(Allowed))
        {
            return null;
        }

        var isCompleted = !chunk.Text.EndsWith('\n');
        var reader = new QuickYaml(isCompleted ? chunk.Text + '\n' : chunk.Text, chunk.Line, isCompleted);
        return reader.MoveToContent() && reader.ParseBlock(reader.Column) is { } root && !reader.MoveToContent() ? root : null;
    }

    /// <summary>To the first letter of a line that is neither blank nor a comment, from the begin of a line or from within one.</summary>
    private bool MoveToContent()
    {
        while (_position < _text.Length)
        {
            var rest = Rest;
            var blank = rest.IndexOfAnyExcept(' ');
            if (blank >= 0 && rest[blank] != '#')
            {
                _position += blank;
                return true;
            }

            NextLine(rest.Length);
        }

        return false;
    }

    private void NextLine(int rest)
    {
        _position = Math.Min(_position + rest + 1, _text.Length);
        (_line, _lineStart) = (_line + 1, _position);
    }

    /// <summary>The mapping or the list that begins here.</summary>
    private YamlNode? ParseBlock(int indent)
    {
        if (++_depth > MaxDepth)
        {
            return null;
        }

        YamlNode? block = IsItem() ? ParseSequence(indent) : ParseMapping(indent);
        _depth--;
        return block;
    }

    private readonly bool IsItem() => Rest is ['-'] or ['-', ' ', ..];

    private YamlSequence? ParseSequence(int indent)
    {
        var sequence = new YamlSequence(_line, Column + 1, string.Empty, []);
        do
        {
            _position++;
            var rest = Rest;
            var blank = rest.IndexOfAnyExcept(' ');
            if (blank < 0 || rest[blank] == '#')
            {
                return null;
            }

            _position += blank;
            var item = IsItem() || KeyLength() > 0 ? ParseBlock(Column) : ParseValue(indent);
            if (item is null)
            {
                return null;
            }

            sequence.Items.Add(item);
        }
        while (MoveToContent() && Column == indent && IsItem());

        return IsAtEndOf(indent) ? sequence : null;
    }

    private YamlMapping? ParseMapping(int indent)
    {
        var mapping = new YamlMapping(_line, Column + 1, string.Empty, []);
        do
        {
            if (KeyLength() is not (> 0 and var length))
            {
                return null;
            }

            var key = new YamlScalar(_line, Column + 1, string.Empty, _text.Slice(_position, length).ToString(), YamlScalarStyle.Plain);
            _position += length + 1;
            if (ParseMember(indent) is not { } value)
            {
                return null;
            }

            mapping.Entries.Add((key, value));
        }
        while (MoveToContent() && Column == indent);

        return IsAtEndOf(indent) ? mapping : null;
    }

    /// <summary>Whether what comes next belongs to something further out, or nothing comes.</summary>
    private readonly bool IsAtEndOf(int indent) => _position == _text.Length || Column < indent || (Column == indent && !IsItem());

    /// <summary>Of a plain key that begins here, with a colon behind it; else 0.</summary>
    private readonly int KeyLength()
    {
        var rest = Rest;
        var length = rest.IndexOfAnyExcept(KeyLetters);
        return length is > 0 and <= MaxKeyLength && rest[0] is not ('-' or '.') && rest[length] == ':' && (length + 1 == rest.Length || rest[length + 1] == ' ')
            ? length
            : 0;
    }

    /// <summary>What follows a key and its colon.</summary>
    private YamlNode? ParseMember(int indent)
    {
        var rest = Rest;
        var blank = rest.IndexOfAnyExcept(' ');
        if (blank >= 0 && rest[blank] != '#')
        {
            _position += blank;
            return ParseValue(indent);
        }

        NextLine(rest.Length);
        return MoveToContent() && (Column > indent || (Column == indent && IsItem())) ? ParseBlock(Column) : null;
    }

    /// <summary>A value that begins on the line of its key or dash.</summary>
    private YamlNode? ParseValue(int indent)
    {
        if (_text[_position] == '|')
        {
            return ParseLiteral(indent);
        }

        var value = _text[_position] is '[' or '{' ? ParseFlow() : ParseScalar();
        if (value is null)
        {
            return null;
        }

        var rest = Rest;
        var blank = rest.IndexOfAnyExcept(' ');
        if (blank == 0 || (blank > 0 && rest[blank] != '#'))
        {
            return null;
        }

        // A line that is indented deeper would go on with the value.
        NextLine(rest.Length);
        return !MoveToContent() || Column <= indent ? value : null;
    }

    private YamlScalar? ParseScalar()
    {
        var rest = Rest;
        if (rest[0] is '"' or '\'')
        {
            return ParseQuoted(rest);
        }

        if (!char.IsAsciiLetterOrDigit(rest[0]) && rest[0] is not ('_' or '/' or '.' or '$' or '+' or '(' or '=') && rest is not ['-', not ' ', ..])
        {
            return null;
        }

        var comment = rest.IndexOf(" #", StringComparison.Ordinal);
        var text = (comment < 0 ? rest : rest[..comment]).TrimEnd(' ');
        if (text[^1] == ':' || text.Contains(": ", StringComparison.Ordinal))
        {
            return null;
        }

        var scalar = new YamlScalar(_line, Column + 1, string.Empty, text.ToString(), YamlScalarStyle.Plain);
        _position += text.Length;
        return scalar;
    }

    private YamlScalar? ParseQuoted(ReadOnlySpan<char> rest)
    {
        var quote = rest[0];
        var length = rest[1..].IndexOf(quote);
        var text = length < 0 ? [] : rest.Slice(1, length);
        if (length < 0 || text.Contains('\\') || (rest.Length > length + 2 && rest[length + 2] == quote))
        {
            return null;
        }

        var style = quote == '"' ? YamlScalarStyle.DoubleQuoted : YamlScalarStyle.SingleQuoted;
        var scalar = new YamlScalar(_line, Column + 1, string.Empty, text.ToString(), style);
        _position += length + 2;
        return scalar;
    }

    /// <summary>A list or a mapping within one line.</summary>
    private YamlNode? ParseFlow()
    {
        if (++_depth > MaxDepth || Rest.Length > MaxFlowLine)
        {
            return null;
        }

        var isMapping = _text[_position] == '{';
        var mapping = new YamlMapping(_line, Column + 1, string.Empty, []) { IsFlow = true };
        var sequence = new YamlSequence(_line, Column + 1, string.Empty, []) { IsFlow = true };
        var close = isMapping ? '}' : ']';
        _position++;
        SkipSpaces();
        while (_text[_position] != close)
        {
            if (ParseFlowEntry(isMapping, mapping, sequence) is false)
            {
                return null;
            }

            SkipSpaces();
            if (_text[_position] == ',' && Rest is [_, ' ', ..])
            {
                _position++;
                SkipSpaces();
                if (_text[_position] == close)
                {
                    return null;
                }
            }
            else if (_text[_position] != close)
            {
                return null;
            }
        }

        _position++;
        _depth--;
        return isMapping ? mapping : sequence;
    }

    private bool ParseFlowEntry(bool isMapping, YamlMapping mapping, YamlSequence sequence)
    {
        if (!isMapping)
        {
            if (ParseFlowValue() is not { } item)
            {
                return false;
            }

            sequence.Items.Add(item);
            return true;
        }

        if (ParseFlowScalar() is not { Style: YamlScalarStyle.Plain } key || Rest is not [':', ' ', ..])
        {
            return false;
        }

        _position++;
        SkipSpaces();
        if (ParseFlowValue() is not { } value)
        {
            return false;
        }

        mapping.Entries.Add((key, value));
        return true;
    }

    private YamlNode? ParseFlowValue() => _text[_position] is '[' or '{' ? ParseFlow() : ParseFlowScalar();

    private YamlScalar? ParseFlowScalar()
    {
        var rest = Rest;
        if (rest is ['"' or '\'', ..])
        {
            return ParseQuoted(rest);
        }

        var length = rest.IndexOfAnyExcept(FlowLetters);
        if (length <= 0 || rest[0] is '-' or '=')
        {
            return null;
        }

        var scalar = new YamlScalar(_line, Column + 1, string.Empty, rest[..length].ToString(), YamlScalarStyle.Plain);
        _position += length;
        return scalar;
    }

    private void SkipSpaces()
    {
        while (_text[_position] == ' ')
        {
            _position++;
        }
    }

    /// <summary>Lines as they are written, from the indentation of the first of them on.</summary>
    private YamlScalar? ParseLiteral(int indent)
    {
        var (line, column) = (_line, Column + 1);
        var header = Rest;
        if (header is not ("|" or "|-"))
        {
            return null;
        }

        NextLine(header.Length);
        var text = new System.Text.StringBuilder();
        var (depth, blanks) = (-1, 0);
        while (_position < _text.Length)
        {
            var rest = Rest;
            var blank = rest.IndexOfAnyExcept(' ');
            if (blank < 0 && (depth < 0 || rest.Length > depth))
            {
                return null;
            }

            if (blank >= 0)
            {
                depth = depth < 0 ? blank : depth;
                if (blank < depth || depth <= indent)
                {
                    break;
                }

                text.Append('\n', blanks).Append(rest[depth..]).Append('\n');
                blanks = 0;
            }
            else
            {
                blanks++;
            }

            NextLine(rest.Length);
        }

        // The line feed at the end of an open last line is ours, and not the text's.
        if (text.Length == 0 || (_isCompleted && _position == _text.Length) || (MoveToContent() && Column > indent))
        {
            return null;
        }

        return new(line, column, string.Empty, text.ToString(0, header.Length == 1 ? text.Length : text.Length - 1), YamlScalarStyle.Literal);
    }
}

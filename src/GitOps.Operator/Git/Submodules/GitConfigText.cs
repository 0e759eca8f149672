using System.Text;

namespace GitOps.Operator.Git.Submodules;

/// <param name="Section">In lower case.</param>
/// <param name="Subsection">As it is written; empty: none.</param>
/// <param name="Key">In lower case.</param>
/// <param name="Value">Null where the key stands alone.</param>
internal readonly record struct GitConfigEntry(string Section, string Subsection, string Key, string? Value);

/// <summary>Reads a text in the format of Git's configuration files.</summary>
internal ref struct GitConfigText
{
    private readonly ReadOnlySpan<char> _text;
    private int _position;

    private GitConfigText(string text)
    {
        _text = text;
        if (text.StartsWith('\uFEFF'))
        {
            _position = 1;
        }
    }

    private readonly bool IsAtEnd => _position == _text.Length;

    private readonly int Line => _text[.._position].Count('\n') + 1;

    /// <exception cref="FormatException">The message names the line.</exception>
    public static IReadOnlyList<GitConfigEntry> Parse(string text)
    {
        var reader = new GitConfigText(text.ReplaceLineEndings("\n"));
        var found = new List<GitConfigEntry>();
        var (section, subsection) = (string.Empty, string.Empty);
        while (reader.SkipToEntry())
        {
            if (reader._text[reader._position] == '[')
            {
                (section, subsection) = reader.Header();
                continue;
            }

            if (section.Length == 0)
            {
                throw reader.Wrong("a key stands before any section");
            }

            var key = reader.Word();
            reader.SkipBlanks();
            found.Add(new(section, subsection, key, reader.Take('=') ? reader.Value() : null));
        }

        return found;
    }

    private bool SkipToEntry()
    {
        while (!IsAtEnd)
        {
            var letter = _text[_position];
            if (letter is '#' or ';')
            {
                SkipLine();
            }
            else if (char.IsWhiteSpace(letter))
            {
                _position++;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    private void SkipLine()
    {
        while (!IsAtEnd && _text[_position] != '\n')
        {
            _position++;
        }
    }

    private void SkipBlanks()
    {
        while (!IsAtEnd && _text[_position] is ' ' or '\t')
        {
            _position++;
        }
    }

    private bool Take(char letter)
    {
        if (IsAtEnd || _text[_position] != letter)
        {
            return false;
        }

        _position++;
        return true;
    }

    private string Word()
    {
        var start = _position;
        while (!IsAtEnd && (char.IsAsciiLetterOrDigit(_text[_position]) || _text[_position] is '-' or '.'))
        {
            _position++;
        }

        return _position > start ? _text[start.._position].ToString().ToLowerInvariant() : throw Wrong("a name is expected");
    }

    private (string Section, string Subsection) Header()
    {
        _position++;
        var section = Word();
        SkipBlanks();
        var subsection = new StringBuilder();
        if (Take('"'))
        {
            while (!Take('"'))
            {
                Take('\\');
                if (IsAtEnd || _text[_position] == '\n')
                {
                    throw Wrong("the name of a section does not end");
                }

                subsection.Append(_text[_position++]);
            }
        }

        return Take(']') ? (section, subsection.ToString()) : throw Wrong("a section's ] is missing");
    }

    // Blanks at the end count only within quotes.
    private string Value()
    {
        SkipBlanks();
        var value = new StringBuilder();
        var (isQuoted, kept) = (false, 0);
        while (!IsAtEnd && _text[_position] != '\n')
        {
            var letter = _text[_position++];
            if (letter == '"')
            {
                isQuoted = !isQuoted;
                kept = value.Length;
            }
            else if (letter == '\\')
            {
                value.Append(Escaped());
                kept = value.Length;
            }
            else if (!isQuoted && letter is '#' or ';')
            {
                SkipLine();
            }
            else
            {
                value.Append(letter);
                kept = isQuoted || letter is not (' ' or '\t') ? value.Length : kept;
            }
        }

        return isQuoted ? throw Wrong("a quote does not end") : value.ToString(0, kept);
    }

    private string Escaped()
    {
        var letter = IsAtEnd ? '\0' : _text[_position++];
        return letter switch
        {
            '\n' => string.Empty,
            'n' => "\n",
            't' => "\t",
            'b' => "\b",
            '"' or '\\' => letter.ToString(),
            _ => throw Wrong("a backslash stands before what needs none"),
        };
    }

    private readonly FormatException Wrong(string why) => new($"line {Line}: {why}");
}

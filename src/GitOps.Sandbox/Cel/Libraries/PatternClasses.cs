using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace GitOps.Sandbox.Cel.Libraries;

/// <summary>Characters and classes of characters of RE2 patterns, in the syntax of .NET.</summary>
internal static class PatternClasses
{
    private static readonly FrozenDictionary<string, string> Posix = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["alnum"] = "0-9A-Za-z",
        ["alpha"] = "A-Za-z",
        ["ascii"] = "\\x00-\\x7F",
        ["blank"] = "\\t ",
        ["cntrl"] = "\\x00-\\x1F\\x7F",
        ["digit"] = "0-9",
        ["graph"] = "!-~",
        ["lower"] = "a-z",
        ["print"] = " -~",
        ["punct"] = "!-/:-@\\[-`{-~",
        ["space"] = "\\t\\n\\v\\f\\r ",
        ["upper"] = "A-Z",
        ["word"] = "0-9A-Za-z_",
        ["xdigit"] = "0-9A-Fa-f",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> NotPosix = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["alnum"] = "\\x00-/:-@\\[-`{-\\uFFFF",
        ["alpha"] = "\\x00-@\\[-`{-\\uFFFF",
        ["digit"] = "\\x00-/:-\\uFFFF",
        ["lower"] = "\\x00-`{-\\uFFFF",
        ["upper"] = "\\x00-@\\[-\\uFFFF",
        ["space"] = "\\x00-\\x08\\x0E-\\x1F!-\\uFFFF",
        ["word"] = "\\x00-/:-@\\[-\\^`{-\\uFFFF",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static string Literal(char c) => char.IsAsciiLetterOrDigit(c) || c > 127 ? c.ToString() : $"\\x{(int)c:X2}";

    /// <summary>An escaped character.</summary>
    public static bool Character(string pattern, int at, out char character, out int length)
    {
        var c = at + 1 < pattern.Length ? pattern[at + 1] : '\0';
        (character, length) = (c, 2);
        switch (c)
        {
            case '\0' when at + 1 >= pattern.Length:
                return false;
            case 'a':
                character = '\a';
                return true;
            case 'f':
                character = '\f';
                return true;
            case 'n':
                character = '\n';
                return true;
            case 'r':
                character = '\r';
                return true;
            case 't':
                character = '\t';
                return true;
            case 'v':
                character = '\v';
                return true;
            case 'x':
                return Hex(pattern, at, out character, out length);
            case '0' or (>= '1' and <= '7'):
                return Octal(pattern, at, out character, out length);
            default:
                return !char.IsAsciiLetterOrDigit(c) && c < 128;
        }
    }

    /// <summary><c>\pL</c>, <c>\p{Greek}</c>, <c>\P{Lu}</c>, <c>\p{^Lu}</c>.</summary>
    public static bool Category(string pattern, int at, out string text, out int length)
    {
        (text, length) = (string.Empty, 0);
        if (at + 2 >= pattern.Length)
        {
            return false;
        }

        var isNegated = pattern[at + 1] == 'P';
        string name;
        if (pattern[at + 2] == '{')
        {
            var end = pattern.IndexOf('}', at);
            if (end < 0)
            {
                return false;
            }

            (name, length) = (pattern[(at + 3)..end], end - at + 1);
        }
        else
        {
            (name, length) = (pattern[(at + 2)..(at + 3)], 3);
        }

        if (name.StartsWith('^'))
        {
            (name, isNegated) = (name[1..], !isNegated);
        }

        if (name.Length == 0 || !name.All(static c => char.IsAsciiLetter(c) || c == '_'))
        {
            return false;
        }

        var known = name.Length <= 2 ? name : $"Is{name}";
        text = $"\\{(isNegated ? 'P' : 'p')}{{{known}}}";
        return true;
    }

    /// <summary><c>[a-z]</c>.</summary>
    public static bool Bracketed(string pattern, int at, out string text, out int length)
    {
        (text, length) = (string.Empty, 0);
        var position = at + 1;
        var result = new StringBuilder("[");
        if (position < pattern.Length && pattern[position] == '^')
        {
            result.Append('^');
            position++;
        }

        var isFirst = true;
        while (position < pattern.Length)
        {
            if (pattern[position] == ']' && !isFirst)
            {
                (text, length) = (result.Append(']').ToString(), position - at + 1);
                return true;
            }

            isFirst = false;
            if (!Member(pattern, ref position, result))
            {
                return false;
            }
        }

        return false;
    }

    private static bool Member(string pattern, ref int position, StringBuilder result)
    {
        if (string.CompareOrdinal(pattern, position, "[:", 0, 2) == 0 && pattern.IndexOf(":]", position, StringComparison.Ordinal) is > 0 and var end)
        {
            var name = pattern[(position + 2)..end];
            var isNegated = name.StartsWith('^');
            if (!(isNegated ? NotPosix : Posix).TryGetValue(name.TrimStart('^'), out var members))
            {
                return false;
            }

            result.Append(members);
            position = end + 2;
            return true;
        }

        if (pattern[position] == '\\' && position + 1 < pattern.Length)
        {
            var members = pattern[position + 1] switch
            {
                'd' => "0-9",
                'D' => NotPosix["digit"],
                'w' => "0-9A-Za-z_",
                'W' => NotPosix["word"],
                's' => "\\t\\n\\f\\r ",
                'S' => "\\x00-\\x08\\x0B\\x0E-\\x1F!-\\uFFFF",
                _ => null,
            };
            if (members is not null)
            {
                result.Append(members);
                position += 2;
                return true;
            }

            if (pattern[position + 1] is 'p' or 'P')
            {
                var isCategory = Category(pattern, position, out var category, out var categoryLength);
                result.Append(category);
                position += categoryLength;
                return isCategory;
            }
        }

        return Range(pattern, ref position, result);
    }

    private static bool Range(string pattern, ref int position, StringBuilder result)
    {
        if (!Single(pattern, ref position, out var low))
        {
            return false;
        }

        result.Append(Literal(low));
        if (position + 1 >= pattern.Length || pattern[position] != '-' || pattern[position + 1] == ']')
        {
            return true;
        }

        position++;
        if (!Single(pattern, ref position, out var high) || high < low)
        {
            return false;
        }

        result.Append('-').Append(Literal(high));
        return true;
    }

    private static bool Single(string pattern, ref int position, out char character)
    {
        if (pattern[position] != '\\')
        {
            character = pattern[position++];
            return true;
        }

        var isCharacter = Character(pattern, position, out character, out var length);
        position += length;
        return isCharacter;
    }

    private static bool Hex(string pattern, int at, out char character, out int length)
    {
        (character, length) = ('\0', 0);
        string digits;
        if (at + 2 < pattern.Length && pattern[at + 2] == '{')
        {
            var end = pattern.IndexOf('}', at);
            if (end < 0)
            {
                return false;
            }

            (digits, length) = (pattern[(at + 3)..end], end - at + 1);
        }
        else
        {
            if (at + 4 > pattern.Length)
            {
                return false;
            }

            (digits, length) = (pattern[(at + 2)..(at + 4)], 4);
        }

        var isRead = int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= char.MaxValue;
        character = (char)value;
        return isRead;
    }

    /// <summary>Octal digits; one digit alone, other than 0, would refer back to a group.</summary>
    private static bool Octal(string pattern, int at, out char character, out int length)
    {
        var end = at + 1;
        var value = 0;
        while (end < pattern.Length && end < at + 4 && pattern[end] is >= '0' and <= '7')
        {
            value = (value * 8) + (pattern[end++] - '0');
        }

        (character, length) = ((char)value, end - at);
        return pattern[at + 1] == '0' || length > 2;
    }
}

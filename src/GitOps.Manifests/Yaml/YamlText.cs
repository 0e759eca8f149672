using System.Buffers;
using System.Text;

namespace GitOps.Manifests.Yaml;

/// <summary>How a string is written so that every reader of YAML 1.1 or 1.2 takes it for the same string.</summary>
internal static class YamlText
{
    private const int ShortestLineSeparator = 0x2028;

    private static readonly SearchValues<char> PlainStart =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.$(^+;");

    private static readonly SearchValues<char> ClockCharacters = SearchValues.Create("0123456789:._+-");

    /// <summary>Whether it may stand without quotes, as a value or a key of a block mapping.</summary>
    public static bool IsPlain(string text) =>
        text.Length > 0
        && (PlainStart.Contains(text[0]) || IsFlag(text))
        && text[^1] is not (' ' or ':')
        && !text.StartsWith("...", StringComparison.Ordinal)
        && !text.Contains(": ", StringComparison.Ordinal)
        && !text.Contains(" #", StringComparison.Ordinal)
        && !text.Contains(" *", StringComparison.Ordinal) // some readers do not see the end of such a key
        && !text.AsSpan().ContainsAnyExceptInRange(' ', '~')
        && YamlDialect.Kubectl.IsPlainString(text)
        && YamlDialect.Kustomize.IsPlainString(text)
        && !LooksLikeTime(text);

    /// <summary>Whether it has several lines that a literal block keeps as they are.</summary>
    public static bool IsBlock(string text) =>
        text.Contains('\n', StringComparison.Ordinal) && text[0] is not (' ' or '\n' or '\t') && !NeedsEscapes(text, isBlock: true);

    /// <summary>On one line, in quotes: single ones where nothing has to be escaped and the text could not be a number or a word.</summary>
    public static string Quote(string text)
    {
        var isAmbiguous = !YamlDialect.Kubectl.IsPlainString(text) || !YamlDialect.Kustomize.IsPlainString(text) || LooksLikeTime(text);
        return isAmbiguous || NeedsEscapes(text, isBlock: false)
            ? Escape(text)
            : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
    }

    /// <summary><c>-c</c>, <c>--flag=value</c>: frequent in arguments, and no list item or separator.</summary>
    private static bool IsFlag(string text) =>
        text is ['-', not (' ' or '-' or '.' or '_'), ..] or ['-', '-', not ('-' or ' '), ..] && !char.IsAsciiDigit(text[1]);

    /// <summary>Dates, times and base-60 numbers, which are no strings to some readers.</summary>
    private static bool LooksLikeTime(string text) =>
        (text.Contains(':', StringComparison.Ordinal) && !text.AsSpan().ContainsAnyExcept(ClockCharacters))
        || (text.Length > 5 && text[4] == '-' && !text.AsSpan(0, 4).ContainsAnyExceptInRange('0', '9'));

    private static bool NeedsEscapes(string text, bool isBlock)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (!IsPrintable(text[i]) && !(isBlock && text[i] is '\n' or '\t'))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsPrintable(char c) => c switch
    {
        < ' ' or (>= (char)0x7F and < (char)0xA0) => false,
        (char)ShortestLineSeparator or (char)(ShortestLineSeparator + 1) or (char)0xFEFF or >= (char)0xFFFE => false,
        _ => !char.IsSurrogate(c),
    };

    private static string Escape(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                quoted.Append(c).Append(text[++i]);
                continue;
            }

            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                '\r' => quoted.Append("\\r"),
                _ when IsPrintable(c) => quoted.Append(c),
                _ when char.IsSurrogate(c) => quoted.Append('\uFFFD'),
                _ => quoted.Append($"\\u{(int)c:X4}"),
            };
        }

        return quoted.Append('"').ToString();
    }
}

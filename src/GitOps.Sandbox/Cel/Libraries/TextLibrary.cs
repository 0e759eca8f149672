using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace GitOps.Sandbox.Cel.Libraries;

/// <summary>Functions over texts. Positions count code points.</summary>
internal static class TextLibrary
{
    public static ImmutableArray<CelOverload> Overloads { get; } =
    [
        Of("contains_string", "(string).contains(string): bool", static a => CelBool.Of(Text(a, 0).Contains(Text(a, 1), StringComparison.Ordinal))),
        Of("ends_with_string", "(string).endsWith(string): bool", static a => CelBool.Of(Text(a, 0).EndsWith(Text(a, 1), StringComparison.Ordinal))),
        Of("starts_with_string", "(string).startsWith(string): bool", static a => CelBool.Of(Text(a, 0).StartsWith(Text(a, 1), StringComparison.Ordinal))),
        Of("matches", "matches(string, string): bool", Matches),
        Of("matches_string", "(string).matches(string): bool", Matches),
        Of("string_find_string", "(string).find(string): string", static a => WithPattern(a, static (pattern, text, _) => CelString.Of(pattern.Match(text).Value))),
        Of("string_find_all_string", "(string).findAll(string): list(string)", static a => WithPattern(a, FindAll)),
        Of("string_find_all_string_int", "(string).findAll(string, int): list(string)", static a => WithPattern(a, FindAll)),
        Of("string_char_at_int", "(string).charAt(int): string", static a => CharAt(Texts(a), Number(a, 1))),
        Of("string_index_of_string", "(string).indexOf(string): int", static a => IndexOf(Text(a, 0), Text(a, 1), 0)),
        Of("string_index_of_string_int", "(string).indexOf(string, int): int", static a => IndexOf(Text(a, 0), Text(a, 1), Number(a, 2))),
        Of("string_last_index_of_string", "(string).lastIndexOf(string): int", static a => LastIndexOf(Text(a, 0), Text(a, 1), null)),
        Of("string_last_index_of_string_int", "(string).lastIndexOf(string, int): int", static a => LastIndexOf(Text(a, 0), Text(a, 1), Number(a, 2))),
        Of("string_lower_ascii", "(string).lowerAscii(): string", static a => Mapped(a, static c => c is >= 'A' and <= 'Z' ? (char)(c + 32) : c)),
        Of("string_upper_ascii", "(string).upperAscii(): string", static a => Mapped(a, static c => c is >= 'a' and <= 'z' ? (char)(c - 32) : c)),
        Of("string_replace_string_string", "(string).replace(string, string): string", static a => Replace(Text(a, 0), Text(a, 1), Text(a, 2), -1)),
        Of("string_replace_string_string_int", "(string).replace(string, string, int): string", static a => Replace(Text(a, 0), Text(a, 1), Text(a, 2), Number(a, 3))),
        Of("string_split_string", "(string).split(string): list(string)", static a => Split(Text(a, 0), Text(a, 1), -1)),
        Of("string_split_string_int", "(string).split(string, int): list(string)", static a => Split(Text(a, 0), Text(a, 1), Number(a, 2))),
        Of("string_substring_int", "(string).substring(int): string", static a => Substring(Texts(a), Number(a, 1), null)),
        Of("string_substring_int_int", "(string).substring(int, int): string", static a => Substring(Texts(a), Number(a, 1), Number(a, 2))),
        Of("string_trim", "(string).trim(): string", static a => CelString.Of(Text(a, 0).Trim())),
        Of("string_format", "(string).format(list(dyn)): string", static a => TextFormatter.Format(Text(a, 0), (CelList)a[1])),
        Of("strings_quote", "strings.quote(string): string", static a => CelString.Of(Quote(Text(a, 0)))),
        Of("list_join", "(list(string)).join(): string", static a => Join((CelList)a[0], string.Empty)),
        Of("list_join_string", "(list(string)).join(string): string", static a => Join((CelList)a[0], Text(a, 1))),
    ];

    /// <summary>The text as a literal of the language.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            quoted.Append(c switch
            {
                '\a' => "\\a",
                '\b' => "\\b",
                '\f' => "\\f",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\v' => "\\v",
                '\\' => "\\\\",
                '"' => "\\\"",
                _ => c.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }

    private static CelOverload Of(string id, string signature, Func<CelValue[], CelValue> apply) => CelSignature.Read(id, signature, apply);

    private static string Text(CelValue[] arguments, int index) => ((CelString)arguments[index]).Value;

    private static CelString Texts(CelValue[] arguments) => (CelString)arguments[0];

    private static long Number(CelValue[] arguments, int index) => ((CelInt)arguments[index]).Value;

    private static CelString Mapped(CelValue[] arguments, Func<char, char> map) =>
        CelString.Of(string.Create(Text(arguments, 0).Length, (Text(arguments, 0), map), static (target, state) =>
        {
            for (var i = 0; i < target.Length; i++)
            {
                target[i] = state.map(state.Item1[i]);
            }
        }));

    private static CelValue Matches(CelValue[] arguments) =>
        WithPattern(arguments, static (pattern, text, _) => CelBool.Of(pattern.IsMatch(text)));

    private static CelValue WithPattern(CelValue[] arguments, Func<Regex, string, CelValue[], CelValue> apply)
    {
        if (CelPatterns.Find(Text(arguments, 1)) is not { } pattern)
        {
            return new CelError($"error parsing regexp: `{Text(arguments, 1)}`");
        }

        try
        {
            return apply(pattern, Text(arguments, 0), arguments);
        }
        catch (RegexMatchTimeoutException)
        {
            throw new CelCostException();
        }
    }

    private static CelArray FindAll(Regex pattern, string text, CelValue[] arguments)
    {
        var limit = arguments.Length > 2 ? Number(arguments, 2) : -1;
        var found = new List<CelValue>();
        var end = -1;
        for (var match = limit == 0 ? Match.Empty : pattern.Match(text); match.Success && found.Count != limit; match = match.NextMatch())
        {
            // An empty match right behind another one is none.
            if (match.Length > 0 || match.Index != end)
            {
                found.Add(CelString.Of(match.Value));
            }

            end = match.Index + match.Length;
        }

        return new(found);
    }

    private static CelError OutOfRange(long index) => new(string.Create(CultureInfo.InvariantCulture, $"index out of range: {index}"));

    /// <summary>Where a code point stands in the text.</summary>
    private static int Offset(CelString text, long index)
    {
        if (text.IsSimple)
        {
            return (int)index;
        }

        var offset = 0;
        for (; index > 0; index--)
        {
            offset += char.IsHighSurrogate(text.Value[offset]) ? 2 : 1;
        }

        return offset;
    }

    private static long Index(string text, int offset) => CelString.Count(text[..offset]);

    private static CelValue CharAt(CelString text, long index)
    {
        if (index < 0 || index > text.Size)
        {
            return OutOfRange(index);
        }

        return index == text.Size ? CelString.Of(string.Empty) : CelString.Of(text.Value[Offset(text, index)..Offset(text, index + 1)]);
    }

    private static CelValue IndexOf(string text, string wanted, long from)
    {
        if (wanted.Length == 0)
        {
            return CelInt.Of(from);
        }

        if (from < 0)
        {
            return OutOfRange(from);
        }

        var value = CelString.Of(text);
        if (from >= value.Size)
        {
            return CelInt.Of(-1);
        }

        var found = text.IndexOf(wanted, Offset(value, from), StringComparison.Ordinal);
        return CelInt.Of(found < 0 ? -1 : Index(text, found));
    }

    private static CelValue LastIndexOf(string text, string wanted, long? from)
    {
        var value = CelString.Of(text);
        if (wanted.Length == 0)
        {
            return CelInt.Of(from ?? value.Size);
        }

        var start = from ?? value.Size - 1;
        if (text.Length == 0 && from is null)
        {
            return CelInt.Of(-1);
        }

        if (start < 0)
        {
            return OutOfRange(start);
        }

        if (start >= value.Size)
        {
            return CelInt.Of(-1);
        }

        var last = Math.Min(start, value.Size - CelString.Count(wanted));
        for (var at = last < 0 ? -1 : Offset(value, last); at >= 0; at--)
        {
            if (string.CompareOrdinal(text, at, wanted, 0, wanted.Length) == 0)
            {
                return CelInt.Of(Index(text, at));
            }
        }

        return CelInt.Of(-1);
    }

    private static CelString Replace(string text, string old, string replacement, long limit)
    {
        if (limit == 0 || old == replacement)
        {
            return CelString.Of(text);
        }

        var result = new StringBuilder();
        var at = 0;
        for (var count = 0L; limit < 0 || count < limit; count++)
        {
            var found = old.Length == 0 ? Gap(text, at, count) : text.IndexOf(old, at, StringComparison.Ordinal);
            if (found < 0)
            {
                break;
            }

            result.Append(text, at, found - at).Append(replacement);
            CelLimits.Text(result.Length);
            at = found + old.Length;
        }

        result.Append(text, at, text.Length - at);
        CelLimits.Text(result.Length);
        return CelString.Of(result.ToString());
    }

    /// <summary>The next place between two characters; an empty text is replaced at each of them.</summary>
    private static int Gap(string text, int at, long count)
    {
        if (count == 0)
        {
            return 0;
        }

        return at >= text.Length ? -1 : at + (char.IsHighSurrogate(text[at]) ? 2 : 1);
    }

    private static CelArray Split(string text, string separator, long limit)
    {
        if (limit == 0)
        {
            return new([]);
        }

        if (separator.Length == 0)
        {
            var runes = text.EnumerateRunes().Select(static rune => rune.ToString()).ToList();
            if (limit > 0 && runes.Count > limit)
            {
                runes = [.. runes.Take((int)limit - 1), string.Concat(runes.Skip((int)limit - 1))];
            }

            return new([.. runes.Select(CelString.Of)]);
        }

        var parts = limit < 0 ? text.Split(separator) : text.Split(separator, (int)Math.Min(limit, int.MaxValue));
        return new([.. parts.Select(CelString.Of)]);
    }

    private static CelValue Substring(CelString text, long start, long? end)
    {
        var stop = end ?? text.Size;
        if (end is not null && start > end)
        {
            return new CelError(string.Create(CultureInfo.InvariantCulture, $"invalid substring range. start: {start}, end: {end}"));
        }

        if (start < 0 || start > text.Size)
        {
            return OutOfRange(start);
        }

        return stop > text.Size ? OutOfRange(stop) : CelString.Of(text.Value[Offset(text, start)..Offset(text, stop)]);
    }

    private static CelValue Join(CelList list, string separator)
    {
        var text = new StringBuilder();
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i] is not CelString item)
            {
                return new CelError($"join: invalid input: {CelFormat.Text(list[i])}");
            }

            text.Append(i == 0 ? string.Empty : separator).Append(item.Value);
            CelLimits.Text(text.Length);
        }

        return CelString.Of(text.ToString());
    }
}

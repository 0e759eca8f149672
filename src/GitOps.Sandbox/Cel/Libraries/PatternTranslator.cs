using System.Globalization;
using System.Text;

namespace GitOps.Sandbox.Cel.Libraries;

/// <summary>
/// Writes an RE2 pattern in the syntax of .NET, where the two differ: ASCII classes, POSIX classes, the end of the text, named
/// groups, quoted text; and refuses what RE2 does not have.
/// </summary>
internal sealed class PatternTranslator
{
    private const int MaxRepeat = 1000;
    private const int MaxDepth = 200;

    private readonly string _pattern;
    private readonly StringBuilder _out = new();

    /// <summary>For each open group, the largest repetition within it, and whether lines have ends of their own.</summary>
    private readonly Stack<(long Repeats, bool IsMultiline)> _groups = new();

    private int _at;
    private long _repeats = 1;
    private long _lastRepeats = 1;
    private bool _isMultiline;
    private bool _canRepeat;

    private PatternTranslator(string pattern) => _pattern = pattern;

    /// <summary>Null: it is no RE2 pattern.</summary>
    public static string? Translate(string pattern)
    {
        var translator = new PatternTranslator(pattern);
        while (translator._at < pattern.Length)
        {
            if (!translator.Next())
            {
                return null;
            }
        }

        return translator._groups.Count == 0 ? translator._out.ToString() : null;
    }

    private char At(int offset) => _at + offset < _pattern.Length ? _pattern[_at + offset] : '\0';

    private bool Copy(int length, bool canRepeat)
    {
        _out.Append(_pattern, _at, length);
        return Skip(length, canRepeat);
    }

    private bool Skip(int length, bool canRepeat)
    {
        _at += length;
        _canRepeat = canRepeat;
        if (canRepeat)
        {
            _lastRepeats = 1;
        }

        return true;
    }

    private bool Write(string text, int length, bool canRepeat = true)
    {
        _out.Append(text);
        return Skip(length, canRepeat);
    }

    private bool Next() => _pattern[_at] switch
    {
        '\\' => Escape(),
        '[' => Class(),
        '(' => Open(),
        ')' => Close(),
        '*' or '+' or '?' => Repeat(1, MaxOne: true),
        '{' when RepeatLength() is var length and > 0 => Repeat(length, MaxOne: false),
        '{' or '}' or ']' => Write($"\\{_pattern[_at]}", 1),
        '$' => Write(_isMultiline ? "(?m:$)" : "\\z", 1),
        '^' => Write(_isMultiline ? "(?m:^)" : "\\A", 1),
        '|' => Copy(1, canRepeat: false),
        '#' or ' ' => Write($"\\{_pattern[_at]}", 1),
        _ => Copy(1, canRepeat: true),
    };

    /// <summary>The length of <c>{n}</c>, <c>{n,}</c> or <c>{n,m}</c> here; 0 if it is only a brace.</summary>
    private int RepeatLength()
    {
        var end = _pattern.IndexOf('}', _at);
        if (end < 0)
        {
            return 0;
        }

        var parts = _pattern[(_at + 1)..end].Split(',');
        var isRepeat = parts.Length <= 2 && parts[0].Length > 0 && parts.All(static part => part.All(char.IsAsciiDigit));
        return isRepeat ? end - _at + 1 : 0;
    }

    private bool Repeat(int length, bool MaxOne)
    {
        if (!_canRepeat)
        {
            return false;
        }

        if (!MaxOne)
        {
            var counts = _pattern[(_at + 1)..(_at + length - 1)].Split(',').Where(static part => part.Length > 0).ToList();
            if (counts.Any(static count => count.Length > 4))
            {
                return false;
            }

            var numbers = counts.ConvertAll(static count => long.Parse(count, CultureInfo.InvariantCulture));
            var most = Math.Max(1, numbers.Max()) * _lastRepeats;
            if (most > MaxRepeat || (numbers.Count == 2 && numbers[0] > numbers[1]))
            {
                return false;
            }

            _repeats = Math.Max(_repeats, most);
        }

        var isLazy = At(length) == '?';
        return Copy(length + (isLazy ? 1 : 0), canRepeat: false);
    }

    private bool Open()
    {
        if (_groups.Count >= MaxDepth)
        {
            return false;
        }

        if (At(1) != '?')
        {
            Enter();
            return Copy(1, canRepeat: false);
        }

        if (At(2) == 'P' && At(3) == '<')
        {
            return Named(4);
        }

        if (At(2) == '<')
        {
            return Named(3);
        }

        return Flags();
    }

    private void Enter()
    {
        _groups.Push((_repeats, _isMultiline));
        _repeats = 1;
    }

    private bool Named(int start)
    {
        var end = _pattern.IndexOf('>', _at);
        var name = end < 0 ? string.Empty : _pattern[(_at + start)..end];
        if (name.Length == 0 || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_'))
        {
            return false;
        }

        // The name is of no use here, and .NET would number groups another way because of it.
        Enter();
        return Write("(", end - _at + 1, canRepeat: false);
    }

    private bool Flags()
    {
        var at = 2;
        var isOff = false;
        var flags = new StringBuilder();
        while (At(at) is not (':' or ')' or '\0'))
        {
            switch (At(at))
            {
                case '-' when !isOff:
                    isOff = true;
                    flags.Append('-');
                    break;
                case 'i' or 's':
                    flags.Append(At(at));
                    break;
                case 'm':
                    break;
                default:
                    return false;
            }

            at++;
        }

        var text = _pattern[(_at + 2)..(_at + at)];
        var minus = text.IndexOf('-', StringComparison.Ordinal);
        var on = minus < 0 ? text : text[..minus];
        var off = minus < 0 ? string.Empty : text[minus..];
        if (At(at) == '\0' || off == "-")
        {
            return false;
        }

        var kept = flags.ToString().TrimEnd('-');
        var before = _isMultiline;
        var isMultiline = !off.Contains('m', StringComparison.Ordinal) && (before || on.Contains('m', StringComparison.Ordinal));
        if (At(at) == ')')
        {
            _isMultiline = isMultiline;
            return Write(kept.Length == 0 ? string.Empty : $"(?{kept})", at + 1, canRepeat: false);
        }

        Enter();
        _isMultiline = isMultiline;
        return Write($"(?{kept}:", at + 1, canRepeat: false);
    }

    private bool Close()
    {
        if (!_groups.TryPop(out var outer))
        {
            return false;
        }

        var inner = _repeats;
        _repeats = Math.Max(outer.Repeats, inner);
        _isMultiline = outer.IsMultiline;
        Copy(1, canRepeat: true);
        _lastRepeats = inner;
        return true;
    }

    private bool Escape()
    {
        var c = At(1);
        switch (c)
        {
            case 'd':
                return Write("[0-9]", 2);
            case 'D':
                return Write("[^0-9]", 2);
            case 'w':
                return Write("[0-9A-Za-z_]", 2);
            case 'W':
                return Write("[^0-9A-Za-z_]", 2);
            case 's':
                return Write("[\\t\\n\\f\\r ]", 2);
            case 'S':
                return Write("[^\\t\\n\\f\\r ]", 2);
            case 'A' or 'z' or 'b' or 'B':
                return Copy(2, canRepeat: true);
            case 'Q':
                var end = _pattern.IndexOf("\\E", _at, StringComparison.Ordinal);
                var quoted = end < 0 ? _pattern[(_at + 2)..] : _pattern[(_at + 2)..end];
                return Write(string.Concat(quoted.Select(PatternClasses.Literal)), quoted.Length + (end < 0 ? 2 : 4));
            case 'p' or 'P':
                return PatternClasses.Category(_pattern, _at, out var category, out var categoryLength) && Write(category, categoryLength);
            default:
                return PatternClasses.Character(_pattern, _at, out var character, out var length) && Write(PatternClasses.Literal(character), length);
        }
    }

    private bool Class() => PatternClasses.Bracketed(_pattern, _at, out var text, out var length) && Write(text, length);
}

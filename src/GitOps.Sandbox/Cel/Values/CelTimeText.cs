using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace GitOps.Sandbox.Cel.Values;

/// <summary>Texts of times and durations, both ways.</summary>
internal static class CelTimeText
{
    private static readonly SearchValues<char> NumberParts = SearchValues.Create("0123456789.");

    /// <summary><c>1h30m</c>, <c>-1.5s</c>, <c>250ms</c>; null if it is none, or longer than 292 years.</summary>
    public static CelDuration? Duration(string text)
    {
        var rest = text.AsSpan();
        var isNegative = rest is ['-', ..];
        if (rest is ['-' or '+', ..])
        {
            rest = rest[1..];
        }

        if (rest is "0")
        {
            return new(0);
        }

        BigInteger total = 0;
        if (rest.IsEmpty)
        {
            return null;
        }

        while (!rest.IsEmpty)
        {
            var length = rest.IndexOfAnyExcept(NumberParts);
            if (length <= 0 || !TryNumber(rest[..length], out var number, out var scale))
            {
                return null;
            }

            rest = rest[length..];
            var end = rest.IndexOfAny(NumberParts);
            var unit = rest[..(end < 0 ? rest.Length : end)];
            if (Unit(unit) is not { } factor)
            {
                return null;
            }

            total += number * factor / scale;
            rest = rest[unit.Length..];
        }

        total = isNegative ? -total : total;
        return total < long.MinValue || total > long.MaxValue ? null : new((long)total);
    }

    /// <summary>An RFC 3339 time; an error if it is none or out of range.</summary>
    public static CelValue? Timestamp(string text)
    {
        if (text.Length < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':'
            || !DateTime.TryParseExact(text[..19], "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date))
        {
            return null;
        }

        var at = 19;
        var nanoseconds = 0;
        if (text[at] is '.' or ',')
        {
            var end = at + 1;
            while (end < text.Length && char.IsAsciiDigit(text[end]))
            {
                end++;
            }

            if (end == at + 1)
            {
                return null;
            }

            nanoseconds = int.Parse(text[(at + 1)..end].PadRight(9, '0')[..9], NumberStyles.None, CultureInfo.InvariantCulture);
            at = end;
        }

        var seconds = (long)(date - DateTime.UnixEpoch).TotalSeconds;
        return Offset(text.AsSpan(at)) is { } offset ? CelTimestamp.Of(seconds - (offset * 60), nanoseconds, offset) : null;
    }

    /// <summary>A date alone: its first second.</summary>
    public static CelValue? Date(string text) =>
        DateTime.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date)
            ? CelTimestamp.Of((long)(date - DateTime.UnixEpoch).TotalSeconds, 0)
            : null;

    public static string Rfc3339(CelTimestamp time)
    {
        var text = new StringBuilder(Local(time).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));
        Fraction(text, time.Nanoseconds);
        if (time.Offset == 0)
        {
            return text.Append('Z').ToString();
        }

        var minutes = Math.Abs(time.Offset);
        return text.Append(CultureInfo.InvariantCulture, $"{(time.Offset < 0 ? '-' : '+')}{minutes / 60:D2}:{minutes % 60:D2}").ToString();
    }

    /// <summary>As <c>string(duration)</c> writes it: seconds, with as many decimals as there are.</summary>
    public static string Seconds(CelDuration duration)
    {
        var text = new StringBuilder(duration.Nanoseconds < 0 ? "-" : string.Empty);
        var size = BigInteger.Abs(duration.Nanoseconds);
        text.Append(CultureInfo.InvariantCulture, $"{size / CelDuration.Second}");
        Fraction(text, (int)(size % CelDuration.Second));
        return text.Append('s').ToString();
    }

    private static DateTime Local(CelTimestamp time)
    {
        var local = time.Date.Ticks + (time.Offset * TimeSpan.TicksPerMinute);
        return new(Math.Clamp(local, 0, DateTime.MaxValue.Ticks), DateTimeKind.Utc);
    }

    private static void Fraction(StringBuilder text, int nanoseconds)
    {
        if (nanoseconds != 0)
        {
            text.Append('.').Append(nanoseconds.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0'));
        }
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out BigInteger number, out BigInteger scale)
    {
        (number, scale) = (0, 1);
        var isAfterDot = false;
        var digits = 0;
        foreach (var c in text)
        {
            if (c == '.')
            {
                if (isAfterDot)
                {
                    return false;
                }

                isAfterDot = true;
                continue;
            }

            // Beyond this many digits a duration has no use for more.
            if (++digits > 40)
            {
                return false;
            }

            number = (number * 10) + (c - '0');
            scale *= isAfterDot ? 10 : 1;
        }

        return digits > 0;
    }

    private static long? Unit(ReadOnlySpan<char> unit) => unit switch
    {
        "ns" => 1,
        "us" or "µs" or "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => CelDuration.Second,
        "m" => 60 * CelDuration.Second,
        "h" => 3600 * CelDuration.Second,
        _ => null,
    };

    /// <summary>Minutes east of Greenwich.</summary>
    private static int? Offset(ReadOnlySpan<char> text)
    {
        if (text is "Z")
        {
            return 0;
        }

        return text is ['+' or '-', _, _, ':', _, _]
            && int.TryParse(text[1..3], NumberStyles.None, CultureInfo.InvariantCulture, out var hours) && hours < 24
            && int.TryParse(text[4..6], NumberStyles.None, CultureInfo.InvariantCulture, out var minutes) && minutes < 60
            ? (text[0] == '-' ? -1 : 1) * ((hours * 60) + minutes)
            : null;
    }
}

using System.Globalization;
using System.Numerics;
using System.Text;

namespace GitOps.Manifests.Yaml;

/// <summary>Numbers as Go reads and prints them, which is how they look in every Kubernetes API.</summary>
internal static class GoNumbers
{
    private const int ExponentLimit = 6;

    /// <summary>An integer with a base prefix (<c>0x</c>, <c>0o</c>, <c>0b</c>, or <c>0</c> for octal).</summary>
    /// <returns>False if it is none, or beyond 64 bits. Unsigned ones up to 2^64-1 come without a sign only.</returns>
    public static bool TryParseInteger(ReadOnlySpan<char> text, out Int128 value)
    {
        value = 0;
        var sign = text is ['-', ..] ? -1 : text is ['+', ..] ? 1 : 0;
        var digits = sign == 0 ? text : text[1..];
        if (!TryParseMagnitude(digits, out var magnitude))
        {
            return false;
        }

        value = sign < 0 ? -(Int128)magnitude : magnitude;
        return value >= long.MinValue && value <= (sign == 0 ? ulong.MaxValue : (Int128)long.MaxValue);
    }

    /// <summary>Decimal digits with a point or an exponent. False if it is none, or too large for 64 bits.</summary>
    public static bool TryParseFloat(ReadOnlySpan<char> text, out double value)
    {
        value = 0;
        return IsFloat(text)
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
            && double.IsFinite(value);
    }

    /// <summary>Digits of base 2 with a sign of their own, as in <c>0b-11</c>.</summary>
    public static bool TryParseSignedBinary(ReadOnlySpan<char> text, out Int128 value)
    {
        value = 0;
        var isNegative = text is ['-', ..];
        if (text is not (['-', ..] or ['+', ..]) || !TryParseDigits(text[1..], 2, out var magnitude))
        {
            return false;
        }

        value = isNegative ? -(Int128)magnitude : magnitude;
        return value >= long.MinValue && value <= long.MaxValue;
    }

    /// <summary>Shortest digits that read back; an exponent below 1e-6 and from 1e21 on.</summary>
    public static string ToJson(double value)
    {
        var size = Math.Abs(value);
        if (size == 0)
        {
            return "0";
        }

        var (digits, exponent) = Shortest(size.ToString("R", CultureInfo.InvariantCulture));
        var sign = value < 0 ? "-" : string.Empty;
        if (size is < 1e-6 or >= 1e21)
        {
            return sign + Scientific(digits, exponent, minExponentDigits: exponent < 0 ? 1 : 2);
        }

        return sign + Positional(digits, exponent);
    }

    /// <summary>How a float is written as YAML: an exponent below 1e-4 and from 1e6 on.</summary>
    public static string ToText(double value) => ToText(Math.Abs(value), double.IsNegative(value));

    /// <summary>How a float becomes a mapping's key: rounded to 32 bits, an exponent below 1e-4 and from 1e6 on.</summary>
    public static string ToKey(double value)
    {
        var narrow = Math.Abs((float)value);
        return float.IsInfinity(narrow) ? value < 0 ? "-.inf" : ".inf" : ToText(narrow, double.IsNegative(value));
    }

    /// <param name="size">Of 32 or 64 bits, which says how many digits there are.</param>
    /// <param name="isNegative">Whether a sign comes first.</param>
    private static string ToText<T>(T size, bool isNegative)
        where T : IBinaryFloatingPointIeee754<T>
    {
        var sign = isNegative ? "-" : string.Empty;
        if (T.IsZero(size))
        {
            return sign + "0";
        }

        var (digits, exponent) = Shortest(size.ToString("R", CultureInfo.InvariantCulture));
        return exponent < -4 || exponent >= ExponentLimit
            ? sign + Scientific(digits, exponent, minExponentDigits: 2)
            : sign + Positional(digits, exponent);
    }

    /// <summary>Digits with at most one point and at least one digit that it needs, then perhaps an exponent.</summary>
    private static bool IsFloat(ReadOnlySpan<char> text)
    {
        text = text is ['-' or '+', ..] ? text[1..] : text;
        var whole = CountDigits(text);
        text = text[whole..];
        if (text is ['.', ..])
        {
            var fraction = CountDigits(text[1..]);
            if (whole + fraction == 0)
            {
                return false;
            }

            text = text[(1 + fraction)..];
        }
        else if (whole == 0)
        {
            return false;
        }

        if (text is ['e' or 'E', ..])
        {
            text = text[1..] is ['-' or '+', .. var signed] ? signed : text[1..];
            return text.Length > 0 && CountDigits(text) == text.Length;
        }

        return text.Length == 0;
    }

    private static int CountDigits(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExceptInRange('0', '9');
        return end < 0 ? text.Length : end;
    }

    private static bool TryParseMagnitude(ReadOnlySpan<char> digits, out ulong value) => digits switch
    {
        ['0', 'x' or 'X', _, ..] => TryParseDigits(digits[2..], 16, out value),
        ['0', 'o' or 'O', _, ..] => TryParseDigits(digits[2..], 8, out value),
        ['0', 'b' or 'B', _, ..] => TryParseDigits(digits[2..], 2, out value),
        ['0', _, ..] => TryParseDigits(digits[1..], 8, out value),
        _ => TryParseDigits(digits, 10, out value),
    };

    private static bool TryParseDigits(ReadOnlySpan<char> digits, uint numberBase, out ulong value)
    {
        value = 0;
        foreach (var c in digits)
        {
            var digit = char.IsAsciiHexDigit(c) ? (uint)Convert.ToInt32(c.ToString(), 16) : uint.MaxValue;
            if (digit >= numberBase || value > (ulong.MaxValue - digit) / numberBase)
            {
                return false;
            }

            value = (value * numberBase) + digit;
        }

        return digits.Length > 0;
    }

    /// <summary>Digits without leading or trailing zeros, and the power of ten of the first of them.</summary>
    private static (string Digits, int Exponent) Shortest(string text)
    {
        var exponent = 0;
        var e = text.IndexOf('E', StringComparison.Ordinal);
        if (e >= 0)
        {
            exponent = int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            text = text[..e];
        }

        var point = text.IndexOf('.', StringComparison.Ordinal);
        var all = point < 0 ? text : text.Remove(point, 1);
        var leading = all.Length - all.TrimStart('0').Length;
        exponent += (point < 0 ? text.Length : point) - 1 - leading;
        return (all.Trim('0'), exponent);
    }

    private static string Scientific(string digits, int exponent, int minExponentDigits)
    {
        var mantissa = digits.Length == 1 ? digits : $"{digits[0]}.{digits[1..]}";
        var size = Math.Abs(exponent).ToString(CultureInfo.InvariantCulture).PadLeft(minExponentDigits, '0');
        return $"{mantissa}e{(exponent < 0 ? '-' : '+')}{size}";
    }

    private static string Positional(string digits, int exponent)
    {
        var text = new StringBuilder();
        if (exponent < 0)
        {
            return text.Append("0.").Append('0', -exponent - 1).Append(digits).ToString();
        }

        if (digits.Length <= exponent + 1)
        {
            return text.Append(digits).Append('0', exponent + 1 - digits.Length).ToString();
        }

        return text.Append(digits, 0, exponent + 1).Append('.').Append(digits, exponent + 1, digits.Length - exponent - 1).ToString();
    }
}

using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Admission;

/// <summary>
/// Resource quantities. Canonical: no fraction, the largest suffix that loses nothing, of the family (1024s or 1000s) that was
/// given: <c>1024Mi</c> is <c>1Gi</c>, <c>0.5</c> is <c>500m</c>.
/// </summary>
internal static class Quantity
{
    private const decimal Nano = 0.000_000_001m;
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");
    private static readonly string[] Binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    private static readonly string[] Decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

    /// <returns>Null if the value is canonical already, or no quantity at all.</returns>
    public static JsonValue? Canonical(JsonNode value)
    {
        var text = value.GetValueKind() switch
        {
            JsonValueKind.String => value.GetValue<string>(),
            JsonValueKind.Number => value.ToJsonString(),
            _ => null,
        };
        if (text is null || Canonical(text) is not { } canonical)
        {
            return null;
        }

        return canonical == text && value.GetValueKind() == JsonValueKind.String ? null : JsonValue.Create(canonical);
    }

    /// <summary>The amount itself.</summary>
    public static bool TryRead(JsonNode? value, out decimal amount)
    {
        amount = 0;
        var text = value?.GetValueKind() switch
        {
            JsonValueKind.String => value.GetValue<string>(),
            JsonValueKind.Number => value.ToJsonString(),
            _ => null,
        };
        if (text is null)
        {
            return false;
        }

        var end = text.AsSpan().LastIndexOfAny(Digits) + 1;
        var number = text.AsSpan(0, end);
        var suffix = text[end..];
        try
        {
            if (number.IndexOfAny('e', 'E') is var exponent and > 0)
            {
                var isNumber = TryParse(number[..exponent], out var mantissa)
                    & int.TryParse(number[(exponent + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var power);
                amount = isNumber ? mantissa * Power(10, power) : 0;
                return isNumber && suffix.Length == 0;
            }

            var (binary, decimals) = (Array.IndexOf(Binary, suffix), Array.IndexOf(Decimal, suffix));
            if (!TryParse(number, out amount) || (binary < 0 && decimals < 0))
            {
                return false;
            }

            amount *= binary > 0 ? Power(1024, binary) : Power(1000, decimals - 3);
            return true;
        }
        catch (OverflowException)
        {
            amount = text.StartsWith('-') ? decimal.MinValue : decimal.MaxValue;
            return true;
        }
    }

    /// <returns>Null if the text is no quantity.</returns>
    public static string? Canonical(string text)
    {
        var end = text.AsSpan().LastIndexOfAny(Digits) + 1;
        var suffix = text[end..];
        var number = text.AsSpan(0, end);
        var exponent = number.IndexOfAny('e', 'E');
        try
        {
            if (exponent > 0)
            {
                return suffix.Length > 0 || !TryParse(number[..exponent], out var mantissa)
                    || !int.TryParse(number[(exponent + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var power)
                    ? null
                    : InExponents(mantissa * Power(10, power), text[exponent]);
            }

            if (!TryParse(number, out var value))
            {
                return null;
            }

            var binary = Array.IndexOf(Binary, suffix);
            if (binary > 0)
            {
                return InBinary(value * Power(1024, binary));
            }

            var decimals = Array.IndexOf(Decimal, suffix);
            return decimals < 0 ? null : InDecimal(value * Power(1000, decimals - 3));
        }
        catch (OverflowException)
        {
            return text;
        }
    }

    private static bool TryParse(ReadOnlySpan<char> text, out decimal value) => decimal.TryParse(
        text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value);

    private static decimal Power(int factor, int power)
    {
        var value = 1m;
        for (var i = 0; i < Math.Abs(power); i++)
        {
            value = power > 0 ? value * factor : value / factor;
        }

        return value;
    }

    private static string InBinary(decimal value)
    {
        if (value != decimal.Truncate(value))
        {
            return InDecimal(value);
        }

        var suffix = 0;
        while (value != 0 && suffix < Binary.Length - 1 && value % 1024 == 0)
        {
            value /= 1024;
            suffix++;
        }

        return Whole(value) + Binary[suffix];
    }

    private static string InDecimal(decimal value)
    {
        var (digits, suffix) = Reduce(value);
        return digits + Decimal[Math.Min(suffix, Decimal.Length - 1)];
    }

    private static string InExponents(decimal value, char letter)
    {
        var (digits, suffix) = Reduce(value);
        var power = (suffix - 3) * 3;
        return power == 0 ? digits : $"{digits}{letter}{power}";
    }

    /// <summary>The whole number of the largest thousand that loses nothing; what is below a billionth is rounded up.</summary>
    private static (string Digits, int Suffix) Reduce(decimal value)
    {
        if (value == 0)
        {
            return ("0", 3);
        }

        var units = value / Nano;
        units = units > 0 ? decimal.Ceiling(units) : decimal.Floor(units);
        var suffix = 0;
        while (suffix < Decimal.Length - 1 && units % 1000 == 0)
        {
            units /= 1000;
            suffix++;
        }

        return (Whole(units), suffix);
    }

    private static string Whole(decimal value) => value.ToString("0", CultureInfo.InvariantCulture);
}

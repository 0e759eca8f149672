using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Cel.Values;

/// <summary>A resource quantity, exact to a billionth.</summary>
internal sealed class CelQuantity : CelOpaque
{
    public const string FormatMistake = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

    private const string NumberMistake = "unable to parse numeric part of quantity";
    private const string SuffixMistake = "unable to parse quantity's suffix";
    private const int MaxDigits = 200;

    private static readonly BigInteger One = BigInteger.Pow(10, 9);
    private static readonly string[] Binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    private static readonly string[] Decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

    private readonly BigInteger _billionths;

    /// <summary>The power of ten it was written in; null: one that an integer is never made of.</summary>
    private readonly int? _scale;

    private CelQuantity(BigInteger billionths, int? scale)
        : base(CelTypes.Quantity) => (_billionths, _scale) = (billionths, scale);

    public int Sign => _billionths.Sign;

    /// <summary>Null unless it is an integer and was written as one.</summary>
    public long? Integer => _scale >= 0 && _billionths % One == 0 && BigInteger.Abs(_billionths / One) <= long.MaxValue ? (long)(_billionths / One) : null;

    public double Float => (double)_billionths / 1e9;

    public static CelQuantity Of(long integer) => new(integer * One, 0);

    /// <summary>Null, with the reason, if the text is no quantity.</summary>
    public static CelQuantity? Parse(string text, out string mistake)
    {
        var start = text.StartsWith('-') || text.StartsWith('+') ? 1 : 0;
        var end = start;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.'))
        {
            end++;
        }

        var parts = text[start..end].Split('.');
        mistake = FormatMistake;
        if (end == start || end > MaxDigits || parts.Length > 2 || !IsSuffix(text.AsSpan(end)))
        {
            return null;
        }

        mistake = NumberMistake;
        if (parts.All(static part => part.Length == 0))
        {
            return null;
        }

        mistake = SuffixMistake;
        if (Suffix(text[end..]) is not { } suffix)
        {
            return null;
        }

        var decimals = parts.Length > 1 ? parts[1].Length : 0;
        var digits = BigInteger.Parse($"0{string.Concat(parts)}", NumberStyles.None, CultureInfo.InvariantCulture);
        var scaled = suffix.Base == 2 ? digits * BigInteger.Pow(2, suffix.Exponent) : digits;
        var power = 9 - decimals + (suffix.Base == 10 ? suffix.Exponent : 0);
        var billionths = power >= 0 ? scaled * BigInteger.Pow(10, power) : RoundedUp(scaled, BigInteger.Pow(10, -power));
        if (suffix.Base == 2)
        {
            billionths = BigInteger.Min(billionths, long.MaxValue * One);
        }

        int? scale = suffix.Base == 2 ? (decimals == 0 ? 0 : null) : suffix.Exponent - decimals;
        return new(text.StartsWith('-') ? -billionths : billionths, scale);
    }

    public CelQuantity Add(CelQuantity other) => new(_billionths + other._billionths, Smaller(other));

    public CelQuantity Subtract(CelQuantity other) => new(_billionths - other._billionths, Smaller(other));

    public int Compare(CelQuantity other) => _billionths.CompareTo(other._billionths);

    public override bool Same(CelValue other) => other is CelQuantity quantity && quantity._billionths == _billionths;

    public override JsonNode ToJson() => _billionths % One == 0
        ? (_billionths / One).ToString(CultureInfo.InvariantCulture)
        : $"{_billionths.ToString(CultureInfo.InvariantCulture)}n";

    private static BigInteger RoundedUp(BigInteger value, BigInteger divisor) => (value + divisor - 1) / divisor;

    private static bool IsSuffix(ReadOnlySpan<char> text)
    {
        var rest = text.TrimStart("eEinumkKMGTP");
        return (rest is ['+' or '-', ..] ? rest[1..] : rest).IndexOfAnyExceptInRange('0', '9') < 0;
    }

    private static (int Base, int Exponent)? Suffix(string suffix)
    {
        if (Array.IndexOf(Binary, suffix) is >= 0 and var binary)
        {
            return (2, (binary + 1) * 10);
        }

        if (Array.IndexOf(Decimal, suffix) is >= 0 and var index)
        {
            return (10, (index - 3) * 3);
        }

        return suffix.Length > 1 && suffix[0] is 'e' or 'E'
            && int.TryParse(suffix[1..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent) && Math.Abs(exponent) < MaxDigits
            ? (10, exponent)
            : null;
    }

    private int? Smaller(CelQuantity other) => _scale is { } mine && other._scale is { } theirs ? Math.Min(mine, theirs) : null;
}

using System.Globalization;
using System.Numerics;

namespace GitOps.Operator.Diff;

/// <summary>
/// Kubernetes quantities, which the server stores in its own spelling: <c>1000m</c> is <c>1</c>, <c>1024Mi</c> is <c>1Gi</c>.
/// </summary>
internal static class Quantity
{
    // Past 10^±30 nothing is a quantity of a cluster, and exact arithmetic would be an invitation to write 1e999999999.
    private const int MaxExponent = 30;

    private static readonly Dictionary<string, (int Base, int Power)> Suffixes = new(StringComparer.Ordinal)
    {
        ["n"] = (10, -9),
        ["u"] = (10, -6),
        ["m"] = (10, -3),
        [""] = (10, 0),
        ["k"] = (10, 3),
        ["M"] = (10, 6),
        ["G"] = (10, 9),
        ["T"] = (10, 12),
        ["P"] = (10, 15),
        ["E"] = (10, 18),
        ["Ki"] = (1024, 1),
        ["Mi"] = (1024, 2),
        ["Gi"] = (1024, 3),
        ["Ti"] = (1024, 4),
        ["Pi"] = (1024, 5),
        ["Ei"] = (1024, 6),
    };

    /// <summary>False where one of them is no quantity.</summary>
    public static bool AreEqual(string left, string right) =>
        TryParse(left, out var first) && TryParse(right, out var second) && first == second;

    // The value times 10^(2·MaxExponent).
    private static bool TryParse(string text, out BigInteger scaled)
    {
        scaled = default;
        var end = 0;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.' || (end == 0 && text[end] is '+' or '-')))
        {
            end++;
        }

        var number = text.AsSpan(0, end);
        var point = number.IndexOf('.');
        var decimals = point < 0 ? 0 : number.Length - point - 1;
        if (!TryScale(text[end..], out var scale) || decimals > MaxExponent || number.Length > 2 * MaxExponent
            || !BigInteger.TryParse(number.ToString().Replace(".", string.Empty, StringComparison.Ordinal),
                NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var digits)
            || number.Count('.') > 1)
        {
            return false;
        }

        var shift = (2 * MaxExponent) - decimals;
        scaled = scale.Base == 10
            ? digits * BigInteger.Pow(10, shift + scale.Power)
            : digits * BigInteger.Pow(10, shift) * BigInteger.Pow(scale.Base, scale.Power);
        return true;
    }

    private static bool TryScale(string suffix, out (int Base, int Power) scale)
    {
        if (Suffixes.TryGetValue(suffix, out scale))
        {
            return true;
        }

        scale = (10, 0);
        return suffix is ['e' or 'E', .. var exponent]
            && int.TryParse(exponent, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out scale.Power)
            && Math.Abs(scale.Power) <= MaxExponent;
    }
}

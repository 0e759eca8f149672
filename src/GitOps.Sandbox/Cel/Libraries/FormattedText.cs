using System.Globalization;
using System.Text;

namespace GitOps.Sandbox.Cel.Libraries;

/// <summary>How <c>format</c> writes values.</summary>
internal static class FormattedText
{
    /// <returns>What is wrong; null if it was written.</returns>
    public static string? Write(CelValue value, StringBuilder result)
    {
        switch (value)
        {
            case CelList list:
                return List(list, result);
            case CelMap map:
                return Map(map, result);
            case CelBytes bytes:
                result.Append(bytes.Text() ?? Encoding.UTF8.GetString(bytes.Value));
                return null;
            default:
                result.Append(CelFormat.Text(value));
                return null;
        }
    }

    /// <summary>With decimals and thousands separators, or with an exponent.</summary>
    public static string Double(double value, char verb, int precision)
    {
        if (double.IsNaN(value))
        {
            return "NaN";
        }

        if (double.IsInfinity(value))
        {
            return value > 0 ? "∞" : "-∞";
        }

        if (verb == 'f')
        {
            return value.ToString($"N{precision}", CultureInfo.InvariantCulture);
        }

        // The API server takes the precision of an exponent for a width.
        var text = value.ToString("E6", CultureInfo.InvariantCulture);
        var at = text.IndexOf('E', StringComparison.Ordinal);
        var exponent = int.Parse(text[(at + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{text[..at]}×10{Superscript(exponent)}").PadLeft(precision);
    }

    private static string Superscript(int exponent)
    {
        var digits = exponent.ToString("D2", CultureInfo.InvariantCulture);
        return string.Concat(digits.Select(static c => c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c - '0']));
    }

    private static string? List(CelList list, StringBuilder result)
    {
        result.Append('[');
        for (var i = 0; i < list.Count; i++)
        {
            result.Append(i == 0 ? string.Empty : ", ");
            if (Nested(list[i], result) is { } wrong)
            {
                return wrong;
            }

            CelLimits.Text(result.Length);
        }

        result.Append(']');
        return null;
    }

    private static string? Map(CelMap map, StringBuilder result)
    {
        var entries = new List<(string Key, string Value)>();
        foreach (var key in map.Keys)
        {
            if (key is not (CelString or CelBool or CelInt or CelUint))
            {
                return $"no formatting function for map key of type {key.Type.Name}";
            }

            var (name, value) = (new StringBuilder(), new StringBuilder());
            if ((Nested(key, name) ?? Nested(map.Find(key)!, value)) is { } wrong)
            {
                return wrong;
            }

            entries.Add((name.ToString(), value.ToString()));
        }

        entries.Sort(static (l, r) => CelString.Compare(l.Key, r.Key));
        result.Append('{').AppendJoin(", ", entries.Select(static entry => $"{entry.Key}:{entry.Value}")).Append('}');
        CelLimits.Text(result.Length);
        return null;
    }

    /// <summary>Within a list or a map values are written as literals of the language.</summary>
    private static string? Nested(CelValue value, StringBuilder result)
    {
        switch (value)
        {
            case CelString text:
                result.Append(TextLibrary.Quote(text.Value));
                return null;
            case CelBytes bytes:
                result.Append('b').Append(TextLibrary.Quote(bytes.Text() ?? Encoding.UTF8.GetString(bytes.Value)));
                return null;
            case CelTimestamp or CelDuration:
                result.Append(value is CelTimestamp ? "timestamp(" : "duration(").Append(TextLibrary.Quote(CelFormat.Text(value))).Append(')');
                return null;
            case CelDouble { Value: var number }:
                result.Append(double.IsFinite(number)
                    ? number.ToString("F6", CultureInfo.InvariantCulture)
                    : $"\"{CelFormat.Double(number)}\"");
                return null;
            case CelOpaque or CelOptional or CelObjectValue:
                return $"no formatting function for {value.Type.Name}";
            default:
                return Write(value, result);
        }
    }
}

using System.Globalization;

namespace GitOps.Sandbox.Cel.Values;

/// <summary>Values as texts: in messages, and as conversions write them.</summary>
internal static class CelFormat
{
    /// <summary>From this power of ten on, numbers are written with an exponent.</summary>
    private const int ShortestExponent = 6;

    /// <summary>A value in a message.</summary>
    public static string Text(CelValue value) => value switch
    {
        CelString text => text.Value,
        CelInt number => number.Value.ToString(CultureInfo.InvariantCulture),
        CelUint number => number.Value.ToString(CultureInfo.InvariantCulture),
        CelDouble number => Double(number.Value),
        CelBool truth => truth.Value ? "true" : "false",
        CelNull => "null",
        CelDuration duration => CelTimeText.Seconds(duration),
        CelTimestamp time => CelTimeText.Rfc3339(time),
        CelTypeValue type => type.Value.Name,
        CelError error => error.Message,
        _ => value.Type.Name,
    };

    /// <summary>The shortest decimal number that is this one; with an exponent if it is very large or very small.</summary>
    public static string Double(double value)
    {
        if (double.IsNaN(value))
        {
            return "NaN";
        }

        if (double.IsInfinity(value))
        {
            return value > 0 ? "+Inf" : "-Inf";
        }

        var text = value.ToString("E16", CultureInfo.InvariantCulture);
        var shortest = value.ToString("R", CultureInfo.InvariantCulture);
        var exponent = int.Parse(text[(text.IndexOf('E', StringComparison.Ordinal) + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var (digits, sign) = Digits(shortest);
        if (exponent is < -4 or >= ShortestExponent)
        {
            var rest = digits.Length > 1 ? $".{digits[1..]}" : string.Empty;
            return string.Create(CultureInfo.InvariantCulture, $"{sign}{digits[0]}{rest}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):D2}");
        }

        if (exponent < 0)
        {
            return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        }

        return digits.Length <= exponent + 1
            ? sign + digits.PadRight(exponent + 1, '0')
            : $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }

    /// <summary>What the API server calls a value's type in the one message that shows it.</summary>
    public static string GoType(CelValue value) => value switch
    {
        CelInt => "types.Int",
        CelUint => "types.Uint",
        CelDouble => "types.Double",
        CelString => "types.String",
        CelBytes => "types.Bytes",
        CelBool => "types.Bool",
        CelNull => "types.Null",
        CelTimestamp => "types.Timestamp",
        CelDuration => "types.Duration",
        CelOptional => "*types.Optional",
        CelTypeValue => "*types.Type",
        _ => value.Type.Name,
    };

    private static (string Digits, string Sign) Digits(string text)
    {
        var sign = text.StartsWith('-') ? "-" : string.Empty;
        var mantissa = text.TrimStart('-').Split('E')[0].Replace(".", string.Empty, StringComparison.Ordinal);
        var digits = mantissa.TrimStart('0').TrimEnd('0');
        return (digits.Length == 0 ? "0" : digits, sign);
    }
}

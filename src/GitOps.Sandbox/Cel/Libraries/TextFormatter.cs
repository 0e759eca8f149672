using System.Globalization;
using System.Numerics;
using System.Text;

namespace GitOps.Sandbox.Cel.Libraries;

/// <summary><c>format</c>: <c>%s %d %f %e %b %x %X %o</c>, the second two with <c>.3</c> for decimals.</summary>
internal static class TextFormatter
{
    private const int DefaultPrecision = 6;
    private const int MaxPrecision = 1000;

    public static CelValue Format(string format, CelList arguments)
    {
        var result = new StringBuilder();
        var next = 0;
        foreach (var part in Parts(format))
        {
            if (part.Error is { } error)
            {
                return new CelError(next < arguments.Count ? error : OutOfRange(next));
            }

            if (part.Literal is { } literal)
            {
                result.Append(literal);
                continue;
            }

            if (next >= arguments.Count)
            {
                return new CelError(OutOfRange(next));
            }

            var value = arguments[next++];
            if (value.IsError)
            {
                return value;
            }

            if (Write(value, part.Verb, part.Precision, result) is { } wrong)
            {
                return new CelError($"error during formatting: {wrong}");
            }

            CelLimits.Text(result.Length);
        }

        return CelString.Of(result.ToString());
    }

    public static string OutOfRange(int index) => string.Create(CultureInfo.InvariantCulture, $"index {index} out of range");

    /// <summary>The parts of a format; an error ends them.</summary>
    public static IEnumerable<FormatPart> Parts(string format)
    {
        var at = 0;
        while (at < format.Length)
        {
            var percent = format.IndexOf('%', at);
            if (percent != at)
            {
                yield return new(format[at..(percent < 0 ? format.Length : percent)], default, default, null);
                at = percent < 0 ? format.Length : percent;
            }
            else if (at + 1 < format.Length && format[at + 1] == '%')
            {
                yield return new("%", default, default, null);
                at += 2;
            }
            else
            {
                var part = Clause(format, ref at);
                yield return part;
                if (part.Error is not null)
                {
                    yield break;
                }
            }
        }
    }

    /// <summary>What is wrong with a value of this type for a verb; null if it is right.</summary>
    public static string? Mismatch(char verb, CelKind kind, string type) => (verb, kind) switch
    {
        ('s', not (CelKind.Opaque or CelKind.Object or CelKind.Error)) => null,
        ('s', _) => "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, "
            + $"was given {type}",
        ('d' or 'o', CelKind.Int or CelKind.Uint) => null,
        ('d', _) => $"decimal clause can only be used on integers, was given {type}",
        ('o', _) => $"octal clause can only be used on integers, was given {type}",
        ('f' or 'e', CelKind.Double) => null,
        ('f', _) => $"fixed-point clause can only be used on doubles, was given {type}",
        ('e', _) => $"scientific clause can only be used on doubles, was given {type}",
        ('b', CelKind.Int or CelKind.Uint or CelKind.Bool) => null,
        ('b', _) => $"only integers and bools can be formatted as binary, was given {type}",
        (_, CelKind.Int or CelKind.Uint or CelKind.String or CelKind.Bytes) => null,
        _ => $"only integers, byte buffers, and strings can be formatted as hex, was given {type}",
    };

    private static FormatPart Clause(string format, ref int at)
    {
        static FormatPart Wrong(string why) => new(null, default, default, why);

        at++;
        if (at >= format.Length)
        {
            return Wrong("unexpected end of string");
        }

        var precision = DefaultPrecision;
        if (format[at] == '.')
        {
            var start = ++at;
            while (at < format.Length && char.IsAsciiDigit(format[at]))
            {
                at++;
            }

            if (at >= format.Length)
            {
                return Wrong("could not parse formatting clause: error while parsing precision: could not find end of precision specifier");
            }

            if (!int.TryParse(format[start..at], NumberStyles.None, CultureInfo.InvariantCulture, out precision) || precision > MaxPrecision)
            {
                return Wrong("could not parse formatting clause: error while parsing precision: error while converting precision to integer: "
                    + $"strconv.Atoi: parsing \"{format[start..at]}\": invalid syntax");
            }
        }

        var verb = format[at++];
        return verb is 's' or 'd' or 'f' or 'e' or 'b' or 'x' or 'X' or 'o'
            ? new(null, verb, precision, null)
            : Wrong($"could not parse formatting clause: unrecognized formatting clause \"{verb}\"");
    }

    private static string? Write(CelValue value, char verb, int precision, StringBuilder result)
    {
        if (verb is 'f' or 'e' && value is CelString { Value: "NaN" or "Infinity" or "-Infinity" } special)
        {
            result.Append(special.Value == "NaN" ? "NaN" : special.Value == "Infinity" ? "∞" : "-∞");
            return null;
        }

        if (Mismatch(verb, value.Type.Kind, value.Type.Name) is { } mismatch)
        {
            return mismatch;
        }

        switch (verb)
        {
            case 's':
                return FormattedText.Write(value, result);
            case 'd':
                result.Append(CelFormat.Text(value));
                return null;
            case 'f' or 'e':
                result.Append(FormattedText.Double(((CelDouble)value).Value, verb, precision));
                return null;
            default:
                result.Append(Digits(value, verb));
                return null;
        }
    }

    private static string Digits(CelValue value, char verb)
    {
        var text = value switch
        {
            CelBool truth => truth.Value ? "1" : "0",
            CelString letters => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(letters.Value)),
            CelBytes bytes => Convert.ToHexStringLower(bytes.Value),
            CelUint number => Unsigned(number.Value, verb),
            CelInt { Value: < 0 } number => $"-{Unsigned(BigInteger.Abs(number.Value), verb)}",
            _ => Unsigned(((CelInt)value).Value, verb),
        };
        return verb == 'X' ? text.ToUpperInvariant() : text;
    }

    private static string Unsigned(BigInteger number, char verb)
    {
        BigInteger numberBase = verb switch
        {
            'b' => 2,
            'o' => 8,
            _ => 16,
        };
        var digits = new StringBuilder();
        do
        {
            digits.Insert(0, "0123456789abcdef"[(int)(number % numberBase)]);
            number /= numberBase;
        }
        while (!number.IsZero);

        return digits.ToString();
    }
}

/// <param name="Literal">Text to be copied; null: the next argument stands here.</param>
/// <param name="Verb">How it is written.</param>
/// <param name="Precision">With how many decimals.</param>
/// <param name="Error">Why the format cannot be read from here on.</param>
internal readonly record struct FormatPart(string? Literal, char Verb, int Precision, string? Error);

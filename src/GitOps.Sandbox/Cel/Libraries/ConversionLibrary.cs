using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace GitOps.Sandbox.Cel.Libraries;

/// <summary>Conversions between types.</summary>
internal static class ConversionLibrary
{
    private static readonly CelError IntOverflow = new("integer overflow");
    private static readonly CelError UintOverflow = new("unsigned integer overflow");

    public static ImmutableArray<CelOverload> Overloads { get; } =
    [
        Of("type", "type(A): type(A)", static a => new CelTypeValue(a[0].Type)),
        Of("to_dyn", "dyn(A): dyn", static a => a[0]),
        Of("bool_to_bool", "bool(bool): bool", static a => a[0]),
        Of("string_to_bool", "bool(string): bool", static a => Truth(Text(a)) is { } truth ? CelBool.Of(truth) : CelError.Conversion(a[0], CelType.Bool)),
        Of("bytes_to_bytes", "bytes(bytes): bytes", static a => a[0]),
        Of("string_to_bytes", "bytes(string): bytes", static a => new CelBytes(Encoding.UTF8.GetBytes(Text(a)))),
        Of("double_to_double", "double(double): double", static a => a[0]),
        Of("int64_to_double", "double(int): double", static a => new CelDouble(((CelInt)a[0]).Value)),
        Of("string_to_double", "double(string): double", static a => Number(Text(a)) is { } number ? new CelDouble(number) : CelError.Conversion(a[0], CelType.Double)),
        Of("uint64_to_double", "double(uint): double", static a => new CelDouble(((CelUint)a[0]).Value)),
        Of("duration_to_duration", "duration(duration): duration", static a => a[0]),
        Of("int64_to_duration", "duration(int): duration", static a => CelError.Conversion(a[0], CelType.Duration)),
        Of("string_to_duration", "duration(string): duration", static a => CelTimeText.Duration(Text(a)) ?? (CelValue)CelError.Conversion(a[0], CelType.Duration)),
        Of("int64_to_int64", "int(int): int", static a => a[0]),
        Of("double_to_int64", "int(double): int", static a => ((CelDouble)a[0]).Value is > -9223372036854775808.0 and < 9223372036854775808.0 and var number ? CelInt.Of((long)number) : IntOverflow),
        Of("duration_to_int64", "int(duration): int", static a => CelInt.Of(((CelDuration)a[0]).Nanoseconds)),
        Of("string_to_int64", "int(string): int", static a => long.TryParse(Text(a), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? CelInt.Of(number) : CelError.Conversion(a[0], CelType.Int)),
        Of("timestamp_to_int64", "int(timestamp): int", static a => CelInt.Of(((CelTimestamp)a[0]).Seconds)),
        Of("uint64_to_int64", "int(uint): int", static a => ((CelUint)a[0]).Value <= long.MaxValue ? CelInt.Of((long)((CelUint)a[0]).Value) : IntOverflow),
        Of("string_to_string", "string(string): string", static a => a[0]),
        Of("bool_to_string", "string(bool): string", Write),
        Of("bytes_to_string", "string(bytes): string", static a => ((CelBytes)a[0]).Text() is { } text ? CelString.Of(text) : new CelError("invalid UTF-8 in bytes, cannot convert to string")),
        Of("double_to_string", "string(double): string", Write),
        Of("duration_to_string", "string(duration): string", Write),
        Of("int64_to_string", "string(int): string", Write),
        Of("timestamp_to_string", "string(timestamp): string", Write),
        Of("uint64_to_string", "string(uint): string", Write),
        Of("timestamp_to_timestamp", "timestamp(timestamp): timestamp", static a => a[0]),
        Of("int64_to_timestamp", "timestamp(int): timestamp", static a => CelTimestamp.Of(((CelInt)a[0]).Value, 0)),
        Of("string_to_timestamp", "timestamp(string): timestamp", static a => CelTimeText.Timestamp(Text(a)) ?? CelError.Conversion(a[0], CelType.Timestamp)),
        Of("uint64_to_uint64", "uint(uint): uint", static a => a[0]),
        Of("double_to_uint64", "uint(double): uint", static a => ((CelDouble)a[0]).Value is >= 0 and < 18446744073709551616.0 and var number ? new CelUint((ulong)number) : UintOverflow),
        Of("int64_to_uint64", "uint(int): uint", static a => ((CelInt)a[0]).Value >= 0 ? new CelUint((ulong)((CelInt)a[0]).Value) : UintOverflow),
        Of("string_to_uint64", "uint(string): uint", static a => ulong.TryParse(Text(a), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? new CelUint(number) : CelError.Conversion(a[0], CelType.Uint)),
    ];

    private static CelOverload Of(string id, string signature, Func<CelValue[], CelValue> apply) => CelSignature.Read(id, signature, apply);

    private static string Text(CelValue[] arguments) => ((CelString)arguments[0]).Value;

    private static CelString Write(CelValue[] arguments) => CelString.Of(CelFormat.Text(arguments[0]));

    private static bool? Truth(string text) => text switch
    {
        "1" or "t" or "T" or "TRUE" or "true" or "True" => true,
        "0" or "f" or "F" or "FALSE" or "false" or "False" => false,
        _ => null,
    };

    /// <summary>They may stand between digits.</summary>
    private static string WithoutUnderscores(string text)
    {
        var at = text.IndexOf('_', StringComparison.Ordinal);
        return at > 0 && at + 1 < text.Length && char.IsAsciiDigit(text[at - 1]) && char.IsAsciiDigit(text[at + 1])
            ? WithoutUnderscores(text.Remove(at, 1))
            : text;
    }

    private static double? Number(string text)
    {
        switch (text.ToUpperInvariant().TrimStart('+'))
        {
            case "INF" or "INFINITY":
                return double.PositiveInfinity;
            case "-INF" or "-INFINITY":
                return double.NegativeInfinity;
            case "NAN":
                return double.NaN;
            default:
                const NumberStyles Plain = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
                return double.TryParse(WithoutUnderscores(text), Plain, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
        }
    }
}

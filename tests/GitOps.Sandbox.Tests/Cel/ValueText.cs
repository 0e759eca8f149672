using System.Globalization;
using System.Text;

namespace GitOps.Sandbox.Tests.Cel;

/// <summary>Values as the recorded tables write them.</summary>
internal static class ValueText
{
    public static string Of(CelValue value) => value switch
    {
        CelBool truth => truth.Value ? "true" : "false",
        CelInt number => number.Value.ToString(CultureInfo.InvariantCulture),
        CelUint number => $"{number.Value.ToString(CultureInfo.InvariantCulture)}u",
        CelDouble number => $"d:{Double(number.Value)}",
        CelString text => Quoted(text.Value),
        CelBytes bytes => $"b:{Convert.ToBase64String(bytes.Value)}",
        CelTimestamp time => $"t:{CelTimeText.Rfc3339((CelTimestamp)CelTimestamp.Of(time.Seconds, time.Nanoseconds))}",
        CelDuration duration => $"p:{duration.Nanoseconds.ToString(CultureInfo.InvariantCulture)}",
        CelNull => "null",
        CelTypeValue type => $"type:{type.Value.Name}",
        CelOptional { Value: null } => "optional.none",
        CelOptional optional => $"optional({Of(optional.Value!)})",
        CelList list => $"[{string.Join(',', list.Items.Select(Of))}]",
        CelMap map => $"{{{string.Join(',', map.Keys.Select(key => $"{Of(key)}:{Of(map.Find(key)!)}").Order(StringComparer.Ordinal))}}}",
        CelSemver version => $"semver:{version.ToJson()}",
        CelIP ip => $"ip:{ip.Text}",
        CelCidr cidr => $"cidr:{cidr.Text}",
        _ => value.Type.Name,
    };

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                '\b' => quoted.Append("\\b"),
                '\f' => quoted.Append("\\f"),
                < ' ' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    private static string Double(double value)
    {
        if (!double.IsFinite(value))
        {
            return CelFormat.Double(value);
        }

        var text = value.ToString("e16", CultureInfo.InvariantCulture);
        var at = text.IndexOf('e', StringComparison.Ordinal);
        var exponent = int.Parse(text[(at + 1)..], CultureInfo.InvariantCulture);
        return $"{text[..at]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent).ToString("D2", CultureInfo.InvariantCulture)}";
    }
}

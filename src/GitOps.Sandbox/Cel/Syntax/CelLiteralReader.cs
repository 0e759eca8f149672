using System.Globalization;
using System.Text;

namespace GitOps.Sandbox.Cel.Syntax;

/// <summary>Makes values of the tokens of numbers and texts.</summary>
internal static class CelLiteralReader
{
    /// <param name="token">A number.</param>
    /// <param name="position">Where it starts, with its sign.</param>
    /// <param name="sign">A minus, or nothing.</param>
    /// <exception cref="CelSyntaxException">It is too large.</exception>
    public static LiteralNode Number(CelToken token, int position, string sign)
    {
        var text = token.Kind == CelTokenKind.Unsigned ? token.Text[..^1] : token.Text;
        if (token.Kind == CelTokenKind.Double)
        {
            var number = double.Parse(sign + text, NumberStyles.Float, CultureInfo.InvariantCulture);
            return double.IsInfinity(number)
                ? throw new CelSyntaxException(position, "invalid double literal")
                : new(position, new CelDouble(number));
        }

        var isHex = text.StartsWith("0x", StringComparison.Ordinal);
        var isRead = ulong.TryParse(
            isHex ? text.AsSpan(2) : text, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out var value);
        if (token.Kind == CelTokenKind.Unsigned)
        {
            return isRead ? new(position, new CelUint(value)) : throw new CelSyntaxException(position, "invalid uint literal");
        }

        var most = sign.Length > 0 ? (ulong)long.MaxValue + 1 : long.MaxValue;
        if (!isRead || value > most)
        {
            throw new CelSyntaxException(position, "invalid int literal");
        }

        return new(position, CelInt.Of(sign.Length > 0 ? unchecked(-(long)value) : (long)value));
    }

    /// <exception cref="CelSyntaxException">A wrong escape.</exception>
    public static LiteralNode Text(CelToken token)
    {
        var isBytes = token.Kind == CelTokenKind.Bytes;
        var bytes = CelText.Unquote(isBytes ? token.Text[1..] : token.Text, isBytes, out var error)
            ?? throw new CelSyntaxException(token.Position, error);
        return new(token.Position, isBytes ? new CelBytes(bytes) : CelString.Of(Encoding.UTF8.GetString(bytes)));
    }
}

using System.Text;

namespace GitOps.Sandbox.Cel.Syntax;

/// <summary>Reads the content of quoted texts.</summary>
internal static class CelText
{
    /// <summary>The UTF-8 bytes of a literal; for a text they are valid UTF-8.</summary>
    /// <param name="literal">With its quotes, without a leading b.</param>
    /// <param name="isBytes">Whether escapes mean bytes rather than characters.</param>
    /// <param name="error">Why it cannot be read.</param>
    public static byte[]? Unquote(string literal, bool isBytes, out string error)
    {
        error = string.Empty;
        var isRaw = literal[0] is 'r' or 'R';
        var text = literal.AsSpan(isRaw ? 1 : 0);
        var quotes = text.Length >= 6 && text[1] == text[0] && text[2] == text[0] ? 3 : 1;
        var content = text[quotes..^quotes].ToString().Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        if (isRaw || !content.Contains('\\', StringComparison.Ordinal))
        {
            return Encoding.UTF8.GetBytes(content);
        }

        var bytes = new List<byte>(content.Length);
        var position = 0;
        while (position < content.Length)
        {
            if (content[position] != '\\')
            {
                var next = content.IndexOf('\\', position);
                var end = next < 0 ? content.Length : next;
                bytes.AddRange(Encoding.UTF8.GetBytes(content[position..end]));
                position = end;
            }
            else if (!Escape(content, ref position, isBytes, bytes, out error))
            {
                return null;
            }
        }

        return [.. bytes];
    }

    /// <summary>The length of the escape that starts here; what of it was read before the mistake, negative, if it is none.</summary>
    public static int EscapeLength(string source, int at)
    {
        var c = at + 1 < source.Length ? source[at + 1] : '\0';
        var digits = c switch
        {
            'a' or 'b' or 'f' or 'n' or 'r' or 't' or 'v' or '"' or '\'' or '\\' or '?' or '`' => 0,
            'x' or 'X' => 2,
            'u' => 4,
            'U' => 8,
            >= '0' and <= '3' => 2,
            _ => -1,
        };
        if (digits < 0)
        {
            return -2;
        }

        for (var i = 0; i < digits; i++)
        {
            var digit = at + 2 + i < source.Length ? source[at + 2 + i] : '\0';
            if (char.IsAsciiDigit(c) ? digit is < '0' or > '7' : !char.IsAsciiHexDigit(digit))
            {
                return -(3 + i);
            }
        }

        return 2 + digits;
    }

    private static bool Escape(string content, ref int position, bool isBytes, List<byte> bytes, out string error)
    {
        error = string.Empty;
        var c = position + 1 < content.Length ? content[position + 1] : '\0';
        position += 2;
        var simple = c switch
        {
            'a' => '\a',
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\v',
            '\\' or '\'' or '"' or '`' or '?' => c,
            _ => '\0',
        };
        if (simple != '\0')
        {
            bytes.Add((byte)simple);
            return true;
        }

        var (digits, isHex) = c switch
        {
            'x' or 'X' => (2, true),
            'u' when !isBytes => (4, true),
            'U' when !isBytes => (8, true),
            >= '0' and <= '3' => (2, false),
            _ => (0, false),
        };
        if (digits == 0 || position + digits > content.Length)
        {
            error = "unable to unescape string";
            return false;
        }

        var value = isHex ? 0L : c - '0';
        for (var i = 0; i < digits; i++)
        {
            var digit = content[position + i];
            if (isHex ? !char.IsAsciiHexDigit(digit) : digit is < '0' or > '7')
            {
                error = isHex ? "unable to unescape string" : "unable to unescape octal sequence in string";
                return false;
            }

            value = (value * (isHex ? 16 : 8)) + Convert.ToInt32(digit.ToString(), 16);
        }

        position += digits;
        if (isBytes)
        {
            bytes.Add((byte)value);
            return true;
        }

        if (value > int.MaxValue || !Rune.IsValid((int)value))
        {
            error = "invalid unicode code point";
            return false;
        }

        bytes.AddRange(Encoding.UTF8.GetBytes(new Rune((int)value).ToString()));
        return true;
    }
}

using System.Buffers.Text;
using System.Text;

namespace GitOps.Operator.Diff;

/// <summary>
/// One form for a JSON number: its significant digits and a decimal exponent. <c>1</c>, <c>1.0</c> and <c>10e-1</c> are the
/// same; no digit is lost, however many there are.
/// </summary>
internal static class CanonicalNumber
{
    private const int MaxExponentLength = 22;

    public static int MaxLength(int textLength) => textLength + MaxExponentLength;

    /// <summary>Writes the form and returns its length.</summary>
    /// <param name="text">A JSON number.</param>
    /// <param name="form">At least <see cref="MaxLength"/> bytes.</param>
    public static int Write(ReadOnlySpan<byte> text, Span<byte> form)
    {
        var length = 0;
        var negative = text[0] == '-';
        var position = negative ? 1 : 0;
        if (negative)
        {
            form[length++] = (byte)'-';
        }

        var digits = length;
        long exponent = 0;
        var fraction = false;
        for (; position < text.Length && text[position] is not ((byte)'e' or (byte)'E'); position++)
        {
            if (text[position] == '.')
            {
                fraction = true;
                continue;
            }

            exponent -= fraction ? 1 : 0;
            if (length > digits || text[position] != '0')
            {
                form[length++] = text[position];
            }
        }

        if (length == digits)
        {
            form[0] = (byte)'0';
            return 1;
        }

        while (form[length - 1] == '0')
        {
            length--;
            exponent++;
        }

        if (position < text.Length)
        {
            exponent += Exponent(text[(position + 1)..]);
        }

        form[length++] = (byte)'e';
        Utf8Formatter.TryFormat(exponent, form[length..], out var written);
        return length + written;
    }

    public static bool AreEqual(ReadOnlySpan<char> left, ReadOnlySpan<char> right) => Form(left).AsSpan().SequenceEqual(Form(right));

    private static byte[] Form(ReadOnlySpan<char> text)
    {
        var utf8 = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var count = Encoding.UTF8.GetBytes(text, utf8);
        var form = new byte[MaxLength(count)];
        return form[..Write(utf8.AsSpan(0, count), form)];
    }

    // An exponent beyond 18 digits is no number of any cluster; it is kept apart from all others by its limit.
    private static long Exponent(ReadOnlySpan<byte> text)
    {
        var sign = text[0] == '-' ? -1 : 1;
        long value = 0;
        foreach (var digit in text)
        {
            if (digit is >= (byte)'0' and <= (byte)'9')
            {
                value = value < 100_000_000_000_000_000 ? (value * 10) + (digit - '0') : value;
            }
        }

        return sign * value;
    }
}

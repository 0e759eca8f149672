using System.Text;
using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Cel.Values;

/// <summary>A text. Positions and lengths count code points.</summary>
internal sealed class CelString : CelValue
{
    private static readonly CelString Empty = new(string.Empty);

    private long _size = -1;

    private CelString(string value) => Value = value;

    public string Value { get; }

    public override CelType Type => CelType.String;

    public override long Size => _size >= 0 ? _size : _size = Count(Value);

    public override bool IsZero => Value.Length == 0;

    /// <summary>Whether a position in the text and in its characters are the same.</summary>
    public bool IsSimple => Size == Value.Length;

    public static CelString Of(string value) => value.Length == 0 ? Empty : new(value);

    public static long Count(string text)
    {
        long count = 0;
        foreach (var c in text)
        {
            if (!char.IsLowSurrogate(c))
            {
                count++;
            }
        }

        return count;
    }

    public override bool Same(CelValue other) => other is CelString text && text.Value == Value;

    public override JsonNode ToJson() => Value;

    /// <summary>The order of their UTF-8 bytes.</summary>
    public static int Compare(string left, string right)
    {
        for (var i = 0; i < left.Length && i < right.Length; i++)
        {
            var (l, r) = (left[i], right[i]);
            if (l != r)
            {
                return char.IsSurrogate(l) == char.IsSurrogate(r) ? l.CompareTo(r) : char.IsSurrogate(l) ? 1 : -1;
            }
        }

        return left.Length.CompareTo(right.Length);
    }
}

internal sealed class CelBytes(byte[] value) : CelValue
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public byte[] Value { get; } = value;

    public override CelType Type => CelType.Bytes;

    public override long Size => Value.Length;

    public override bool IsZero => Value.Length == 0;

    public override bool Same(CelValue other) => other is CelBytes bytes && bytes.Value.AsSpan().SequenceEqual(Value);

    public override JsonNode ToJson() => Convert.ToBase64String(Value);

    /// <summary>The text these bytes are in UTF-8; null if they are none.</summary>
    public string? Text()
    {
        try
        {
            return Strict.GetString(Value);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GitOps.Operator.Diff;

/// <summary>
/// Writes JSON so that equal values give equal bytes: keys sorted ordinally, lists in their order, numbers in one form,
/// strings with their length. Nothing is converted through text, and the buffer is kept between uses by a thread.
/// </summary>
internal sealed class CanonicalWriter
{
    private const int KeptCapacity = 1 << 18;

    [ThreadStatic]
    private static CanonicalWriter? _cached;

    private byte[] _buffer = new byte[4096];
    private int _length;

    private CanonicalWriter()
    {
    }

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    /// <summary>An empty writer; to be given back with <see cref="Return"/> by the same thread.</summary>
    public static CanonicalWriter Rent()
    {
        var writer = _cached ?? new();
        _cached = null;
        writer._length = 0;
        return writer;
    }

    public static void Return(CanonicalWriter writer)
    {
        // Values of Secrets pass through this buffer.
        writer._buffer.AsSpan(0, writer._length).Clear();
        if (writer._buffer.Length <= KeptCapacity)
        {
            _cached = writer;
        }
    }

    /// <summary>One byte that separates things; never part of a value.</summary>
    public void Mark(char mark) => Grow(1)[0] = (byte)mark;

    public void Text(ReadOnlySpan<char> text)
    {
        var span = Grow(1 + sizeof(int) + Encoding.UTF8.GetMaxByteCount(text.Length));
        var written = Encoding.UTF8.GetBytes(text, span[(1 + sizeof(int))..]);
        span[0] = (byte)'s';
        BinaryPrimitives.WriteInt32LittleEndian(span[1..], written);
        _length -= span.Length - (1 + sizeof(int) + written);
    }

    public void Node(JsonNode? node)
    {
        switch (node)
        {
            case null:
                Mark('z');
                break;
            case JsonObject fields:
                Fields(fields);
                break;
            case JsonArray items:
                Mark('[');
                for (var i = 0; i < items.Count; i++)
                {
                    Node(items[i]);
                }

                Mark(']');
                break;
            case JsonValue value:
                Value(value);
                break;
        }
    }

    /// <summary>The members sorted by key; the object's own order where that is sorted already.</summary>
    public static KeyValuePair<string, JsonNode?>[]? SortedUnlessSorted(JsonObject fields)
    {
        for (var i = 1; i < fields.Count; i++)
        {
            if (string.CompareOrdinal(fields.GetAt(i - 1).Key, fields.GetAt(i).Key) > 0)
            {
                var sorted = fields.ToArray();
                Array.Sort(sorted, static (left, right) => string.CompareOrdinal(left.Key, right.Key));
                return sorted;
            }
        }

        return null;
    }

    private void Fields(JsonObject fields)
    {
        Mark('{');
        var sorted = SortedUnlessSorted(fields);
        for (var i = 0; i < fields.Count; i++)
        {
            var (name, value) = sorted is null ? fields.GetAt(i) : sorted[i];
            Text(name);
            Node(value);
        }

        Mark('}');
    }

    private void Value(JsonValue value)
    {
        if (value.TryGetValue(out JsonElement element))
        {
            Element(element);
        }
        else if (value.TryGetValue(out string? text))
        {
            Text(text);
        }
        else if (value.TryGetValue(out bool flag))
        {
            Mark(flag ? 't' : 'f');
        }
        else
        {
            Number(Encoding.UTF8.GetBytes(value.ToJsonString()));
        }
    }

    private void Element(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                var raw = JsonMarshal.GetRawUtf8Value(element)[1..^1];
                if (raw.Contains((byte)'\\'))
                {
                    Text(element.GetString());
                }
                else
                {
                    Bytes('s', raw);
                }

                break;
            case JsonValueKind.Number:
                Number(JsonMarshal.GetRawUtf8Value(element));
                break;
            case JsonValueKind.True:
                Mark('t');
                break;
            case JsonValueKind.False:
                Mark('f');
                break;
            default:
                Mark('z');
                break;
        }
    }

    private void Number(ReadOnlySpan<byte> text)
    {
        const int Usual = 64;
        var most = CanonicalNumber.MaxLength(text.Length);
        var form = most <= Usual ? stackalloc byte[Usual] : new byte[most];
        Bytes('n', form[..CanonicalNumber.Write(text, form)]);
    }

    private void Bytes(char mark, ReadOnlySpan<byte> bytes)
    {
        var span = Grow(1 + sizeof(int) + bytes.Length);
        span[0] = (byte)mark;
        BinaryPrimitives.WriteInt32LittleEndian(span[1..], bytes.Length);
        bytes.CopyTo(span[(1 + sizeof(int))..]);
    }

    private Span<byte> Grow(int count)
    {
        if (_buffer.Length - _length < count)
        {
            var larger = new byte[Math.Max(_buffer.Length * 2, _length + count)];
            Written.CopyTo(larger);
            _buffer.AsSpan(0, _length).Clear();
            _buffer = larger;
        }

        _length += count;
        return _buffer.AsSpan(_length - count, count);
    }
}

using System.Buffers.Binary;

namespace GitOps.Operator.Git.Signatures;

/// <summary>A packet of OpenPGP (RFC 9580, 4.2).</summary>
/// <param name="Tag">What it is.</param>
/// <param name="Body">Its content.</param>
internal readonly record struct OpenPgpPacket(int Tag, ReadOnlyMemory<byte> Body)
{
    public const int Signature = 2;
    public const int PrimaryKey = 6;
    public const int UserId = 13;
    public const int Subkey = 14;
    public const int UserAttribute = 17;

    /// <summary>Splits what an armored block holds; ends where it is not as it should be, or a packet comes in parts, as keys do not.</summary>
    public static IEnumerable<OpenPgpPacket> Split(ReadOnlyMemory<byte> data)
    {
        while (data.Length > 1 && (data.Span[0] & 0x80) != 0)
        {
            var first = data.Span[0];
            var isNew = (first & 0x40) != 0;
            var header = isNew ? NewLength(data.Span[1..]) : OldLength(first & 3, data.Span[1..]);
            if (header is not (var size, var length) || length > data.Length - 1 - size)
            {
                yield break;
            }

            yield return new(isNew ? first & 0x3f : (first >> 2) & 0xf, data.Slice(1 + size, (int)length));
            data = data[(1 + size + (int)length)..];
        }
    }

    /// <summary>Subpackets of a signature: type and content (5.2.3.7).</summary>
    public static IEnumerable<(int Type, ReadOnlyMemory<byte> Body)> Subpackets(ReadOnlyMemory<byte> area)
    {
        while (area.Length > 0 && SubpacketLength(area.Span) is (var size, var length) && length > 0 && length <= area.Length - size)
        {
            yield return (area.Span[size] & 0x7f, area.Slice(size + 1, (int)length - 1));
            area = area[(size + (int)length)..];
        }
    }

    private static (int Size, long Length)? NewLength(ReadOnlySpan<byte> data) => data[0] switch
    {
        >= 224 and < 255 => null,
        _ => SubpacketLength(data),
    };

    private static (int Size, long Length)? SubpacketLength(ReadOnlySpan<byte> data) => data[0] switch
    {
        < 192 => (1, data[0]),
        255 => data.Length < 5 ? null : (5, BinaryPrimitives.ReadUInt32BigEndian(data[1..])),
        _ => data.Length < 2 ? null : (2, ((data[0] - 192) << 8) + data[1] + 192),
    };

    private static (int Size, long Length)? OldLength(int type, ReadOnlySpan<byte> data) => type switch
    {
        0 => (1, data[0]),
        1 when data.Length >= 2 => (2, BinaryPrimitives.ReadUInt16BigEndian(data)),
        2 when data.Length >= 4 => (4, BinaryPrimitives.ReadUInt32BigEndian(data)),
        _ => null,
    };
}

using System.Buffers.Binary;

namespace GitOps.Sandbox.Protobuf;

internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    StartGroup = 3,
    EndGroup = 4,
    Fixed32 = 5,
}

/// <summary>Walks over the fields of one encoded message. Every length is checked against what is left.</summary>
internal ref struct WireReader
{
    private const int LongestVarint = 10;

    private ReadOnlySpan<byte> _rest;

    public WireReader(ReadOnlySpan<byte> message) => _rest = message;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <exception cref="FormatException">It is cut off, or no field can have this number.</exception>
    public (int Number, WireType Type) ReadTag()
    {
        var tag = ReadVarint();
        var number = tag >> 3;
        return number is > 0 and <= int.MaxValue >> 3
            ? ((int)number, (WireType)(tag & 7))
            : throw new FormatException($"proto: illegal tag {number}");
    }

    /// <exception cref="FormatException">It is cut off or too long.</exception>
    public ulong ReadVarint()
    {
        ulong value = 0;
        for (var i = 0; i < LongestVarint; i++)
        {
            var next = Take(1)[0];
            value |= (ulong)(next & 0x7f) << (7 * i);
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new FormatException("proto: integer overflow");
    }

    /// <exception cref="FormatException">It is cut off.</exception>
    public ReadOnlySpan<byte> ReadBytes()
    {
        var length = ReadVarint();
        return length <= (ulong)_rest.Length ? Take((int)length) : throw Cut();
    }

    /// <exception cref="FormatException">It is cut off.</exception>
    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Take(8));

    /// <summary>Passes over a field's value.</summary>
    /// <exception cref="FormatException">It is cut off, or of a kind that is not used any more.</exception>
    public void Skip(WireType type)
    {
        switch (type)
        {
            case WireType.Varint:
                ReadVarint();
                break;
            case WireType.Fixed64:
                Take(8);
                break;
            case WireType.Bytes:
                ReadBytes();
                break;
            case WireType.Fixed32:
                Take(4);
                break;
            default:
                throw new FormatException($"proto: illegal wireType {(int)type}");
        }
    }

    private static FormatException Cut() => new("unexpected EOF");

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _rest.Length)
        {
            throw Cut();
        }

        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}

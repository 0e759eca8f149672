using System.Buffers.Binary;

namespace GitOps.Operator.Git.Signatures;

/// <summary>What the owner of an OpenPGP key has signed about it. Whether the signature is good, nobody has looked.</summary>
/// <param name="Type">RFC 9580, 5.2.1.</param>
/// <param name="Created">Seconds since 1970.</param>
/// <param name="Lifetime">Of the key, in seconds from its creation; 0: without end.</param>
/// <param name="Flags">What the key is for; null: it says nothing.</param>
internal sealed record OpenPgpSelfSignature(int Type, uint Created, uint Lifetime, byte? Flags)
{
    public const int Direct = 0x1f;
    public const int Binding = 0x18;
    public const int KeyRevocation = 0x20;
    public const int SubkeyRevocation = 0x28;

    private const byte Signs = 0x02;

    /// <summary>Of a user id.</summary>
    public bool IsCertification => Type is >= 0x10 and <= 0x13;

    /// <summary>Null: it says nothing.</summary>
    public bool? CanSign => Flags is { } flags ? (flags & Signs) != 0 : null;

    /// <param name="body">Of the packet.</param>
    /// <param name="fingerprint">Of the primary key.</param>
    /// <returns>Null: it is another's, or of a kind that is not known.</returns>
    public static OpenPgpSelfSignature? Read(ReadOnlyMemory<byte> body, ReadOnlySpan<byte> fingerprint)
    {
        // Version, type, two algorithms; then two areas of subpackets, each with its length before it.
        if (body.Length < 4 || body.Span[0] is not (4 or 5 or 6))
        {
            return null;
        }

        var rest = body[4..];
        if (!TryArea(ref rest, body.Span[0], out var hashed) || !TryArea(ref rest, body.Span[0], out var unhashed))
        {
            return null;
        }

        var (created, lifetime, flags) = (0u, 0u, (byte?)null);
        foreach (var (type, content) in OpenPgpPacket.Subpackets(hashed))
        {
            switch (type)
            {
                case 2 when content.Length >= 4:
                    created = BinaryPrimitives.ReadUInt32BigEndian(content.Span);
                    break;
                case 9 when content.Length >= 4:
                    lifetime = BinaryPrimitives.ReadUInt32BigEndian(content.Span);
                    break;
                case 27 when content.Length >= 1:
                    flags = content.Span[0];
                    break;
                default:
                    break;
            }
        }

        return IsBy(hashed, fingerprint) || IsBy(unhashed, fingerprint) ? new(body.Span[1], created, lifetime, flags) : null;
    }

    private static bool TryArea(ref ReadOnlyMemory<byte> rest, byte version, out ReadOnlyMemory<byte> area)
    {
        area = default;
        var size = version == 6 ? 4 : 2;
        if (rest.Length < size)
        {
            return false;
        }

        var length = version == 6 ? BinaryPrimitives.ReadUInt32BigEndian(rest.Span) : BinaryPrimitives.ReadUInt16BigEndian(rest.Span);
        if (length > rest.Length - size)
        {
            return false;
        }

        area = rest.Slice(size, (int)length);
        rest = rest[(size + (int)length)..];
        return true;
    }

    /// <summary>Said by the whole fingerprint with its version before it, or by the eight bytes of it that are the key's id.</summary>
    private static bool IsBy(ReadOnlyMemory<byte> area, ReadOnlySpan<byte> fingerprint)
    {
        foreach (var (type, content) in OpenPgpPacket.Subpackets(area))
        {
            if ((type == 33 && content.Length > 1 && content.Span[1..].SequenceEqual(fingerprint))
                || (type == 16 && content.Length == 8 && (fingerprint.EndsWith(content.Span) || fingerprint.StartsWith(content.Span))))
            {
                return true;
            }
        }

        return false;
    }
}

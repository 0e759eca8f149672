using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace GitOps.Operator.Git.Signatures;

/// <summary>
/// Reads of armored OpenPGP keys until when each can sign, without starting a program. The date is for people who want to be warned:
/// whether a signature counts, gpg alone decides.
/// </summary>
internal static class OpenPgpKeys
{
    /// <param name="block">Armored.</param>
    /// <returns>Fingerprints of primary keys, with when the last of what can sign ends; null: never. Keys that cannot sign, or not any more because they are revoked, are left out.</returns>
    public static IReadOnlyList<(string Fingerprint, DateTimeOffset? EndsAt)> Read(string block)
    {
        var found = new List<(string, DateTimeOffset?)>();
        Certificate? open = null;
        foreach (var packet in OpenPgpPacket.Split(Dearmor(block)))
        {
            switch (packet.Tag)
            {
                case OpenPgpPacket.PrimaryKey:
                    Close();
                    open = Certificate.Open(packet.Body);
                    break;
                case OpenPgpPacket.Subkey when packet.Body.Length > 4:
                    open?.Begin(new Part(BinaryPrimitives.ReadUInt32BigEndian(packet.Body.Span[1..])));
                    break;
                case OpenPgpPacket.UserId or OpenPgpPacket.UserAttribute:
                    open?.Begin(new Part(null));
                    break;
                case OpenPgpPacket.Signature:
                    open?.Add(packet.Body);
                    break;
                default:
                    break;
            }
        }

        Close();
        return found;

        void Close()
        {
            if (open is not null && open.TryEnd(out var endsAt))
            {
                found.Add((Convert.ToHexString(open.Fingerprint), endsAt));
            }
        }
    }

    private static byte[] Dearmor(string block)
    {
        // Between the headers, which end with an empty line, and the checksum.
        var text = new StringBuilder();
        var isBody = false;
        foreach (var line in block.Split('\n').Select(static line => line.Trim()).Skip(1))
        {
            if (isBody && (line.StartsWith('=') || line.StartsWith('-')))
            {
                break;
            }

            if (isBody)
            {
                text.Append(line);
            }

            isBody |= line.Length == 0;
        }

        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text.ToString(), bytes, out var length) ? bytes[..length] : [];
    }

    /// <summary>A user id, or a subkey with when it was made, and what its owner has signed about it.</summary>
    private sealed class Part(uint? created)
    {
        public uint? Created { get; } = created;

        public List<OpenPgpSelfSignature> Signatures { get; } = [];

        public OpenPgpSelfSignature? Last => Signatures.Where(signature => Created is null ? signature.IsCertification : signature.Type == OpenPgpSelfSignature.Binding)
            .MaxBy(static signature => signature.Created);
    }

    /// <summary>A primary key and what belongs to it.</summary>
    private sealed class Certificate
    {
        private readonly uint _created;
        private readonly List<OpenPgpSelfSignature> _own = [];
        private readonly List<Part> _parts = [];

        private Certificate(byte[] fingerprint, uint created) => (Fingerprint, _created) = (fingerprint, created);

        public byte[] Fingerprint { get; }

        /// <returns>Null: of a version that is not known.</returns>
        public static Certificate? Open(ReadOnlyMemory<byte> key)
        {
            if (key.Length < 5)
            {
                return null;
            }

            // RFC 9580, 5.5.4; version 5 is that of LibrePGP.
            var (name, prefix) = key.Span[0] switch
            {
                4 when key.Length <= ushort.MaxValue => (HashAlgorithmName.SHA1, new byte[] { 0x99, (byte)(key.Length >> 8), (byte)key.Length }),
                5 => (HashAlgorithmName.SHA256, [0x9a, .. Length(key)]),
                6 => (HashAlgorithmName.SHA256, [0x9b, .. Length(key)]),
                _ => (default, []),
            };
            if (prefix.Length == 0)
            {
                return null;
            }

            using var hash = IncrementalHash.CreateHash(name);
            hash.AppendData(prefix);
            hash.AppendData(key.Span);
            return new(hash.GetHashAndReset(), BinaryPrimitives.ReadUInt32BigEndian(key.Span[1..]));

            static byte[] Length(ReadOnlyMemory<byte> key)
            {
                var length = new byte[4];
                BinaryPrimitives.WriteInt32BigEndian(length, key.Length);
                return length;
            }
        }

        public void Begin(Part part) => _parts.Add(part);

        public void Add(ReadOnlyMemory<byte> body)
        {
            if (OpenPgpSelfSignature.Read(body, Fingerprint) is { } signature)
            {
                (_parts.Count == 0 ? _own : _parts[^1].Signatures).Add(signature);
            }
        }

        /// <param name="endsAt">Null: never.</param>
        /// <returns>Whether anything of it can sign, or could until then.</returns>
        public bool TryEnd(out DateTimeOffset? endsAt)
        {
            endsAt = null;
            if (_own.Exists(static signature => signature.Type == OpenPgpSelfSignature.KeyRevocation))
            {
                return false;
            }

            var direct = _own.Where(static signature => signature.Type == OpenPgpSelfSignature.Direct).MaxBy(static signature => signature.Created);
            var ids = _parts.Where(static part => part.Created is null).Select(static part => part.Last).OfType<OpenPgpSelfSignature>().ToList();

            // What it says of itself counts before what it says with a name; of several, what was said last.
            var lifetime = direct is { Lifetime: > 0 } ? direct.Lifetime
                : ids.Where(static id => id.Lifetime > 0).MaxBy(static id => id.Created)?.Lifetime ?? 0;
            var primary = End(_created, lifetime);
            var flags = ids.Prepend(direct).OfType<OpenPgpSelfSignature>().Select(static signature => signature.CanSign).Where(static can => can is not null).ToList();
            var ends = new List<DateTimeOffset>();
            if (flags.Count == 0 || flags.Contains(true))
            {
                ends.Add(primary);
            }

            foreach (var subkey in _parts.Where(static part => part.Created is not null))
            {
                if (subkey.Last is { CanSign: true } binding && !subkey.Signatures.Exists(static signature => signature.Type == OpenPgpSelfSignature.SubkeyRevocation))
                {
                    var end = End(subkey.Created!.Value, binding.Lifetime);
                    ends.Add(end < primary ? end : primary);
                }
            }

            if (ends.Count == 0)
            {
                return false;
            }

            endsAt = ends.Max() is var last && last == DateTimeOffset.MaxValue ? null : last;
            return true;
        }

        private static DateTimeOffset End(uint created, uint lifetime) =>
            lifetime == 0 ? DateTimeOffset.MaxValue : DateTimeOffset.FromUnixTimeSeconds((long)created + lifetime);
    }
}

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace GitOps.Operator.Diff;

/// <summary>
/// HMAC-SHA256 over canonical JSON, cut to 128 bits: equal for equal values whatever the order of their keys or the spelling
/// of their numbers. Keyed, because whoever reads an inventory could guess a short secret from a bare hash. Thread-safe.
/// </summary>
internal sealed class KeyedHash
{
    public const int KeyLength = 32;

    /// <summary>Characters of a hash, base64url.</summary>
    public const int TextLength = 22;

    private const int HashLength = 16;

    private readonly byte[] _key;

    /// <param name="key">32 bytes.</param>
    public KeyedHash(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeyLength)
        {
            throw new ArgumentException($"the key of the hashes has {KeyLength} bytes, not {key.Length}", nameof(key));
        }

        _key = key.ToArray();
    }

    public string Of(JsonNode? value)
    {
        var writer = CanonicalWriter.Rent();
        writer.Node(value);
        return Finish(writer);
    }

    /// <summary>The hash of what was written; gives the writer back.</summary>
    public string Finish(CanonicalWriter writer)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, writer.Written, hash);
        CanonicalWriter.Return(writer);
        Span<byte> text = stackalloc byte[TextLength];
        Base64Url.EncodeToUtf8(hash[..HashLength], text);
        return Encoding.ASCII.GetString(text);
    }
}

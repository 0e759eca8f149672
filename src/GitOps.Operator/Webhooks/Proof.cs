using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace GitOps.Operator.Webhooks;

/// <summary>What the headers of a call say about who makes it.</summary>
/// <param name="IsRefused">Nothing of the body can make this call good: it is not read.</param>
/// <param name="OfBody">Whether the raw body is the signed one; null: the headers alone are the proof.</param>
/// <param name="CoversDelivery">Whether the id of the delivery is proven too: else whoever repeats a call can give it another.</param>
internal sealed record Proof(bool IsRefused, Func<ReadOnlyMemory<byte>, bool>? OfBody, bool CoversDelivery)
{
    public static readonly Proof Refused = new(true, null, false);
    public static readonly Proof Given = new(false, null, true);

    /// <summary>Nobody has proven anything, and nothing is asked for but an answer.</summary>
    public static readonly Proof Greeting = new(false, null, false);

    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    public static Proof When(bool isGiven) => isGiven ? Given : Refused;

    /// <summary>HMAC-SHA256 of the body in hexadecimal digits, behind a prefix.</summary>
    public static Proof Hmac(IHeaderDictionary headers, string header, string prefix, ImmutableArray<WebhookKey> keys)
    {
        var text = Only(headers, header);
        var signature = new byte[SHA256.HashSizeInBytes];
        if (text is null || keys.IsEmpty || !text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) || text.Length != prefix.Length + (2 * signature.Length)
            || Convert.FromHexString(text.AsSpan(prefix.Length), signature, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            return Refused;
        }

        return new(false, body => AnyOf(keys, key =>
            CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(key.Value, body.Span), signature)), false);
    }

    /// <summary>As the Standard Webhooks specification says: an id and the time are signed with the body.</summary>
    public static Proof Standard(IHeaderDictionary headers, ImmutableArray<WebhookKey> keys, DateTimeOffset now)
    {
        if (Only(headers, "webhook-id") is not { Length: > 0 and <= 256 } id || Only(headers, "webhook-timestamp") is not { } time
            || Only(headers, "webhook-signature") is not { Length: <= 2048 } list || keys.IsEmpty
            || !long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || Math.Abs((decimal)seconds - now.ToUnixTimeSeconds()) > (decimal)Tolerance.TotalSeconds)
        {
            return Refused;
        }

        var signatures = list.Split(' ').Where(static one => one.StartsWith("v1,", StringComparison.Ordinal)).Select(static one => FromBase64(one[3..]))
            .OfType<byte[]>().Where(static one => one.Length == SHA256.HashSizeInBytes).ToImmutableArray();
        if (signatures.IsEmpty)
        {
            return Refused;
        }

        var head = Encoding.UTF8.GetBytes($"{id}.{time}.");
        return new(false, body => AnyOf(keys, key =>
        {
            using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key.Signing);
            hmac.AppendData(head);
            hmac.AppendData(body.Span);
            var own = hmac.GetHashAndReset();
            return signatures.Aggregate(false, (found, signature) => found | CryptographicOperations.FixedTimeEquals(own, signature));
        }), true);
    }

    /// <summary>The secret itself.</summary>
    public static Proof Token(string? given, ImmutableArray<WebhookKey> keys) =>
        When(given is not null && AnyOf(keys, key => Same(Encoding.UTF8.GetBytes(given), key.Value)));

    /// <summary>HTTP basic authentication.</summary>
    public static Proof Basic(IHeaderDictionary headers, ImmutableArray<WebhookKey> keys)
    {
        const string Scheme = "Basic ";
        var text = Only(headers, "Authorization");
        return text is { Length: <= 2048 } && text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && FromBase64(text[Scheme.Length..].Trim()) is { } given
            ? When(AnyOf(keys, key => Same(given, key.Value)))
            : Refused;
    }

    /// <summary>The value of a header that is there once; null: it is missing, or there are several.</summary>
    public static string? Only(IHeaderDictionary headers, string name) =>
        headers.TryGetValue(name, out var values) && values.Count == 1 && values[0] is { Length: > 0 } value ? value : null;

    // Every key is tried: how long it takes tells nothing of which one it was.
    private static bool AnyOf(ImmutableArray<WebhookKey> keys, Func<WebhookKey, bool> isSame) =>
        keys.Aggregate(false, (found, key) => found | isSame(key));

    // Of hashes, which are of one length: else the time would tell that of the secret.
    private static bool Same(byte[] given, byte[] expected) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(given), SHA256.HashData(expected));

    private static byte[]? FromBase64(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
    }
}

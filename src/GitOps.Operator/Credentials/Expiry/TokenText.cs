using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace GitOps.Operator.Credentials.Expiry;

/// <summary>
/// Reads of a token when it says that it ends. Nobody proves that it tells the truth: the date is for people who want to be warned,
/// and decides nothing. Nothing else of it is kept.
/// </summary>
internal static class TokenText
{
    private const int MaxLength = 32 * 1024;
    private const int Parts = 3;
    private static readonly JsonDocumentOptions Flat = new() { MaxDepth = 16 };

    /// <returns>With when it was issued, if it says so; null: it is no token that says when it ends.</returns>
    public static (DateTimeOffset? IssuedAt, DateTimeOffset EndsAt)? Read(string token)
    {
        if (token.Length is 0 or > MaxLength)
        {
            return null;
        }

        var parts = token.Split('.');
        return parts.Length == Parts ? OfJsonWebToken(parts[1]) : parts.Length == 1 ? OfRegistry(token) : null;
    }

    /// <summary>RFC 7519: seconds since 1970.</summary>
    private static (DateTimeOffset? IssuedAt, DateTimeOffset EndsAt)? OfJsonWebToken(string payload)
    {
        byte[] json;
        try
        {
            json = Base64Url.DecodeFromChars(payload);
        }
        catch (FormatException)
        {
            return null;
        }

        return Read(json, static claims => Time(claims, "exp") is { } end ? (Time(claims, "iat") ?? Time(claims, "nbf"), end) : null);
    }

    /// <summary>Those that Amazon's registries give out as a password, always for twelve hours.</summary>
    private static (DateTimeOffset? IssuedAt, DateTimeOffset EndsAt)? OfRegistry(string token)
    {
        var json = new byte[token.Length];
        return Convert.TryFromBase64String(token, json, out var length)
            ? Read(json.AsMemory(0, length), static content => content.TryGetProperty("datakey", out _) && Time(content, "expiration") is { } end
                ? (end - TimeSpan.FromHours(12), end)
                : null)
            : null;
    }

    private static (DateTimeOffset? IssuedAt, DateTimeOffset EndsAt)? Read(
        ReadOnlyMemory<byte> json, Func<JsonElement, (DateTimeOffset? IssuedAt, DateTimeOffset EndsAt)?> read)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Flat);
            return document.RootElement.ValueKind == JsonValueKind.Object ? read(document.RootElement) : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or DecoderFallbackException)
        {
            return null;
        }
    }

    private static DateTimeOffset? Time(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds)
            && seconds is > 0 and < 253_402_300_799
                ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
                : null;
}

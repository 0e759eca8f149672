using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Tokens;

/// <summary>Signs tokens with a key of the sandbox's own and knows its own signature again. The key is made when it is first needed.</summary>
internal sealed class TokenSigner : IDisposable
{
    public const string Algorithm = "ES256";

    private readonly Lazy<Key> _key = new(static () => new(ECDsa.Create(ECCurve.NamedCurves.nistP256)));

    /// <summary>The public key, as a JSON Web Key Set.</summary>
    public JsonObject KeySet()
    {
        var point = _key.Value.Algorithm.ExportParameters(includePrivateParameters: false).Q;
        return new()
        {
            ["keys"] = new JsonArray(new JsonObject
            {
                ["use"] = "sig",
                ["kty"] = "EC",
                ["kid"] = _key.Value.Id,
                ["crv"] = "P-256",
                ["alg"] = Algorithm,
                ["x"] = Base64Url.EncodeToString(point.X),
                ["y"] = Base64Url.EncodeToString(point.Y),
            }),
        };
    }

    public string Sign(JsonObject claims)
    {
        var header = new JsonObject { ["alg"] = Algorithm, ["kid"] = _key.Value.Id };
        var signed = $"{Base64Url.EncodeToString(KubernetesJson.ToUtf8(header))}.{Base64Url.EncodeToString(KubernetesJson.ToUtf8(claims))}";
        return $"{signed}.{Base64Url.EncodeToString(_key.Value.Algorithm.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    /// <summary>Takes a token apart, without any trust in it.</summary>
    /// <returns>False: it is not of three parts, the first two readable.</returns>
    public static bool TryRead(string token, [NotNullWhen(true)] out JsonObject? header, [NotNullWhen(true)] out JsonObject? claims)
    {
        (header, claims) = (null, null);
        if (token.Split('.') is not [var first, var second, _])
        {
            return false;
        }

        (header, claims) = (ReadPart(first), ReadPart(second));
        return header is not null && claims is not null;
    }

    /// <returns>Null if the signature is this signer's; else what is wrong, as a real server says it.</returns>
    public string? Verify(string token, JsonObject header)
    {
        if (KubernetesObject.GetString(header, "kid") is { Length: > 0 } id && id != _key.Value.Id)
        {
            return "invalid signature, no keys found";
        }

        var end = token.LastIndexOf('.');
        var isValid = KubernetesObject.GetString(header, "alg") == Algorithm && Base64Url.IsValid(token.AsSpan(end + 1)) && _key.Value.Algorithm.VerifyData(
            Encoding.ASCII.GetBytes(token[..end]), Base64Url.DecodeFromChars(token.AsSpan(end + 1)), HashAlgorithmName.SHA256);
        return isValid ? null : "go-jose/go-jose: error in cryptographic primitive";
    }

    public void Dispose()
    {
        if (_key.IsValueCreated)
        {
            _key.Value.Algorithm.Dispose();
        }
    }

    private static JsonObject? ReadPart(string part)
    {
        try
        {
            return Base64Url.IsValid(part) ? KubernetesJson.Parse(Base64Url.DecodeFromChars(part)) as JsonObject : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A key and its name: the hash of what is public of it.</summary>
    private sealed class Key(ECDsa algorithm)
    {
        public ECDsa Algorithm { get; } = algorithm;

        public string Id { get; } = Base64Url.EncodeToString(SHA256.HashData(algorithm.ExportSubjectPublicKeyInfo()));
    }
}

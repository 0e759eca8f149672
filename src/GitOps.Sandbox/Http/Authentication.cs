using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using GitOps.Sandbox.Authorization;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Tokens;
using Microsoft.AspNetCore.Http;

namespace GitOps.Sandbox.Http;

/// <summary>Whose a request is: by client certificate, by the administrator's token, or by a service account's. Kept across restarts of the listener.</summary>
internal sealed class Authentication : IDisposable
{
    private const string Scheme = "Bearer ";
    private const string InvalidToken = "invalid bearer token";

    private readonly byte[] _adminToken;
    private readonly ClientCertificates _certificates;
    private readonly bool _admitsAnonymous;

    public Authentication(Cluster cluster, string adminToken, ClientCertificates certificates)
    {
        (_adminToken, _certificates) = (Encoding.UTF8.GetBytes(adminToken), certificates);
        _admitsAnonymous = cluster.Options.EnableRbac;
        Tokens = new(cluster);
    }

    public ServiceAccountTokens Tokens { get; }

    /// <summary>Whose a token is.</summary>
    /// <param name="token">As it was shown.</param>
    /// <param name="audiences">For whom it has to be meant.</param>
    public TokenVerdict Judge(string token, ImmutableArray<string> audiences)
    {
        if (CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), _adminToken))
        {
            ImmutableArray<string> meant = [.. ServiceAccountTokens.ServerAudiences.Intersect(audiences, StringComparer.Ordinal)];
            return meant.IsEmpty ? TokenVerdict.Refuse(InvalidToken) : new(Caller.Admin, meant, string.Empty);
        }

        var verdict = Tokens.Judge(token, audiences);
        return verdict.Caller is not null ? verdict
            : TokenVerdict.Refuse(verdict.Error.Length == 0 ? InvalidToken : RoleBasedAccess.Aggregate([InvalidToken, verdict.Error]));
    }

    /// <summary>Whose credentials a request carries.</summary>
    /// <exception cref="ApiError">401: credentials that nobody has.</exception>
    public Caller Authenticate(HttpContext http)
    {
        var certificate = http.Connection.ClientCertificate;
        if (certificate is not null && _certificates.Find(certificate) is { } owner)
        {
            return owner;
        }

        var header = http.Request.Headers.Authorization.ToString();
        var token = header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : string.Empty;
        if (token.Length > 0)
        {
            return Judge(token, ServiceAccountTokens.ServerAudiences).Caller ?? throw ApiError.Unauthorized();
        }

        // Without rules of access an anonymous caller could do everything: a real server then knows none either.
        return _admitsAnonymous && (certificate is null || _certificates.IsOurs(certificate)) ? Caller.Anonymous : throw ApiError.Unauthorized();
    }

    public void Dispose() => Tokens.Dispose();
}

using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace GitOps.Sandbox.Http;

/// <summary>Tokens and whose they are. Kept across restarts of the listener.</summary>
internal sealed class Authentication
{
    private const string ImpersonateUser = "Impersonate-User";
    private const string ImpersonateGroup = "Impersonate-Group";
    private const string ImpersonateUid = "Impersonate-Uid";

    private readonly byte[] _adminToken;
    private readonly ConcurrentDictionary<string, Caller> _tokens = new(StringComparer.Ordinal);

    public Authentication(string adminToken) => _adminToken = Encoding.UTF8.GetBytes(adminToken);

    /// <summary>A new token for somebody.</summary>
    public string Issue(Caller caller)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        _tokens[token] = caller;
        return token;
    }

    /// <returns>Null if nobody has this token.</returns>
    public Caller? Find(string token) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), _adminToken) ? Caller.Admin : _tokens.GetValueOrDefault(token);

    /// <summary>Whose token a request carries.</summary>
    /// <exception cref="ApiError">401: a token that nobody has.</exception>
    public Caller Authenticate(HttpRequest request)
    {
        string? header = request.Headers.Authorization;
        if (string.IsNullOrEmpty(header))
        {
            return Caller.Anonymous;
        }

        const string Scheme = "Bearer ";
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && Find(header[Scheme.Length..].Trim()) is { } caller
            ? caller
            : throw ApiError.Unauthorized();
    }

    /// <summary>Whom the caller wants to be taken for.</summary>
    /// <returns>Null if nobody else.</returns>
    public static Caller? Impersonated(HttpRequest request)
    {
        string? user = request.Headers[ImpersonateUser];
        if (!string.IsNullOrEmpty(user))
        {
            var groups = request.Headers[ImpersonateGroup].OfType<string>().ToList();
            return Caller.Named(user, groups, request.Headers[ImpersonateUid].ToString());
        }

        return request.Headers.ContainsKey(ImpersonateGroup) || request.Headers.ContainsKey(ImpersonateUid)
            ? throw new ApiError(500, "InternalError", "Internal error occurred: requested impersonation without impersonating a user")
            : null;
    }
}

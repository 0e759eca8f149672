using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace GitOps.Operator.Credentials;

/// <summary>Connections of our own to a server, as a credential has them: its authorities, its client certificate, its proxy.</summary>
internal static class CredentialHttp
{
    /// <param name="handler">Follows no redirect; changed and returned.</param>
    /// <param name="credential">Null: none.</param>
    /// <param name="shared">What is trusted beside it.</param>
    /// <param name="host">Of the server.</param>
    public static SocketsHttpHandler Prepare(SocketsHttpHandler handler, RepositoryCredential? credential, SharedTrust shared, string host)
    {
        // Traces are ours: servers of others are told nothing of them.
        handler.ActivityHeadersPropagator = null;
        var authorities = credential?.CertificateAuthorities ?? shared.Authorities.GetValueOrDefault(host.ToLowerInvariant());
        if (credential?.IsInsecure == true)
        {
            // Asked for by name, and shown in the status of whoever uses it.
#pragma warning disable CA5359
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (authorities is not null)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(CredentialPem.Certificates(authorities));
            handler.SslOptions.CertificateChainPolicy = policy;
        }

        if (credential is { TlsClientCertificate: { } certificate, TlsClientKey: { } key })
        {
            handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(
                X509Certificate2.CreateFromPem(certificate, key), additionalCertificates: null, offline: true);
        }

        if (credential?.Proxy is { } proxy)
        {
            handler.Proxy = ProxyOf(new Uri(proxy), credential.NoProxy);
            handler.UseProxy = true;
        }

        return handler;
    }

    private static CredentialProxy ProxyOf(Uri address, string? noProxy)
    {
        var userInfo = address.UserInfo.Split(':', 2);
        var bare = new UriBuilder(address) { UserName = string.Empty, Password = string.Empty }.Uri;
        return new(bare, (noProxy ?? string.Empty).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            Credentials = address.UserInfo.Length == 0
                ? null
                : new NetworkCredential(Uri.UnescapeDataString(userInfo[0]), userInfo.Length > 1 ? Uri.UnescapeDataString(userInfo[1]) : string.Empty),
        };
    }

    /// <summary>Reads noProxy as curl does: hosts and all below them, or <c>*</c>.</summary>
    private sealed class CredentialProxy(Uri address, string[] without) : IWebProxy
    {
        public ICredentials? Credentials { get; set; }

        public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : address;

        public bool IsBypassed(Uri host) => without.Any(name => name == "*"
            || host.IdnHost.Equals(name.TrimStart('.'), StringComparison.OrdinalIgnoreCase)
            || host.IdnHost.EndsWith("." + name.TrimStart('.'), StringComparison.OrdinalIgnoreCase));
    }
}

using System.Net.Security;
using System.Security.Cryptography;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;

namespace GitOps.Kubernetes.Auth;

/// <summary>The PEM that a TLS identity is made of.</summary>
internal sealed record TlsMaterial(byte[]? Authority, ClientPem? Client)
{
    public bool IsSameAs(TlsMaterial other) =>
        (Authority is null ? other.Authority is null : other.Authority is not null && Authority.AsSpan().SequenceEqual(other.Authority))
        && (Client is null ? other.Client is null : Client.IsSameAs(other.Client));
}

/// <summary>Whom to trust and who one is, loaded from PEM: what all connections of one pool share.</summary>
internal sealed class TlsIdentity : IDisposable
{
    private readonly ClusterConfig _config;
    private readonly TrustedBundle? _authority;
    private readonly ClientIdentity? _client;

    /// <exception cref="ApiConnectionException">The material cannot be used.</exception>
    public TlsIdentity(ClusterConfig config, TlsMaterial material)
    {
        _config = config;
        try
        {
            _authority = material.Authority is { } authority ? new TrustedBundle(authority) : null;
            _client = material.Client is { } client ? new ClientIdentity(client) : null;
        }
        catch (CryptographicException exception)
        {
            Dispose();
            throw new ApiConnectionException($"{config.Server.Authority}: {exception.Message}", exception);
        }
    }

    public IEnumerable<CertificateExpiry> Expiries
    {
        get
        {
            if (_authority is not null)
            {
                yield return new(CertificateUse.Authority, _authority.NotAfter);
            }

            if (_client is not null)
            {
                yield return new(CertificateUse.Client, _client.NotAfter);
            }
        }
    }

    public SslClientAuthenticationOptions CreateOptions()
    {
        var tls = new SslClientAuthenticationOptions { TargetHost = _config.TlsServerName, ClientCertificateContext = _client?.Context };
        _authority?.ApplyTo(tls);
        if (_config.InsecureSkipTlsVerify)
        {
#pragma warning disable CA5359 // The user asked for it; refused together with a CA, and noticed.
            tls.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        return tls;
    }

    public void Dispose()
    {
        _authority?.Dispose();
        _client?.Dispose();
    }
}

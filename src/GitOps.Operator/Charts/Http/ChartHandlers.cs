using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using GitOps.Operator.Credentials;
using GitOps.Operator.Git;

namespace GitOps.Operator.Charts.Http;

/// <summary>How far a server is trusted with a credential.</summary>
internal enum HostRole
{
    /// <summary>The repository itself: with all of the credential.</summary>
    Own,

    /// <summary>Where the repository sends us: no client certificate, certificates are always checked.</summary>
    Other,
}

/// <summary>
/// Connections to repositories of charts, pooled by credential, so that none made with one Secret's certificate serves another's
/// request. Those of credentials that are gone are closed once nobody used them for a while.
/// </summary>
internal sealed class ChartHandlers : IDisposable
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(10);

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Pool> _pools = new(StringComparer.Ordinal);

    public ChartHandlers(TimeProvider time) => _time = time;

    /// <param name="credential">Null: none.</param>
    /// <param name="authorities">PEM; trusted for this host instead of those of the system; null: the credential's, or the system's.</param>
    /// <param name="role">Of the host.</param>
    /// <exception cref="GitException">The credential's certificates cannot be used.</exception>
    public HttpMessageInvoker For(RepositoryCredential? credential, string? authorities, HostRole role)
    {
        // What the administrator trusts for one host comes from a file that changes rarely: its text is part of the key.
        var key = $"{role}\n{credential?.Identity}\n{credential?.Version}\n{authorities}";
        lock (_lock)
        {
            if (!_pools.TryGetValue(key, out var pool))
            {
                _pools[key] = pool = new(Create(credential, authorities, role));
            }

            pool.LastUsed = _time.GetTimestamp();
            return pool.Client;
        }
    }

    public void CloseUnused()
    {
        lock (_lock)
        {
            foreach (var (key, pool) in _pools.Where(pool => _time.GetElapsedTime(pool.Value.LastUsed) > Idle).ToList())
            {
                _pools.Remove(key);
                pool.Client.Dispose();
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var pool in _pools.Values)
            {
                pool.Client.Dispose();
            }

            _pools.Clear();
        }
    }

    private static HttpMessageInvoker Create(RepositoryCredential? credential, string? authorities, HostRole role)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,

            // Traces are ours: servers of others are told nothing of them.
            ActivityHeadersPropagator = null,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(100),
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            MaxConnectionsPerServer = 8,
            MaxResponseHeadersLength = 64,
        };
        try
        {
            Secure(handler.SslOptions, credential, authorities ?? credential?.CertificateAuthorities, role);
        }
        catch (CryptographicException exception)
        {
            throw new GitException(
                GitFailure.InvalidCredential, $"{credential}: its certificates or its key cannot be read: PEM is expected, the key without a password", exception);
        }

        if (credential?.Proxy is { Length: > 0 } proxy)
        {
            handler.Proxy = RepositoryProxy.Parse(proxy, credential.NoProxy, credential.Origin);
        }

        return new(handler, disposeHandler: true);
    }

    [SuppressMessage("Security", "CA5359", Justification = "Asked for in the Secret, and shown in the status.")]
    private static void Secure(SslClientAuthenticationOptions options, RepositoryCredential? credential, string? authorities, HostRole role)
    {
        if (role == HostRole.Own && credential is { TlsClientCertificate: { } certificate, TlsClientKey: { } key })
        {
            options.ClientCertificates = [X509Certificate2.CreateFromPem(certificate, key)];
        }

        if (role == HostRole.Own && credential is { IsInsecure: true })
        {
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        }
        else if (authorities is { Length: > 0 })
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPem(authorities);
            if (roots.Count == 0)
            {
                throw new CryptographicException("there is no certificate in it");
            }

            options.RemoteCertificateValidationCallback = (_, presented, chain, errors) => IsTrusted(presented, chain, errors, roots, role);
        }
    }

    // Other hosts may have certificates of the public authorities, or of those that the repository's own host is trusted by.
    private static bool IsTrusted(
        X509Certificate? presented, X509Chain? sent, SslPolicyErrors errors, X509Certificate2Collection roots, HostRole role)
    {
        if (errors == SslPolicyErrors.None && role == HostRole.Other)
        {
            return true;
        }

        if (presented is not X509Certificate2 certificate || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        foreach (var element in sent?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        return chain.Build(certificate);
    }

    private sealed class Pool(HttpMessageInvoker client)
    {
        public HttpMessageInvoker Client => client;

        public long LastUsed { get; set; }
    }
}

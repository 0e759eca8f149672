using System.Collections.Immutable;
using GitOps.Kubernetes.Auth;
using GitOps.Kubernetes.Config;

namespace GitOps.Kubernetes.Http;

/// <summary>
/// Holds the connection pools of the moment. CA and client certificate files are looked at every five minutes; a change, or
/// another certificate from a plugin, makes new pools, and the old ones drain. After a failed handshake they are looked at sooner. Material that cannot be used changes nothing.
/// </summary>
internal sealed class Transport : IDisposable
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMinutes(5);

    /// <summary>When the server's or one's own certificate was refused, files are looked at before their time.</summary>
    private static readonly TimeSpan DoubtInterval = TimeSpan.FromSeconds(10);

    private readonly ClusterConfig _config;
    private readonly KubernetesClientOptions _options;
    private readonly Lock _lock = new();
    private ConnectionPools? _pools;
    private long _checkedAt;
    private ClientPem? _fromPlugin;
    private bool _isDoubted;
    private bool _isDisposed;

    public Transport(ClusterConfig config, KubernetesClientOptions options)
    {
        _config = config;
        _options = options;
        if (config.InsecureSkipTlsVerify)
        {
            options.Notify(NoticeKind.InsecureTls, $"{config.Server.Authority}: certificates are not verified (insecure-skip-tls-verify)");
        }
    }

    /// <summary>Of the certificates in use; none before the first request.</summary>
    public ImmutableArray<CertificateExpiry> Expiries
    {
        get
        {
            lock (_lock)
            {
                return _pools?.Expiries ?? [];
            }
        }
    }

    /// <summary>Pools to send one request over; the caller calls <see cref="ConnectionPools.Leave"/> when its answer is read.</summary>
    /// <exception cref="ApiConnectionException">The certificates cannot be read or used.</exception>
    public ConnectionPools Enter(Credential credential)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_pools is null || IsDue_NeedsLock(credential))
            {
                Refresh_NeedsLock(credential);
            }

            _pools!.TryEnter();
            return _pools;
        }
    }

    /// <summary>A handshake failed, or the server did not know who asks: a file may have changed.</summary>
    public void Doubt()
    {
        lock (_lock)
        {
            _isDoubted = true;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _pools?.Retire();
        }
    }

    private bool IsDue_NeedsLock(Credential credential) =>
        (credential.Certificate is { } given && !ReferenceEquals(given, _fromPlugin))
        || _options.TimeProvider.GetElapsedTime(_checkedAt) >= (_isDoubted ? DoubtInterval : CheckInterval);

    private void Refresh_NeedsLock(Credential credential)
    {
        _checkedAt = _options.TimeProvider.GetTimestamp();
        _isDoubted = false;
        _fromPlugin = credential.Certificate ?? _fromPlugin;
        try
        {
            var material = ReadMaterial(_fromPlugin);
            if (_pools is null)
            {
                _pools = new ConnectionPools(_config, _options, material);
            }
            else if (!material.IsSameAs(_pools.Material))
            {
                var old = _pools;
                _pools = new ConnectionPools(_config, _options, material);
                old.Retire();
                _options.Notify(NoticeKind.CertificatesRefreshed, $"{_config.Server.Authority}: certificates changed, new connections use them");
            }
        }
        catch (ApiConnectionException exception) when (_pools is not null)
        {
            _options.Notify(NoticeKind.CertificatesNotRefreshed, $"{exception.Message}; those read before stay in use");
        }
    }

    private TlsMaterial ReadMaterial(ClientPem? fromPlugin)
    {
        var credentials = _config.Credentials;
        var client = fromPlugin ?? (credentials is { ClientCertificate: { } certificate, ClientKey: { } key }
            ? new ClientPem(Read(certificate, "client certificate"), Read(key, "client key"))
            : null);
        return new TlsMaterial(_config.CertificateAuthority is { } authority ? Read(authority, "certificate authority") : null, client);
    }

    private static byte[] Read(PemSource source, string what)
    {
        try
        {
            var pem = source.Read();
            return pem.Length > 0 ? pem : throw new ApiConnectionException($"{what} {source}: empty", inner: null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ApiConnectionException($"{what} {source}: {exception.Message}", exception);
        }
    }
}

using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using GitOps.Kubernetes.Auth;
using GitOps.Kubernetes.Config;

namespace GitOps.Kubernetes.Http;

/// <summary>
/// The connections of one TLS identity: one pool for requests, another for watches, so that neither starves the other.
/// Counted: retired pools are closed when their last request or stream has ended.
/// </summary>
internal sealed class ConnectionPools
{
    private readonly Lock _lock = new();
    private int _users;
    private bool _isRetired;

    public ConnectionPools(ClusterConfig config, KubernetesClientOptions options, TlsMaterial material)
    {
        Material = material;
        Requests = new HttpMessageInvoker(CreateHandler(config, options, material, isWatch: false));
        Watches = new HttpMessageInvoker(CreateHandler(config, options, material, isWatch: true));
        var repeating = CreateHandler(config, options, material, isWatch: true);
        repeating.PlaintextStreamFilter = RepeatedHeaders.FilterAsync;
        Repeating = new HttpMessageInvoker(repeating);
    }

    public TlsMaterial Material { get; }

    public HttpMessageInvoker Requests { get; }

    public HttpMessageInvoker Watches { get; }

    /// <summary>For the few requests that send a header more than once; HTTP/1.1 alone.</summary>
    public HttpMessageInvoker Repeating { get; }

    /// <summary>Through a proxy this header alone can give TLS another name than the host's; null: the host.</summary>
    public string? HostHeader { get; private set; }

    /// <returns>False if they are already closed or closing.</returns>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (_isRetired)
            {
                return false;
            }

            _users++;
            return true;
        }
    }

    public void Leave()
    {
        lock (_lock)
        {
            _users--;
            CloseIfUnused_NeedsLock();
        }
    }

    public void Retire()
    {
        lock (_lock)
        {
            if (!_isRetired)
            {
                _isRetired = true;
                CloseIfUnused_NeedsLock();
            }
        }
    }

    private void CloseIfUnused_NeedsLock()
    {
        if (_isRetired && _users == 0)
        {
            Requests.Dispose();
            Watches.Dispose();
            Repeating.Dispose();
        }
    }

    private SocketsHttpHandler CreateHandler(ClusterConfig config, KubernetesClientOptions options, TlsMaterial material, bool isWatch)
    {
        IWebProxy proxy = config.Proxy is { } given
            ? new WebProxy(given) { Credentials = ProxyCredentials.Of(given) }
            : new EnvironmentProxy(Environment.GetEnvironmentVariable);
        var tls = CreateTls(config, material);
        var handler = new SocketsHttpHandler
        {
            SslOptions = tls,
            AllowAutoRedirect = false,
            UseCookies = false,
            Proxy = proxy,
            UseProxy = true,

            // A compressed stream would hold events back.
            AutomaticDecompression = isWatch || config.DisableCompression ? DecompressionMethods.None : DecompressionMethods.GZip,
            ConnectTimeout = options.ConnectTimeout,
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,

            // So that API servers behind a load balancer share the work again after one of them was away.
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
        };
        if (config.TlsServerName is { } name && config.Server.Scheme == Uri.UriSchemeHttps)
        {
            if (proxy.IsBypassed(config.Server) || proxy.GetProxy(config.Server) is null)
            {
                handler.ConnectCallback = NamedTls.Connect(tls);
            }
            else
            {
                HostHeader = name;
            }
        }

        return handler;
    }

    private static SslClientAuthenticationOptions CreateTls(ClusterConfig config, TlsMaterial material)
    {
        try
        {
            var tls = new SslClientAuthenticationOptions { TargetHost = config.TlsServerName };
            if (material.Authority is { } authority)
            {
                tls.CertificateChainPolicy = TlsSettings.Trust(authority);
            }

            if (material.Client is { } client)
            {
                tls.ClientCertificateContext = TlsSettings.Client(client);
            }

            if (config.InsecureSkipTlsVerify)
            {
#pragma warning disable CA5359 // The user asked for it; refused together with a CA, and noticed.
                tls.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
            }

            return tls;
        }
        catch (CryptographicException exception)
        {
            throw new ApiConnectionException($"{config.Server.Authority}: {exception.Message}", exception);
        }
    }
}

/// <summary>The PEM that a TLS identity is made of.</summary>
internal sealed record TlsMaterial(byte[]? Authority, ClientPem? Client)
{
    public bool IsSameAs(TlsMaterial other) =>
        (Authority is null ? other.Authority is null : other.Authority is not null && Authority.AsSpan().SequenceEqual(other.Authority))
        && (Client is null ? other.Client is null : Client.IsSameAs(other.Client));
}

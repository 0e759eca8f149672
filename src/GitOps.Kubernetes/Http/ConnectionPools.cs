using System.Collections.Immutable;
using System.Net;
using GitOps.Kubernetes.Auth;
using GitOps.Kubernetes.Config;

namespace GitOps.Kubernetes.Http;

/// <summary>
/// The connections of one TLS identity: one pool for requests, another for watches, so that neither starves the other.
/// Counted: retired pools are closed when their last request or stream has ended.
/// </summary>
#pragma warning disable CA1001 // Not the holder's to dispose of: retired, and closed by the last user.
internal sealed class ConnectionPools
#pragma warning restore CA1001
{
    private readonly Lock _lock = new();
    private readonly TlsIdentity _identity;
    private int _users;
    private bool _isRetired;

    /// <exception cref="ApiConnectionException">The material cannot be used.</exception>
    public ConnectionPools(ClusterConfig config, KubernetesClientOptions options, TlsMaterial material)
    {
        Material = material;
        _identity = new TlsIdentity(config, material);
        Expiries = [.. _identity.Expiries];
        Requests = new HttpMessageInvoker(CreateHandler(config, options, PoolUse.Requests));
        Watches = new HttpMessageInvoker(CreateHandler(config, options, PoolUse.Watches));
        Repeating = new HttpMessageInvoker(CreateHandler(config, options, PoolUse.Repeating));
    }

    public TlsMaterial Material { get; }

    public ImmutableArray<CertificateExpiry> Expiries { get; }

    public HttpMessageInvoker Requests { get; }

    public HttpMessageInvoker Watches { get; }

    /// <summary>HTTP/1.1 alone: for the few requests that send a header more than once, and for a client that wants no other.</summary>
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
            _identity.Dispose();
        }
    }

    internal SocketsHttpHandler CreateHandler(ClusterConfig config, KubernetesClientOptions options, PoolUse use)
    {
        IWebProxy proxy = config.Proxy is { } given
            ? new WebProxy(ProxyCredentials.WithoutUser(given)) { Credentials = ProxyCredentials.Of(given) }
            : new EnvironmentProxy(Environment.GetEnvironmentVariable);
        var tls = _identity.CreateOptions();
        var handler = new SocketsHttpHandler
        {
            SslOptions = tls,
            AllowAutoRedirect = false,
            UseCookies = false,
            Proxy = proxy,
            UseProxy = true,

            // Requests carry the span that they are, which the handler does not know.
            ActivityHeadersPropagator = null,

            // A compressed stream would hold events back.
            AutomaticDecompression = use == PoolUse.Requests && !config.DisableCompression ? DecompressionMethods.GZip : DecompressionMethods.None,
            ConnectTimeout = options.ConnectTimeout,
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,

            // So that API servers behind a load balancer share the work again after one of them was away.
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
        };
        if (use == PoolUse.Repeating)
        {
            handler.PlaintextStreamFilter = RepeatedHeaders.FilterAsync;
        }

        if (config.TlsServerName is { } name && config.Server.Scheme == Uri.UriSchemeHttps)
        {
            if (proxy.IsBypassed(config.Server) || proxy.GetProxy(config.Server) is null)
            {
                handler.ConnectCallback = NamedTls.Connect(tls, mayUseHttp2: use != PoolUse.Repeating);
            }
            else
            {
                HostHeader = name;
            }
        }

        return handler;
    }
}

/// <summary>What a pool's connections are for.</summary>
internal enum PoolUse
{
    Requests,
    Watches,
    Repeating,
}

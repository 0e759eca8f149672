using System.Collections.Concurrent;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.OpenApi;

namespace GitOps.Kubernetes.Http;

/// <summary>What all faces of a client share.</summary>
internal sealed class ClientCore : IDisposable
{
    private readonly Transport? _ownTransport;

    public ClientCore(ClusterConfig config, KubernetesClientOptions options)
        : this(Check(config), options, new Transport(config, options),
            options.Circuit is { } circuit ? new ClusterCircuit(config.Server.Authority, options, circuit) : null) =>
        _ownTransport = Sender.Transport;

    /// <param name="config">A checked one.</param>
    /// <param name="options">How to ask.</param>
    /// <param name="transport">The caller's to dispose of.</param>
    /// <param name="circuit">Null: none.</param>
    public ClientCore(ClusterConfig config, KubernetesClientOptions options, Transport transport, ClusterCircuit? circuit)
    {
        Options = options;
        Sender = new RequestSender(config, options, transport, circuit);
        Discovery = new DiscoveryCache(Sender, options);
        OpenApi = new OpenApiSchemas(Sender, options);
    }

    public KubernetesClientOptions Options { get; }

    public RequestSender Sender { get; }

    public DiscoveryCache Discovery { get; }

    public OpenApiSchemas OpenApi { get; }

    /// <summary>Resources (by their collection's path) that have refused a streaming list.</summary>
    public ConcurrentDictionary<string, bool> WithoutStreamingList { get; } = new(StringComparer.Ordinal);

    /// <exception cref="KubeconfigException">Credentials would go over plain http, or a CA would not be looked at.</exception>
    public static ClusterConfig Check(ClusterConfig config)
    {
        if (config.Server.Scheme != Uri.UriSchemeHttps && !config.Credentials.IsEmpty)
        {
            throw new KubeconfigException(config.Server.Authority, "server", "credentials are never sent over plain http; use https");
        }

        return config is { InsecureSkipTlsVerify: true, CertificateAuthority: not null }
            ? throw new KubeconfigException(
                config.Server.Authority, "insecure-skip-tls-verify", "set together with a certificate-authority, one of which is of no use; remove one")
            : config;
    }

    public void Dispose()
    {
        _ownTransport?.Dispose();
        Sender.Dispose();
        Discovery.Dispose();
        OpenApi.Dispose();
    }
}

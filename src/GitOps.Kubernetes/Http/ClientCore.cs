using System.Collections.Concurrent;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Discovery;

namespace GitOps.Kubernetes.Http;

/// <summary>What all faces of a client share.</summary>
internal sealed class ClientCore : IDisposable
{
    public ClientCore(ClusterConfig config, KubernetesClientOptions options)
    {
        if (config.Server.Scheme != Uri.UriSchemeHttps && !config.Credentials.IsEmpty)
        {
            throw new KubeconfigException(config.Server.Authority, "server", "credentials are never sent over plain http; use https");
        }

        Options = options;
        Sender = new RequestSender(config, options);
        Discovery = new DiscoveryCache(Sender, options);
    }

    public KubernetesClientOptions Options { get; }

    public RequestSender Sender { get; }

    public DiscoveryCache Discovery { get; }

    /// <summary>Resources (by their collection's path) that have refused a streaming list.</summary>
    public ConcurrentDictionary<string, bool> WithoutStreamingList { get; } = new(StringComparer.Ordinal);

    public void Dispose()
    {
        Sender.Dispose();
        Discovery.Dispose();
    }
}

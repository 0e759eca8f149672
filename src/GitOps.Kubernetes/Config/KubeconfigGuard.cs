using System.Net;

namespace GitOps.Kubernetes.Config;

/// <summary>What a kubeconfig from a stranger may not ask for.</summary>
internal static class KubeconfigGuard
{
    private const string Untrusted = "not allowed in a kubeconfig that comes from a user of this program";

    private static readonly string[] ClusterFiles = ["certificate-authority"];
    private static readonly string[] UserFiles = ["tokenFile", "client-certificate", "client-key"];

    /// <exception cref="KubeconfigException">The first thing that is refused.</exception>
    public static void Check(KubeconfigSection cluster, KubeconfigSection? user)
    {
        Refuse(cluster, ClusterFiles, "use certificate-authority-data");
        if (cluster.Flag("insecure-skip-tls-verify"))
        {
            throw cluster.Error("insecure-skip-tls-verify", $"{Untrusted}; give certificate-authority-data");
        }

        if (cluster.Text("proxy-url") is { } proxy && (!Uri.TryCreate(proxy, UriKind.Absolute, out var address) || IsOwnNetwork(address)))
        {
            throw cluster.Error("proxy-url", $"{Untrusted}: a proxy on this host or its link");
        }

        if (user is not null)
        {
            Refuse(user, ["exec"], "use a token or a client certificate");
            Refuse(user, ["auth-provider"], "use a token or a client certificate");
            Refuse(user, UserFiles, "put the content into the kubeconfig (token, client-certificate-data, client-key-data)");
        }
    }

    private static void Refuse(KubeconfigSection section, string[] fields, string wayOut)
    {
        foreach (var field in fields)
        {
            if (section.Fields[field] is not null)
            {
                throw section.Error(field, $"{Untrusted}; {wayOut}");
            }
        }
    }

    private static bool IsOwnNetwork(Uri proxy)
    {
        var host = proxy.IdnHost.TrimEnd('.');
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        if (!IPAddress.TryParse(host, out var address))
        {
            return false;
        }

        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        var bytes = address.GetAddressBytes();
        return IPAddress.IsLoopback(address) || address.IsIPv6LinkLocal || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)
            || (bytes.Length == 4 && bytes[0] == 169 && bytes[1] == 254);
    }
}

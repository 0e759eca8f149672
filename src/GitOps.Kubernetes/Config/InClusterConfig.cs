using System.Net;
using System.Net.Sockets;

namespace GitOps.Kubernetes.Config;

/// <summary>What the kubelet gives to every pod: two environment variables and three files.</summary>
internal static class InClusterConfig
{
    public const string Directory = "/var/run/secrets/kubernetes.io/serviceaccount";

    private const string Source = "in-cluster configuration";

    public static bool IsPresent(Func<string, string?> environment) =>
        !string.IsNullOrEmpty(environment("KUBERNETES_SERVICE_HOST")) && !string.IsNullOrEmpty(environment("KUBERNETES_SERVICE_PORT"));

    public static ClusterConfig Load(Func<string, string?> environment, string directory)
    {
        if (!IsPresent(environment))
        {
            throw new KubeconfigException(Source, "KUBERNETES_SERVICE_HOST",
                "not set, so this is not a pod; give a kubeconfig file instead");
        }

        var token = Path.Combine(directory, "token");
        if (!File.Exists(token))
        {
            throw new KubeconfigException(Source, token,
                "missing; set automountServiceAccountToken of the pod to true, or give a kubeconfig file");
        }

        var authority = Path.Combine(directory, "ca.crt");
        var defaultNamespace = Path.Combine(directory, "namespace");
        return new ClusterConfig
        {
            Server = Address(environment("KUBERNETES_SERVICE_HOST")!, environment("KUBERNETES_SERVICE_PORT")!),
            CertificateAuthority = File.Exists(authority) ? PemSource.FromFile(authority) : null,
            Credentials = new ClusterCredentials { TokenFile = token },
            DefaultNamespace = File.Exists(defaultNamespace) ? File.ReadAllText(defaultNamespace).Trim() : "default",
        };
    }

    private static Uri Address(string host, string port)
    {
        var isVersion6 = IPAddress.TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6;
        return Uri.TryCreate(isVersion6 ? $"https://[{host}]:{port}" : $"https://{host}:{port}", UriKind.Absolute, out var server)
            ? server
            : throw new KubeconfigException(Source, "KUBERNETES_SERVICE_HOST", $"not a host name or address: {host}, port {port}");
    }
}

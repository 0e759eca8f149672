using GitOps.Kubernetes.Resources;

namespace GitOps.Kubernetes.Config;

/// <summary>How to reach one API server, and as whom. Immutable; files it names are read by the client, and read again.</summary>
public sealed record ClusterConfig
{
    /// <summary>Scheme, host, port and, behind some gateways, a path prefix.</summary>
    public required Uri Server { get; init; }

    /// <summary>The roots (and intermediates) to trust; null: those of the system.</summary>
    public PemSource? CertificateAuthority { get; init; }

    /// <summary>The name the server's certificate must carry, where it is not the host of <see cref="Server"/>.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>Accept any certificate. Never together with <see cref="CertificateAuthority"/>.</summary>
    public bool InsecureSkipTlsVerify { get; init; }

    /// <summary><c>http://</c>, <c>https://</c> or <c>socks5://</c>; null: as the environment says.</summary>
    public Uri? Proxy { get; init; }

    public bool DisableCompression { get; init; }

    public ClusterCredentials Credentials { get; init; } = ClusterCredentials.None;

    /// <summary>Whom every request is made as, unless the caller names another.</summary>
    public Impersonation? Impersonation { get; init; }

    public string DefaultNamespace { get; init; } = "default";

    /// <summary>Where and as whom; a proxy's URL may hold a password and is left out.</summary>
    public override string ToString() => $"{Server} ({Credentials})";

    /// <summary>The service account that a pod is given.</summary>
    /// <exception cref="KubeconfigException">This process does not run in a pod.</exception>
    public static ClusterConfig InCluster() => InClusterConfig.Load(Environment.GetEnvironmentVariable, InClusterConfig.Directory);
}

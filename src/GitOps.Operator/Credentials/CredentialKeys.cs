using System.Collections.Immutable;

namespace GitOps.Operator.Credentials;

/// <summary>The keys of a credential's Secret: Argo CD's, and two that it has elsewhere.</summary>
internal static class CredentialKeys
{
    public const string Url = "url";
    public const string Type = "type";
    public const string Username = "username";
    public const string Password = "password";
    public const string BearerToken = "bearerToken";
    public const string SshPrivateKey = "sshPrivateKey";
    public const string TlsClientCertificate = "tlsClientCertData";
    public const string TlsClientKey = "tlsClientCertKey";
    public const string Insecure = "insecure";
    public const string InsecureIgnoreHostKey = "insecureIgnoreHostKey";
    public const string EnableLfs = "enableLfs";
    public const string EnableOci = "enableOCI";
    public const string Proxy = "proxy";
    public const string NoProxy = "noProxy";
    public const string GitHubAppId = "githubAppID";
    public const string GitHubAppInstallationId = "githubAppInstallationID";
    public const string GitHubAppPrivateKey = "githubAppPrivateKey";
    public const string GitHubAppApiUrl = "githubAppEnterpriseBaseUrl";
    public const string ForceHttpBasicAuth = "forceHttpBasicAuth";

    /// <summary>Lines of a known_hosts file. As Flux calls it, as is the next.</summary>
    public const string KnownHosts = "known_hosts";

    /// <summary>PEM: the authorities that are trusted for this server.</summary>
    public const string Authorities = "ca.crt";

    /// <summary>
    /// On a Secret of the operator's namespace: the namespaces whose Applications may use it, beside the operator's own and the
    /// trusted ones. Globs, by commas.
    /// </summary>
    public const string AllowedNamespaces = Api.Annotations.AllowedNamespaces;

    /// <summary>Argo CD's, in the operator's namespace: its key <c>ssh_known_hosts</c> is for all repositories.</summary>
    public const string KnownHostsConfigMap = "argocd-ssh-known-hosts-cm";

    /// <summary>Argo CD's, in the operator's namespace: the authorities of a server by its host name.</summary>
    public const string TlsConfigMap = "argocd-tls-certs-cm";

    public static readonly ImmutableArray<string> Supported =
    [
        Url, Type, Username, Password, BearerToken, SshPrivateKey, TlsClientCertificate, TlsClientKey, Insecure, InsecureIgnoreHostKey,
        EnableLfs, EnableOci, Proxy, NoProxy, GitHubAppId, GitHubAppInstallationId, GitHubAppPrivateKey, GitHubAppApiUrl,
        ForceHttpBasicAuth, KnownHosts, Authorities,
    ];

    /// <summary>They have no effect here, and none is missed: a title, and how much Argo CD fetches and keeps.</summary>
    public static readonly ImmutableArray<string> WithoutEffect = ["name", "depth", "webhookManifestCacheWarmDisabled"];

    /// <summary>What they ask for cannot be had; with the way out.</summary>
    public static readonly ImmutableDictionary<string, string> Unsupported = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["project"] = $"projects protect nothing here, since any Application may name any; remove it, and name the namespaces that may use the Secret in its annotation {AllowedNamespaces}",
        ["gcpServiceAccountKey"] = "keys of Google service accounts are not supported; use a username and a password, or an ssh key",
        ["useAzureWorkloadIdentity"] = "workload identities of Azure are not supported; use a username and a token as password, or an ssh key",
        ["azureServicePrincipalTenantId"] = "service principals of Azure are not supported; use a username and a token as password, or an ssh key",
        ["azureServicePrincipalClientId"] = "service principals of Azure are not supported; use a username and a token as password, or an ssh key",
        ["azureServicePrincipalClientSecret"] = "service principals of Azure are not supported; use a username and a token as password, or an ssh key",
        ["azureActiveDirectoryEndpoint"] = "service principals of Azure are not supported; use a username and a token as password, or an ssh key",
        ["insecureOCIForceHttp"] = "what is not encrypted could be changed on the way; serve the registry over https",
    }.ToImmutableDictionary(StringComparer.Ordinal);
}

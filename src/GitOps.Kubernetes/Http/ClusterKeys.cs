using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GitOps.Kubernetes.Config;

namespace GitOps.Kubernetes.Http;

/// <summary>
/// Under what a configuration's parts are shared. Hashes, so that no secret is kept as a key; files count by their path,
/// because what is in them is read again and again.
/// </summary>
/// <param name="Cluster">The same server, reached the same way.</param>
/// <param name="Identity">Also the same client certificate.</param>
/// <param name="Credentials">Also the same token, password or plugin.</param>
internal sealed record ClusterKeys(string Cluster, string Identity, string Credentials)
{
    public static ClusterKeys Of(ClusterConfig config)
    {
        var credentials = config.Credentials;
        var text = new StringBuilder();
        Add(text, config.Server.AbsoluteUri, Describe(config.CertificateAuthority), config.TlsServerName, config.Proxy?.AbsoluteUri);
        Add(text, config.InsecureSkipTlsVerify ? "skip" : null, config.DisableCompression ? "plain" : null);
        var cluster = Hash(text);
        Add(text, Describe(credentials.ClientCertificate), Describe(credentials.ClientKey), Describe(credentials.Exec));
        var identity = Hash(text);
        Add(text, credentials.Token, credentials.TokenFile, credentials.Username, credentials.Password);
        return new(cluster, identity, Hash(text));
    }

    private static string? Describe(PemSource? pem) =>
        pem is null ? null : pem.Path is { } path ? "file " + path : "data " + Convert.ToBase64String(pem.Read());

    private static string? Describe(ExecPlugin? plugin)
    {
        if (plugin is null)
        {
            return null;
        }

        var text = new StringBuilder();
        Add(text, plugin.ApiVersion, plugin.Command, plugin.ClusterInfo?.ToJsonString());
        Add(text, [.. plugin.Arguments]);
        foreach (var (name, value) in plugin.Environment)
        {
            Add(text, name, value);
        }

        return text.ToString();
    }

    /// <summary>With its length before each part: no two lists of parts make the same text.</summary>
    private static void Add(StringBuilder text, params ReadOnlySpan<string?> parts)
    {
        text.Append(parts.Length).Append('[');
        foreach (var part in parts)
        {
            text.Append(part is null ? "-" : part.Length.ToString(CultureInfo.InvariantCulture) + ":").Append(part);
        }
    }

    private static string Hash(StringBuilder text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
}

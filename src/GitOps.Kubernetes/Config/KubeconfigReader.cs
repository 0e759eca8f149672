using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Resources;

namespace GitOps.Kubernetes.Config;

/// <summary>From the fields of a cluster and a user to a <see cref="ClusterConfig"/>.</summary>
internal static class KubeconfigReader
{
    private const string ExecGroup = "client.authentication.k8s.io";

    private static readonly string[] ProxySchemes = ["http", "https", "socks5"];

    public static ClusterConfig ReadCluster(KubeconfigSection cluster)
    {
        var authority = cluster.Pem("certificate-authority");
        var skip = cluster.Flag("insecure-skip-tls-verify");
        if (skip && authority is not null)
        {
            throw cluster.Error("insecure-skip-tls-verify", "set together with a certificate-authority, one of which is of no use; remove one");
        }

        return new ClusterConfig
        {
            Server = ReadServer(cluster),
            CertificateAuthority = authority,
            TlsServerName = cluster.Text("tls-server-name"),
            InsecureSkipTlsVerify = skip,
            Proxy = ReadProxy(cluster),
            DisableCompression = cluster.Flag("disable-compression"),
        };
    }

    public static ClusterConfig AddUser(ClusterConfig config, KubeconfigSection user, KubeconfigSection cluster)
    {
        if (user.TryGetSection("auth-provider", out var provider))
        {
            throw user.Error("auth-provider", provider.Text("name") == "oidc"
                ? "not supported: OpenID Connect is an exec plugin's work; use exec (as with kubelogin), a tokenFile that something renews, or a service account's token"
                : "not supported: Kubernetes removed it; use exec, a token or a client certificate");
        }

        var certificate = user.Pem("client-certificate");
        var key = user.Pem("client-key");
        if (certificate is null != key is null)
        {
            throw user.Error(certificate is null ? "client-certificate" : "client-key",
                "missing; a client certificate and its key come together");
        }

        var credentials = new ClusterCredentials
        {
            Token = user.Text("token"),
            TokenFile = user.FilePath("tokenFile"),
            Username = user.Text("username"),
            Password = user.Text("password"),
            ClientCertificate = certificate,
            ClientKey = key,
            Exec = user.TryGetSection("exec", out var exec) ? ReadExec(exec, config, cluster) : null,
        };
        var isSent = credentials is not { IsEmpty: true } && config.Server.Scheme == Uri.UriSchemeHttp;
        return isSent
            ? throw cluster.Error("server", "credentials are never sent over plain http; use https")
            : config with { Credentials = credentials, Impersonation = ReadImpersonation(user) };
    }

    private static Uri ReadServer(KubeconfigSection cluster)
    {
        var text = cluster.Text("server") ?? throw cluster.Error("server", "missing; give the API server's URL");
        var url = text.Contains("://", StringComparison.Ordinal) ? text : "https://" + text;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var server) || (server.Scheme != Uri.UriSchemeHttps && server.Scheme != Uri.UriSchemeHttp))
        {
            throw cluster.Error("server", "not an https URL");
        }

        return server is { UserInfo.Length: 0, Query.Length: 0, Fragment.Length: 0 }
            ? server
            : throw cluster.Error("server", "a URL without user, query or fragment is expected");
    }

    private static Uri? ReadProxy(KubeconfigSection cluster)
    {
        if (cluster.Text("proxy-url") is not { } text)
        {
            return null;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var proxy) && ProxySchemes.Contains(proxy.Scheme, StringComparer.Ordinal)
            ? proxy
            : throw cluster.Error("proxy-url", "expected a URL of scheme http, https or socks5");
    }

    private static ExecPlugin ReadExec(KubeconfigSection exec, ClusterConfig config, KubeconfigSection cluster)
    {
        var version = exec.Text("apiVersion");
        if (version is not (ExecGroup + "/v1" or ExecGroup + "/v1beta1"))
        {
            throw exec.Error("apiVersion", $"expected {ExecGroup}/v1 or {ExecGroup}/v1beta1, found {version ?? "none"}; update the plugin");
        }

        switch (exec.Text("interactiveMode"))
        {
            case null or "Never" or "IfAvailable":
                break;
            case "Always":
                throw exec.Error("interactiveMode", "Always needs a terminal, which this program has not; use IfAvailable or Never");
            default:
                throw exec.Error("interactiveMode", "expected Never, IfAvailable or Always");
        }

        var command = exec.Text("command") ?? throw exec.Error("command", "missing; name the program to run");
        var isPath = command.AsSpan().ContainsAny('/', Path.DirectorySeparatorChar);
        return new ExecPlugin
        {
            ApiVersion = version,
            Command = isPath && exec.Directory is not null ? Path.GetFullPath(command, exec.Directory) : command,
            Arguments = [.. exec.Texts("args")],
            Environment = [.. exec.Items("env").Select(item => ReadVariable(exec, item))],
            InstallHint = exec.Text("installHint"),
            ClusterInfo = exec.Flag("provideClusterInfo") ? DescribeCluster(config, cluster) : null,
        };
    }

    private static KeyValuePair<string, string> ReadVariable(KubeconfigSection exec, JsonNode? item) =>
        item is JsonObject fields && fields["name"]?.ToString() is { Length: > 0 } name
            ? new(name, fields["value"]?.ToString() ?? string.Empty)
            : throw exec.Error("env", "each entry has a name and a value");

    private static JsonObject DescribeCluster(ClusterConfig config, KubeconfigSection cluster)
    {
        var info = new JsonObject { ["server"] = cluster.Text("server") };
        if (config.TlsServerName is { } name)
        {
            info["tls-server-name"] = name;
        }

        if (config.InsecureSkipTlsVerify)
        {
            info["insecure-skip-tls-verify"] = true;
        }

        if (config.Proxy is not null)
        {
            info["proxy-url"] = cluster.Text("proxy-url");
        }

        if (config.CertificateAuthority is { } authority)
        {
            info["certificate-authority-data"] = Convert.ToBase64String(ReadPem(authority, cluster));
        }

        var extension = cluster.Items("extensions").OfType<JsonObject>()
            .FirstOrDefault(static item => item["name"]?.ToString() == ExecGroup + "/exec");
        info["config"] = extension?["extension"]?.DeepClone();
        return info;
    }

    private static byte[] ReadPem(PemSource authority, KubeconfigSection cluster)
    {
        try
        {
            return authority.Read();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw cluster.Error("certificate-authority", $"cannot be read ({exception.Message})", exception);
        }
    }

    private static Impersonation? ReadImpersonation(KubeconfigSection user)
    {
        var groups = user.Texts("as-groups").ToImmutableArray();
        var extra = user.TryGetSection("as-user-extra", out var fields)
            ? fields.Fields.ToImmutableSortedDictionary(
                static field => field.Key, field => fields.Texts(field.Key).ToImmutableArray(), StringComparer.Ordinal)
            : ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;
        var uid = user.Text("as-uid");
        if (user.Text("as") is { } name)
        {
            return new Impersonation(name, groups, uid, extra);
        }

        return groups.IsEmpty && extra.IsEmpty && uid is null
            ? null
            : throw user.Error("as", "missing; groups, uid and extra are those of a user to impersonate");
    }
}

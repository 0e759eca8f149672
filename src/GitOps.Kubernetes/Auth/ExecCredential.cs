using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Objects;

namespace GitOps.Kubernetes.Auth;

/// <summary>The ExecCredential document: what a plugin is told, and what it answers.</summary>
/// <param name="Credential">Token or certificate.</param>
/// <param name="ExpiresAt">Null: until the server refuses it.</param>
internal sealed record ExecCredential(Credential Credential, DateTimeOffset? ExpiresAt)
{
    /// <summary>The value of KUBERNETES_EXEC_INFO.</summary>
    public static string Request(ExecPlugin plugin)
    {
        var spec = new JsonObject { ["interactive"] = false };
        if (plugin.ClusterInfo is { } cluster)
        {
            spec["cluster"] = cluster.DeepClone();
        }

        return KubernetesJson.ToText(new JsonObject { ["apiVersion"] = plugin.ApiVersion, ["kind"] = "ExecCredential", ["spec"] = spec });
    }

    /// <exception cref="FormatException">It is not what a plugin may answer; the message quotes nothing of it.</exception>
    public static ExecCredential Parse(string output, ExecPlugin plugin)
    {
        JsonObject answer;
        try
        {
            answer = KubernetesJson.ParseObject(output);
        }
        catch (JsonException exception)
        {
            throw new FormatException("its output is not one JSON object", exception);
        }

        if (KubernetesObject.GetString(answer, "kind") != "ExecCredential")
        {
            throw new FormatException("its output is not an ExecCredential");
        }

        if (KubernetesObject.GetString(answer, "apiVersion") is var version && version != plugin.ApiVersion)
        {
            throw new FormatException($"it answered in {version}, the kubeconfig asks for {plugin.ApiVersion}");
        }

        var status = answer["status"] as JsonObject ?? throw new FormatException("its output has no status");
        return new(ReadCredential(status), ReadExpiry(status));
    }

    private static Credential ReadCredential(JsonObject status)
    {
        var token = NotEmpty(status, "token");
        var certificate = NotEmpty(status, "clientCertificateData");
        var key = NotEmpty(status, "clientKeyData");
        if (certificate is null != key is null)
        {
            throw new FormatException("it gave a client certificate without its key, or a key alone");
        }

        if (token is null && certificate is null)
        {
            throw new FormatException("it gave neither a token nor a client certificate");
        }

        return new(
            token is null ? null : "Bearer " + token,
            certificate is null ? null : new ClientPem(Encoding.UTF8.GetBytes(certificate), Encoding.UTF8.GetBytes(key!)));
    }

    private static DateTimeOffset? ReadExpiry(JsonObject status)
    {
        if (NotEmpty(status, "expirationTimestamp") is not { } text)
        {
            return null;
        }

        return KubernetesTime.TryParse(text, out var time)
            ? time
            : throw new FormatException("its expirationTimestamp is not an RFC 3339 time");
    }

    private static string? NotEmpty(JsonObject status, string field) =>
        KubernetesObject.GetString(status, field) is { Length: > 0 } text ? text : null;
}

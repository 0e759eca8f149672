using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Credentials;

namespace GitOps.Operator.Tests.Credentials;

/// <summary>Secrets as a cluster would show them.</summary>
internal static class Secrets
{
    private static int _version;

    public static KubernetesObject Make(string @namespace, string name, string label, params (string Key, string Value)[] data) => new(new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Secret",
        ["metadata"] = new JsonObject
        {
            ["namespace"] = @namespace,
            ["name"] = name,
            ["uid"] = $"uid-of-{name}",
            ["resourceVersion"] = Interlocked.Increment(ref _version).ToString(),
            ["labels"] = new JsonObject { [label[..label.IndexOf('=')]] = label[(label.IndexOf('=') + 1)..] },
        },
        ["data"] = new JsonObject(data.Select(static pair =>
            KeyValuePair.Create(pair.Key, (JsonNode?)Convert.ToBase64String(Encoding.UTF8.GetBytes(pair.Value))))),
    });

    public static KubernetesObject Repository(string @namespace, string name, params (string Key, string Value)[] data) =>
        Make(@namespace, name, CredentialSecret.ArgoLabel + "=repository", data);

    public static KubernetesObject Template(string @namespace, string name, params (string Key, string Value)[] data) =>
        Make(@namespace, name, CredentialSecret.OurLabel + "=repo-creds", data);

    public static KubernetesObject Allowing(this KubernetesObject secret, string namespaces) => secret.Annotated(CredentialKeys.AllowedNamespaces, namespaces);

    public static KubernetesObject Annotated(this KubernetesObject secret, string name, string value)
    {
        secret.Metadata!["annotations"] = new JsonObject { [name] = value };
        return secret;
    }

    public static CredentialSecret Read(this KubernetesObject secret)
    {
        var read = CredentialReader.Read(secret, out var unusable);
        unusable.ShouldBeNull();
        return read.ShouldNotBeNull();
    }
}

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Storage;

/// <summary>Where the next page of a list begins, and in which state of the store.</summary>
/// <param name="ResourceVersion">Of the first page; negative: whatever is present.</param>
/// <param name="Namespace">Of the last object that was sent.</param>
/// <param name="Name">Of the last object that was sent.</param>
internal sealed record ContinueToken(long ResourceVersion, string Namespace, string Name)
{
    public const long Present = -1;

    public override string ToString() => Convert.ToBase64String(KubernetesJson.ToUtf8(
        new JsonObject { ["v"] = "meta.k8s.io/v1", ["rv"] = ResourceVersion, ["ns"] = Namespace, ["start"] = Name }));

    /// <exception cref="FormatException">It is none of ours.</exception>
    public static ContinueToken Parse(string text)
    {
        try
        {
            var json = KubernetesJson.ParseObject(Encoding.UTF8.GetString(Convert.FromBase64String(text)));
            if (KubernetesObject.GetInt64(json, "rv") is { } version
                && KubernetesObject.GetString(json, "ns") is { } ns
                && KubernetesObject.GetString(json, "start") is { } name)
            {
                return new(version, ns, name);
            }
        }
        catch (JsonException)
        {
            // Falls through to the same complaint.
        }

        throw new FormatException("continue key is not valid");
    }
}

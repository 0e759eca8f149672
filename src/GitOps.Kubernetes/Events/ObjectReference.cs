using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Kubernetes.Events;

/// <summary>Which object an event is about.</summary>
/// <param name="ApiVersion"><c>v1</c>, <c>apps/v1</c>.</param>
/// <param name="Kind">Kind.</param>
/// <param name="Namespace">Empty for a cluster-scoped object; its events lie in <c>default</c>.</param>
/// <param name="Name">Name.</param>
/// <param name="Uid">Null: not known.</param>
/// <param name="ResourceVersion">Null: not known.</param>
public sealed record ObjectReference(
    string ApiVersion, string Kind, string Namespace, string Name, string? Uid = null, string? ResourceVersion = null)
{
    public static ObjectReference To(KubernetesObject subject) =>
        new(subject.ApiVersion, subject.Kind, subject.Namespace, subject.Name, subject.Uid, subject.ResourceVersion);

    internal JsonObject ToJson()
    {
        var fields = new JsonObject { ["apiVersion"] = ApiVersion, ["kind"] = Kind, ["name"] = Name };
        foreach (var (name, value) in new[] { ("namespace", Namespace), ("uid", Uid), ("resourceVersion", ResourceVersion) })
        {
            if (!string.IsNullOrEmpty(value))
            {
                fields[name] = value;
            }
        }

        return fields;
    }
}

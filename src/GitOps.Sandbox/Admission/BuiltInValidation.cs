using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>What the built-in kinds demand of an object, and what they do not let an update change.</summary>
internal static class BuiltInValidation
{
    private static readonly Dictionary<string, string[]> SecretKeys = new(StringComparer.Ordinal)
    {
        ["kubernetes.io/tls"] = ["tls.crt", "tls.key"],
        ["kubernetes.io/dockerconfigjson"] = [".dockerconfigjson"],
        ["kubernetes.io/dockercfg"] = [".dockercfg"],
        ["kubernetes.io/ssh-auth"] = ["ssh-privatekey"],
    };

    public static void Check(KubernetesObject? live, KubernetesObject next, Causes causes)
    {
        var (before, json) = (live?.Json, next.Json);
        switch (next.GroupVersionKind.GroupKind)
        {
            case { Group: "", Kind: "ConfigMap" }:
                Immutable(before, json, ["data", "binaryData"], causes);
                DataKeys(json, ["data", "binaryData"], causes);
                break;
            case { Group: "", Kind: "Secret" }:
                Secret(before, json, causes);
                break;
            case { Group: "", Kind: "Service" }:
                ServiceValidation.Check(before.Object("spec"), json.Object("spec"), causes);
                break;
            case { Group: "", Kind: "Pod" }:
                PodValidation.Spec(json.Object("spec"), "spec", restarts: null, causes);
                break;
            case { Group: "", Kind: "Event" }:
                Event(next, "involvedObject", causes);
                break;
            case { Group: "events.k8s.io", Kind: "Event" }:
                Event(next, "regarding", causes);
                break;
            case { Group: "", Kind: "PersistentVolumeClaim" }:
                PersistentVolumeClaim(before.Object("spec"), json.Object("spec"), causes);
                break;
            case { Group: "apps" or "batch" } kind:
                WorkloadValidation.Check(kind.Kind, before.Object("spec"), json.Object("spec"), causes);
                break;
            case { Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition" }:
                DefinitionValidation.Check(before, next, causes);
                break;
            case { Group: "rbac.authorization.k8s.io", Kind: "RoleBinding" or "ClusterRoleBinding" }:
                Unchanged(before, json, "roleRef", "roleRef", "cannot change roleRef", causes);
                break;
            case { Group: "storage.k8s.io", Kind: "StorageClass" }:
                if (before is not null && !JsonNode.DeepEquals(before["parameters"], json["parameters"]))
                {
                    causes.Forbidden("parameters", "updates to parameters are forbidden.");
                }

                Unchanged(before, json, "provisioner", "provisioner", "field is immutable", causes);
                Unchanged(before, json, "reclaimPolicy", "reclaimPolicy", "field is immutable", causes);
                break;
            default:
                break;
        }
    }

    /// <summary>A cause if an update changes a member that cannot change.</summary>
    internal static void Unchanged(JsonObject? before, JsonObject? after, string name, string field, string why, Causes causes)
    {
        if (before is not null && !JsonNode.DeepEquals(before[name], after?[name]))
        {
            causes.Invalid(field, after?[name], why);
        }
    }

    private static void Immutable(JsonObject? before, JsonObject json, string[] members, Causes causes)
    {
        if (before is null || !before.IsTrue("immutable"))
        {
            return;
        }

        if (!json.IsTrue("immutable"))
        {
            causes.Forbidden("immutable", "field is immutable when `immutable` is set");
        }

        foreach (var name in members.Where(name => !JsonNode.DeepEquals(before[name], json[name])))
        {
            causes.Forbidden(name, "field is immutable when `immutable` is set");
        }
    }

    private static void DataKeys(JsonObject json, string[] members, Causes causes)
    {
        foreach (var member in members)
        {
            foreach (var (key, _) in json.Object(member) ?? [])
            {
                var isKey = key.Length is > 0 and <= 253
                    && key.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');
                if (!isKey || key is "." || key.StartsWith("..", StringComparison.Ordinal))
                {
                    causes.Invalid($"{member}[{key}]", key, "a valid config key must consist of alphanumeric characters, '-', '_' or '.' "
                        + "(e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')");
                }
            }
        }
    }

    private static void Secret(JsonObject? before, JsonObject json, Causes causes)
    {
        Unchanged(before, json, "type", "type", "field is immutable", causes);
        Immutable(before, json, ["data"], causes);
        DataKeys(json, ["data"], causes);
        foreach (var key in SecretKeys.GetValueOrDefault(json.Text("type") ?? string.Empty, []))
        {
            if (json.Object("data")?.ContainsKey(key) is not true)
            {
                causes.Required($"data[{key}]");
            }
        }
    }

    /// <summary>An event stands beside what it is about, and about what has no namespace, in the default one.</summary>
    private static void Event(KubernetesObject subject, string reference, Causes causes)
    {
        var about = subject.Json.Object(reference).Text("namespace") ?? string.Empty;
        if (about.Length == 0 ? subject.Namespace is not ("" or "default") : about != subject.Namespace)
        {
            causes.Invalid($"{reference}.namespace", about, "does not match event.namespace");
        }
    }

    private static void PersistentVolumeClaim(JsonObject? before, JsonObject? spec, Causes causes)
    {
        if (spec is null || spec.IsEmptyList("accessModes"))
        {
            causes.Required("spec.accessModes", "at least 1 access mode is required");
        }

        if (spec.Object("resources").Object("requests")?["storage"] is null)
        {
            causes.Required("spec.resources[storage]");
        }

        var isChanged = before is not null && spec is not null && before.Select(static member => member.Key)
            .Union(spec.Select(static member => member.Key), StringComparer.Ordinal)
            .Any(name => name is not ("resources" or "volumeName" or "volumeAttributesClassName")
                && !JsonNode.DeepEquals(before[name], spec[name]));
        if (isChanged)
        {
            causes.Forbidden("spec", "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims");
        }
    }
}

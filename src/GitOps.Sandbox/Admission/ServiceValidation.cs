using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>What a Service must have.</summary>
internal static class ServiceValidation
{
    private static readonly string[] Types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

    public static void Check(JsonObject? before, JsonObject? spec, Causes causes)
    {
        var type = spec.Text("type") ?? string.Empty;
        if (!Types.Contains(type, StringComparer.Ordinal))
        {
            causes.NotSupported("spec.type", type, Types.Select(Causes.Describe));
        }

        if (type == "ExternalName")
        {
            if (spec.Text("externalName") is null or "")
            {
                causes.Required("spec.externalName");
            }

            return;
        }

        if (spec.Text("clusterIP") != "None" && spec.Objects("ports").FirstOrDefault() is null)
        {
            causes.Required("spec.ports");
        }

        Ports(spec, causes);
        if (before.Text("clusterIP") is { Length: > 0 } address && before.Text("type") != "ExternalName" && spec.Text("clusterIP") != address)
        {
            causes.Invalid("spec.clusterIPs[0]", spec?["clusterIPs"], "may not change once set");
        }
    }

    private static void Ports(JsonObject? spec, Causes causes)
    {
        var ports = spec.Objects("ports").ToArray();
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < ports.Length; i++)
        {
            var name = ports[i].Text("name") ?? string.Empty;
            if (ports.Length > 1 && name.Length == 0)
            {
                causes.Required($"spec.ports[{i}].name");
            }
            else if (name.Length > 0 && !names.Add(name))
            {
                causes.Duplicate($"spec.ports[{i}].name", name);
            }

            if (KubernetesObject.GetInt64(ports[i], "port") is not (>= 1 and <= 65_535))
            {
                causes.Invalid($"spec.ports[{i}].port", ports[i]["port"], "must be between 1 and 65535, inclusive");
            }
        }
    }
}

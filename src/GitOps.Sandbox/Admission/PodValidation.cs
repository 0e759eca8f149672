using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>What a pod's or a pod template's spec must have.</summary>
internal static class PodValidation
{
    /// <param name="spec">The spec.</param>
    /// <param name="path">Where it stands.</param>
    /// <param name="restarts">The restart policies that are allowed here; null for all.</param>
    /// <param name="causes">Takes what is wrong.</param>
    public static void Spec(JsonObject? spec, string path, string[]? restarts, Causes causes)
    {
        if (spec.Objects("containers").FirstOrDefault() is null)
        {
            causes.Required($"{path}.containers");
        }

        var policy = spec.Text("restartPolicy") ?? string.Empty;
        var allowed = restarts ?? ["Always", "OnFailure", "Never"];
        if (spec is not null && !allowed.Contains(policy, StringComparer.Ordinal))
        {
            causes.NotSupported($"{path}.restartPolicy", policy, allowed.Select(Causes.Describe));
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        var volumes = spec.Objects("volumes").Select(static volume => volume.Text("name") ?? string.Empty).ToHashSet(StringComparer.Ordinal);
        foreach (var list in new[] { "initContainers", "containers" })
        {
            var index = 0;
            foreach (var container in spec.Objects(list))
            {
                Container(container, $"{path}.{list}[{index}]", names, volumes, causes);
                index++;
            }
        }
    }

    private static void Container(JsonObject container, string path, HashSet<string> names, HashSet<string> volumes, Causes causes)
    {
        var name = container.Text("name") ?? string.Empty;
        if (name.Length == 0)
        {
            causes.Required($"{path}.name");
        }
        else if (!names.Add(name))
        {
            causes.Duplicate($"{path}.name", name);
        }

        if (container.Text("image") is null or "")
        {
            causes.Required($"{path}.image");
        }

        var index = 0;
        foreach (var port in container.Objects("ports"))
        {
            if (KubernetesObject.GetInt64(port, "containerPort") is not (>= 1 and <= 65_535))
            {
                causes.Invalid($"{path}.ports[{index}].containerPort", port["containerPort"], "must be between 1 and 65535, inclusive");
            }

            index++;
        }

        index = 0;
        foreach (var mount in container.Objects("volumeMounts"))
        {
            if (mount.Text("name") is { } volume && !volumes.Contains(volume))
            {
                causes.Add(new("FieldValueNotFound", $"Not found: {Causes.Describe(volume)}", $"{path}.volumeMounts[{index}].name"));
            }

            index++;
        }
    }
}

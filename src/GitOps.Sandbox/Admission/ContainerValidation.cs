using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>The containers of a pod or a pod template.</summary>
internal static class ContainerValidation
{
    public static void Check(JsonObject spec, string path, Causes causes)
    {
        var grace = KubernetesObject.GetInt64(spec, "terminationGracePeriodSeconds") ?? 30;
        var context = new Context(
            VolumesOf(spec),
            spec.Objects("resourceClaims").Select(static claim => claim.Text("name") ?? string.Empty).ToHashSet(StringComparer.Ordinal),
            grace,
            causes);
        var names = new HashSet<string>(StringComparer.Ordinal);
        var hostPorts = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (container, place) in spec.Each("containers", path))
        {
            Container(container, place, names, context);
            ProbeValidation.Probes(container, place, causes);
            ProbeValidation.Hooks(container, place, grace, causes);
            HostPorts(container, place, hostPorts, causes);
        }

        foreach (var (container, place) in spec.Each("initContainers", path))
        {
            Container(container, place, names, context);
            Initial(container, place, grace, causes);
        }

        if (!spec.IsEmptyList("ephemeralContainers"))
        {
            causes.Forbidden($"{path}.ephemeralContainers", path == "spec"
                ? "cannot be set on create"
                : "ephemeral containers not allowed in pod template");
        }

        PodLevel(spec, path, context);
    }

    private static Dictionary<string, JsonObject> VolumesOf(JsonObject spec)
    {
        var volumes = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var volume in spec.Objects("volumes"))
        {
            volumes[volume.Text("name") ?? string.Empty] = volume;
        }

        return volumes;
    }

    private static void Container(JsonObject container, string path, HashSet<string> names, Context context)
    {
        var causes = context.Causes;
        var name = container.Text("name") ?? string.Empty;
        causes.CheckRequired($"{path}.name", name, Names.Label);
        if (name.Length > 0 && !names.Add(name))
        {
            causes.Duplicate($"{path}.name", name);
        }

        var image = container.Text("image") ?? string.Empty;
        if (image.Length == 0)
        {
            causes.Required($"{path}.image");
        }
        else if (image != image.Trim())
        {
            causes.Invalid($"{path}.image", image, "must not have leading or trailing whitespace");
        }

        causes.OneOf($"{path}.imagePullPolicy", container["imagePullPolicy"], "Always", "IfNotPresent", "Never");
        causes.OneOf($"{path}.terminationMessagePolicy", container["terminationMessagePolicy"], "FallbackToLogsOnError", "File");
        Ports(container, path, causes);
        EnvironmentValidation.Check(container, path, causes);
        Mounts(container, path, context);
        ResourceValidation.Check(container.Object("resources"), context.Claims, $"{path}.resources", causes);
        foreach (var policy in container.Objects("resizePolicy"))
        {
            causes.OneOf($"{path}.resizePolicy", policy["resourceName"], "cpu", "memory");
            causes.OneOf($"{path}.resizePolicy", policy["restartPolicy"], "NotRequired", "RestartContainer");
        }

        PodSecurityValidation.Container(container, path, causes);
    }

    private static void Initial(JsonObject container, string path, long grace, Causes causes)
    {
        if (container.Text("restartPolicy") == "Always")
        {
            ProbeValidation.Probes(container, path, causes);
            ProbeValidation.Hooks(container, path, grace, causes);
            return;
        }

        foreach (var name in new[] { "lifecycle", "livenessProbe", "readinessProbe", "startupProbe" })
        {
            if (container.Object(name) is not null)
            {
                causes.Forbidden($"{path}.{name}", "may not be set for init containers without restartPolicy=Always");
            }
        }
    }

    private static void PodLevel(JsonObject spec, string path, Context context)
    {
        if (spec.Object("resources") is not { } resources)
        {
            return;
        }

        ResourceValidation.Check(resources, context.Claims, $"{path}.resources", context.Causes);
        foreach (var name in new[] { "cpu", "memory" })
        {
            if (Quantity.TryRead(PodRequests.Together(spec, name), out var together)
                && Quantity.TryRead(resources.Object("requests")?[name], out var asked) && together > asked)
            {
                context.Causes.Invalid($"{path}.resources.requests[{name}]", resources.Object("requests")![name], "must be greater than or equal to aggregate container requests");
            }
        }
    }

    private static void Ports(JsonObject container, string path, Causes causes)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (port, place) in container.Each("ports", path))
        {
            if (port.Text("name") is { Length: > 0 } name)
            {
                var problems = Names.Port(name);
                causes.Check($"{place}.name", name, problems);
                if (problems.Count == 0 && !names.Add(name))
                {
                    causes.Duplicate($"{place}.name", name);
                }
            }

            if (KubernetesObject.GetInt64(port, "containerPort") is null or 0)
            {
                causes.Required($"{place}.containerPort");
            }
            else
            {
                causes.Port($"{place}.containerPort", port["containerPort"]);
            }

            if (KubernetesObject.GetInt64(port, "hostPort") is { } host and not 0)
            {
                causes.Port($"{place}.hostPort", host);
            }

            causes.OneOf($"{place}.protocol", port["protocol"], "SCTP", "TCP", "UDP");
        }
    }

    private static void HostPorts(JsonObject container, string path, HashSet<string> seen, Causes causes)
    {
        foreach (var (port, place) in container.Each("ports", path))
        {
            if (KubernetesObject.GetInt64(port, "hostPort") is not { } number || number == 0)
            {
                continue;
            }

            if (!seen.Add($"{port.Text("protocol")}/{port.Text("hostIP")}/{number}"))
            {
                causes.Duplicate($"{place}.hostPort", $"{port.Text("hostIP")}/{number}/{port.Text("protocol")}");
            }
        }
    }

    private static void Mounts(JsonObject container, string path, Context context)
    {
        var causes = context.Causes;
        var places = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (mount, place) in container.Each("volumeMounts", path))
        {
            var (name, target) = (mount.Text("name") ?? string.Empty, mount.Text("mountPath") ?? string.Empty);
            causes.RequireText($"{place}.name", name);
            causes.RequireText($"{place}.mountPath", target);
            if (name.Length > 0 && !context.Volumes.ContainsKey(name))
            {
                causes.Add(new("FieldValueNotFound", $"Not found: {Causes.Describe(name)}", $"{place}.name"));
            }

            if (!places.Add(target))
            {
                causes.Invalid($"{place}.mountPath", target, "must be unique");
            }

            if (mount.Text("subPath") is { Length: > 0 } sub)
            {
                VolumeValidation.InsidePath($"{path}.volumeMounts.subPath", sub, causes);
                if (mount.Text("subPathExpr") is { Length: > 0 })
                {
                    causes.Invalid($"{place}.subPathExpr", mount["subPathExpr"], "subPathExpr and subPath are mutually exclusive");
                }
            }

            causes.OneOf($"{path}.volumeMounts.mountPropagation", mount["mountPropagation"], "Bidirectional", "HostToContainer", "None");
            if (mount.Text("mountPropagation") == "Bidirectional" && !container.Object("securityContext").IsTrue("privileged"))
            {
                causes.Forbidden($"{path}.volumeMounts.mountPropagation", "Bidirectional mount propagation is available only to privileged containers");
            }
        }

        foreach (var (device, place) in container.Each("volumeDevices", path))
        {
            var name = device.Text("name") ?? string.Empty;
            causes.RequireText($"{place}.name", name);
            causes.RequireText($"{place}.devicePath", device.Text("devicePath"));
            if (!context.Volumes.TryGetValue(name, out var volume))
            {
                causes.Add(new("FieldValueNotFound", $"Not found: {Causes.Describe(name)}", $"{place}.name"));
            }
            else if (volume["persistentVolumeClaim"] is null && volume["ephemeral"] is null)
            {
                causes.Invalid($"{place}.name", name, "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode");
            }
        }
    }

    private sealed record Context(Dictionary<string, JsonObject> Volumes, IReadOnlySet<string> Claims, long Grace, Causes Causes);
}

using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>What of a pod, or of a pod template, works otherwise than it looks.</summary>
internal static class PodWarnings
{
    private static readonly Dictionary<string, string> Volumes = new(StringComparer.Ordinal)
    {
        ["photonPersistentDisk"] = "deprecated in v1.11, non-functional in v1.16+",
        ["gitRepo"] = "deprecated in v1.11, and disabled by default in v1.33+",
        ["scaleIO"] = "deprecated in v1.16, non-functional in v1.22+",
        ["flocker"] = "deprecated in v1.22, non-functional in v1.25+",
        ["storageos"] = "deprecated in v1.22, non-functional in v1.25+",
        ["quobyte"] = "deprecated in v1.22, non-functional in v1.25+",
        ["glusterfs"] = "deprecated in v1.25, non-functional in v1.26+",
        ["cephfs"] = "deprecated in v1.28, non-functional in v1.31+",
        ["rbd"] = "deprecated in v1.28, non-functional in v1.31+",
    };

    private static readonly (string Key, string Message)[] Annotations =
    [
        ("scheduler.alpha.kubernetes.io/critical-pod", "non-functional in v1.16+; use the \"priorityClassName\" field instead"),
        ("security.alpha.kubernetes.io/sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
        ("security.alpha.kubernetes.io/unsafe-sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
    ];

    private static readonly Dictionary<string, string> NodeLabels = new(StringComparer.Ordinal)
    {
        ["beta.kubernetes.io/arch"] = "deprecated since v1.14; use \"kubernetes.io/arch\" instead",
        ["beta.kubernetes.io/os"] = "deprecated since v1.14; use \"kubernetes.io/os\" instead",
        ["failure-domain.beta.kubernetes.io/region"] = "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
        ["failure-domain.beta.kubernetes.io/zone"] = "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead",
        ["beta.kubernetes.io/instance-type"] = "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead",
    };

    private static readonly string[] ContainerLists = ["initContainers", "containers", "ephemeralContainers"];

    private static readonly string[] Bytes = ["memory", "ephemeral-storage"];

    /// <param name="pod">A pod or a template: something with metadata and spec.</param>
    /// <param name="prefix">Where it stands: empty, or <c>spec.template.</c>.</param>
    public static IEnumerable<string> Of(JsonObject? pod, string prefix)
    {
        if (pod.Object("spec") is not { } spec)
        {
            return [];
        }

        var annotations = pod.Object("metadata").Object("annotations");
        return [
            .. Selectors(spec, prefix + "spec."),
            .. Annotations.Where(entry => annotations?.ContainsKey(entry.Key) is true)
                .Select(entry => $"{prefix}metadata.annotations[{entry.Key}]: {entry.Message}"),
            .. spec.Objects("volumes").SelectMany((volume, index) => volume.Where(static member => Volumes.ContainsKey(member.Key))
                .Select(member => $"{prefix}spec.volumes[{index}].{(member.Key == "storageos" ? "storageOS" : member.Key)}: {Volumes[member.Key]}")),
            .. OverlappingPaths.Of(spec),
            .. Repeated(spec, "hostAliases", "ip", prefix),
            .. Repeated(spec, "imagePullSecrets", "name", prefix),
            .. spec.Objects("imagePullSecrets").Select(static (secret, index) => (secret, index)).Where(static item => item.secret.Text("name") is null or "")
                .Select(item => $"{prefix}spec.imagePullSecrets[{item.index}].name: invalid empty name \"\""),
            .. Containers(spec, prefix),
            .. PodPortWarnings.Of(spec, prefix),
            .. KubernetesObject.GetInt64(spec, "terminationGracePeriodSeconds") is < 0
                ? [$"{prefix}spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"]
                : Array.Empty<string>(),
            .. Affinity(spec, prefix + "spec.affinity."),
        ];
    }

    internal static IEnumerable<(JsonObject Container, string Path)> AllContainers(JsonObject spec, string prefix) =>
        ContainerLists.SelectMany(list => spec.Objects(list).Select((container, index) => (container, $"{prefix}spec.{list}[{index}]")));

    private static IEnumerable<string> Selectors(JsonObject spec, string path)
    {
        foreach (var (name, _) in spec.Object("nodeSelector") ?? [])
        {
            if (NodeLabels.TryGetValue(name, out var message))
            {
                yield return $"{path}nodeSelector[{name}]: {message}";
            }
        }

        var index = 0;
        foreach (var constraint in spec.Objects("topologySpreadConstraints"))
        {
            if (NodeLabels.TryGetValue(constraint.Text("topologyKey") ?? string.Empty, out var message))
            {
                yield return $"{path}topologySpreadConstraints[{index}].topologyKey: {constraint.Text("topologyKey")} is {message}";
            }

            if (constraint.Object("labelSelector") is null)
            {
                yield return $"{path}topologySpreadConstraints[{index}].labelSelector: a null labelSelector results in matching no pod";
            }

            index++;
        }
    }

    private static IEnumerable<string> Repeated(JsonObject spec, string list, string key, string prefix)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return spec.Objects(list).Select((item, index) => (Value: item.Text(key) ?? string.Empty, Index: index))
            .Where(item => !seen.Add(item.Value))
            .Select(item => $"{prefix}spec.{list}[{item.Index}].{key}: duplicate {key} \"{item.Value}\"");
    }

    private static IEnumerable<string> Containers(JsonObject spec, string prefix)
    {
        foreach (var (container, path) in AllContainers(spec, prefix))
        {
            foreach (var resource in Bytes)
            {
                foreach (var side in new[] { "limits", "requests" })
                {
                    var value = container.Object("resources").Object(side)?[resource];
                    if (Quantity.TryRead(value, out var amount) && amount != decimal.Truncate(amount))
                    {
                        yield return $"{path}.resources.{side}[{resource}]: fractional byte value \"{value}\" is invalid, must be an integer";
                    }
                }
            }

            foreach (var warning in Variables(container, path))
            {
                yield return warning;
            }
        }
    }

    private static IEnumerable<string> Variables(JsonObject container, string path)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var index = 0;
        foreach (var variable in container.Objects("env"))
        {
            var (name, value, itself) = (variable.Text("name") ?? string.Empty, variable.Text("value") ?? string.Empty, $"$({variable.Text("name")})");
            var hides = variable["valueFrom"] is not null || value == itself || !value.Contains(itself, StringComparison.Ordinal);
            if (!seen.Add(name) && hides)
            {
                yield return $"{path}.env[{index}]: hides previous definition of \"{name}\", which may be dropped when using apply";
            }

            index++;
        }
    }

    private static IEnumerable<string> Affinity(JsonObject spec, string path)
    {
        const string NoSelector = "labelSelector: a null labelSelector results in matching no pod";
        foreach (var kind in new[] { "podAffinity", "podAntiAffinity" })
        {
            var affinity = spec.Object("affinity").Object(kind);
            var required = affinity.Objects("requiredDuringSchedulingIgnoredDuringExecution")
                .Select(static (term, index) => (Term: term, Index: index)).Where(static item => item.Term.Object("labelSelector") is null)
                .Select(item => $"{path}{kind}.requiredDuringSchedulingIgnoredDuringExecution[{item.Index}].{NoSelector}");
            var preferred = affinity.Objects("preferredDuringSchedulingIgnoredDuringExecution")
                .Select(static (term, index) => (Term: term.Object("podAffinityTerm"), Index: index)).Where(static item => item.Term.Object("labelSelector") is null)
                .Select(item => $"{path}{kind}.preferredDuringSchedulingIgnoredDuringExecution[{item.Index}].podAffinityTerm.{NoSelector}");
            foreach (var warning in required.Concat(preferred))
            {
                yield return warning;
            }
        }
    }
}

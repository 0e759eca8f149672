using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Controllers.Workloads;

/// <summary>The pods and claims of a StatefulSet, each with its number. Pure.</summary>
internal static class StatefulPods
{
    public const string RevisionLabel = "controller-revision-hash";

    /// <returns>Null if the name is not one of the set's pods.</returns>
    public static long? Ordinal(string set, string pod) =>
        pod.Length > set.Length + 1 && pod.StartsWith(set, StringComparison.Ordinal) && pod[set.Length] == '-'
        && long.TryParse(pod.AsSpan(set.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal)
            ? ordinal
            : null;

    public static JsonObject Pod(KubernetesObject set, JsonObject reference, long ordinal, string revision)
    {
        var pod = PodTemplates.Pod(set, reference);
        var name = $"{set.Name}-{Fields.Invariant(ordinal)}";
        pod["metadata"]!["name"] = name;
        PodTemplates.Label(pod, "apps.kubernetes.io/pod-index", Fields.Invariant(ordinal));
        PodTemplates.Label(pod, RevisionLabel, revision);
        PodTemplates.Label(pod, "statefulset.kubernetes.io/pod-name", name);
        var spec = Fields.Child(pod, "spec");
        spec["hostname"] = name;
        if (set.Text("spec", "serviceName") is { Length: > 0 } service)
        {
            spec["subdomain"] = service;
        }

        var claims = Templates(set).Select(static template => Fields.Text(template["metadata"] as JsonObject, "name")).ToList();
        if (claims.Count > 0)
        {
            var volumes = claims.Select(claim => new JsonObject
            {
                ["name"] = claim,
                ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = $"{claim}-{name}" },
            });
            spec["volumes"] = Fields.Copy(
                volumes.Concat(Fields.Items(spec["volumes"]).Where(volume => !claims.Contains(Fields.Text(volume, "name"), StringComparer.Ordinal))));
        }

        return pod;
    }

    /// <summary>The claims of one pod; they outlive it.</summary>
    public static IEnumerable<JsonObject> Claims(KubernetesObject set, long ordinal)
    {
        foreach (var template in Templates(set))
        {
            var metadata = (JsonObject?)template["metadata"]?.DeepClone() ?? [];
            metadata["name"] = $"{Fields.Text(metadata, "name")}-{set.Name}-{Fields.Invariant(ordinal)}";
            metadata["namespace"] = set.Namespace;
            foreach (var (label, value) in set.Part("spec", "selector", "matchLabels") ?? [])
            {
                Fields.Child(metadata, "labels")[label] = value?.DeepClone();
            }

            yield return new() { ["metadata"] = metadata, ["spec"] = template["spec"]?.DeepClone() };
        }
    }

    private static IEnumerable<JsonObject> Templates(KubernetesObject set) => Fields.Items(set.At("spec", "volumeClaimTemplates"));
}

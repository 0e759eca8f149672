using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Controllers.Workloads;

/// <summary>The pods of a DaemonSet, and the nodes they belong on. Pure.</summary>
internal static class DaemonPods
{
    public const string HashLabel = "controller-revision-hash";
    public const string TemplateGeneration = "deprecated.daemonset.template.generation";

    private static readonly (string Key, string Effect)[] Tolerated =
    [
        ("not-ready", "NoExecute"), ("unreachable", "NoExecute"), ("disk-pressure", "NoSchedule"), ("memory-pressure", "NoSchedule"),
        ("pid-pressure", "NoSchedule"), ("unschedulable", "NoSchedule"),
    ];

    public static JsonObject Pod(KubernetesObject set, JsonObject reference, string node, string hash)
    {
        var pod = PodTemplates.Pod(set, reference);
        PodTemplates.Label(pod, HashLabel, hash);
        if (set.Annotation(TemplateGeneration) is { } generation)
        {
            PodTemplates.Label(pod, "pod-template-generation", generation);
        }

        var spec = Fields.Child(pod, "spec");
        Fields.Child(Fields.Child(spec, "affinity"), "nodeAffinity")["requiredDuringSchedulingIgnoredDuringExecution"] = new JsonObject
        {
            ["nodeSelectorTerms"] = new JsonArray(new JsonObject
            {
                ["matchFields"] = new JsonArray(
                    new JsonObject { ["key"] = "metadata.name", ["operator"] = "In", ["values"] = new JsonArray(node) }),
            }),
        };
        spec["tolerations"] = Fields.Copy(Tolerations(set));
        return pod;
    }

    /// <summary>Whether a node's labels are selected, and its taints tolerated.</summary>
    public static bool BelongsOn(KubernetesObject set, KubernetesObject node)
    {
        foreach (var (label, value) in set.Part("spec", "template", "spec", "nodeSelector") ?? [])
        {
            if (node.Label(label) != value?.GetValue<string>())
            {
                return false;
            }
        }

        return Fields.Items(node.At("spec", "taints"))
            .Where(static taint => Fields.Text(taint, "effect") != "PreferNoSchedule")
            .All(taint => Tolerations(set).Any(toleration => Tolerates(toleration, taint)));
    }

    private static IEnumerable<JsonObject> Tolerations(KubernetesObject set) =>
        Fields.Items(set.At("spec", "template", "spec", "tolerations")).Concat(Tolerated.Select(static one => new JsonObject
        {
            ["effect"] = one.Effect,
            ["key"] = $"node.kubernetes.io/{one.Key}",
            ["operator"] = "Exists",
        }));

    private static bool Tolerates(JsonObject toleration, JsonObject taint)
    {
        var (key, effect) = (Fields.Text(toleration, "key"), Fields.Text(toleration, "effect"));
        return (effect.Length == 0 || effect == Fields.Text(taint, "effect"))
            && (key.Length == 0 || key == Fields.Text(taint, "key"))
            && (Fields.Text(toleration, "operator") == "Exists" || Fields.Text(toleration, "value") == Fields.Text(taint, "value"));
    }
}

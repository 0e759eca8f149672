using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Admission;

/// <summary>What the server hands out to Services.</summary>
/// <param name="ClusterIP">A free address.</param>
/// <param name="NodePort">A free port.</param>
internal sealed record ServiceAllocations(Func<string> ClusterIP, Func<int> NodePort);

/// <summary>
/// What the server itself fills in, by kind, between recording a write's ownership and storing the object; nobody owns it.
/// Metadata, generation and the split of spec and status are not its business.
/// </summary>
internal static class Preparation
{
    /// <summary>Changes the object in place; its uid is to be set.</summary>
    public static void BeforeCreate(KubernetesObject subject, TypeSchema type, ServiceAllocations allocations)
    {
        var json = subject.Json;
        switch (subject.GroupVersionKind.GroupKind)
        {
            case { Group: "", Kind: "Service" }:
                ServicePreparation.Allocate(json.ObjectOrNew("spec"), allocations);
                break;
            case { Group: "", Kind: "Pod" }:
                json["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = PodQuality.Of(json.Object("spec")) };
                break;
            case { Group: "apps", Kind: "DaemonSet" }:
                SetTemplateGeneration(json, 1);
                break;
            case { Group: "batch", Kind: "Job" }:
                SelectByUid(subject);
                break;
            default:
                return;
        }

        CanonicalForm.Apply(json, type);
    }

    /// <summary>Changes the new object in place.</summary>
    /// <param name="live">The stored object.</param>
    /// <param name="next">The new one, defaulted.</param>
    /// <param name="type">Its type.</param>
    /// <param name="allocations">What Services get.</param>
    public static void BeforeUpdate(KubernetesObject live, KubernetesObject next, TypeSchema type, ServiceAllocations allocations)
    {
        switch (next.GroupVersionKind.GroupKind)
        {
            case { Group: "", Kind: "Service" }:
                ServicePreparation.KeepAllocated(live.Json.Object("spec"), next.Json.ObjectOrNew("spec"), allocations);
                break;
            case { Group: "apps", Kind: "DaemonSet" }:
                KeepTemplateGeneration(live.Json, next.Json);
                break;
            default:
                return;
        }

        CanonicalForm.Apply(next.Json, type);
    }

    private static void SelectByUid(KubernetesObject job)
    {
        var spec = job.Json.ObjectOrNew("spec");
        if (spec.IsTrue("manualSelector") || job.Uid is not { } uid)
        {
            return;
        }

        var labels = spec.ObjectOrNew("template").ObjectOrNew("metadata").ObjectOrNew("labels");
        foreach (var prefix in new[] { string.Empty, "batch.kubernetes.io/" })
        {
            labels[prefix + "controller-uid"] = uid;
            labels[prefix + "job-name"] = job.Name;
        }

        spec.ObjectOrNew("selector").ObjectOrNew("matchLabels").Default("batch.kubernetes.io/controller-uid", uid);
        job.Json.ObjectOrNew("metadata").Default("labels", labels.DeepClone());
    }

    private static void KeepTemplateGeneration(JsonObject live, JsonObject next)
    {
        var former = live.Object("metadata").Object("annotations").Text(WorkloadDefaults.TemplateGeneration);
        var generation = long.TryParse(former, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        var isChanged = !JsonNode.DeepEquals(live.Object("spec")?["template"], next.Object("spec")?["template"]);
        SetTemplateGeneration(next, isChanged ? generation + 1 : generation);
    }

    private static void SetTemplateGeneration(JsonObject json, long generation) =>
        json.ObjectOrNew("metadata").ObjectOrNew("annotations")[WorkloadDefaults.TemplateGeneration] =
            generation.ToString(CultureInfo.InvariantCulture);
}

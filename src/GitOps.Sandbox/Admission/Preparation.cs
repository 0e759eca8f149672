using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Apply;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Admission;

/// <summary>What the server knows beside the object that is written.</summary>
/// <param name="Allocations">What Services get.</param>
/// <param name="User">Who writes.</param>
/// <param name="Groups">Its groups.</param>
/// <param name="Uid">Its uid; may be empty.</param>
/// <param name="Now">The present.</param>
internal sealed record PreparationContext(
    ServiceAllocations Allocations, string User, IReadOnlyList<string> Groups, string Uid, DateTimeOffset Now);

/// <summary>
/// What the server itself fills in, by kind, between recording a write's ownership and storing the object; nobody owns it.
/// Metadata, generation and the split of spec and status are not its business.
/// </summary>
internal static class Preparation
{
    /// <summary>Changes the object in place; its uid is to be set.</summary>
    /// <returns>Why something cannot be filled in; to be told only if nothing else is wrong.</returns>
    public static ImmutableArray<StatusCause> BeforeCreate(KubernetesObject subject, TypeSchema type, PreparationContext context)
    {
        var causes = new Causes();
        var json = subject.Json;
        switch (subject.GroupVersionKind.GroupKind)
        {
            case { Group: "", Kind: "Service" }:
                ServicePreparation.Allocate(subject, json.ObjectOrNew("spec"), context.Allocations, causes);
                break;
            case { Group: "", Kind: "PersistentVolume" }:
                json["status"] = new JsonObject
                {
                    ["phase"] = "Pending",
                    ["lastPhaseTransitionTime"] = ManagedFields.Format(context.Now),
                };
                break;
            case { Group: "", Kind: "PersistentVolumeClaim" }:
                ClaimSource(json.ObjectOrNew("spec"));
                json["status"] = new JsonObject { ["phase"] = "Pending" };
                break;
            case { Group: "", Kind: "Node" }:
                PodRange(json.Object("spec"));
                break;
            case { Group: "certificates.k8s.io", Kind: "CertificateSigningRequest" }:
                Requester(json.ObjectOrNew("spec"), context);
                break;
            case { Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition" }:
                json["status"] = new JsonObject
                {
                    ["acceptedNames"] = new JsonObject { ["plural"] = string.Empty, ["kind"] = string.Empty },
                    ["storedVersions"] = new JsonArray([.. json.Object("spec").Objects("versions")
                        .Where(static version => version.IsTrue("storage")).Select(static version => JsonValue.Create(version.Text("name")))]),
                };
                CanonicalForm.Apply(json, type);
                json["status"]!["conditions"] = null;
                return [];
            case { Group: "", Kind: "Pod" }:
                PreparePod(json, context.Now);
                break;
            case { Group: "apps", Kind: "DaemonSet" }:
                SetTemplateGeneration(json, 1);
                break;
            case { Group: "batch", Kind: "Job" }:
                SelectByUid(subject);
                break;
            default:
                return [];
        }

        CanonicalForm.Apply(json, type);
        return causes.ToImmutable();
    }

    /// <summary>Changes the new object in place.</summary>
    /// <param name="live">The stored object.</param>
    /// <param name="next">The new one, defaulted.</param>
    /// <param name="type">Its type.</param>
    /// <param name="context">What else is known.</param>
    /// <returns>Why something cannot be filled in; to be told only if nothing else is wrong.</returns>
    public static ImmutableArray<StatusCause> BeforeUpdate(KubernetesObject live, KubernetesObject next, TypeSchema type, PreparationContext context)
    {
        var causes = new Causes();
        switch (next.GroupVersionKind.GroupKind)
        {
            case { Group: "", Kind: "Service" }:
                ServicePreparation.KeepAllocated(live.Json.Object("spec"), next.Json.ObjectOrNew("spec"));
                ServicePreparation.Allocate(next, next.Json.ObjectOrNew("spec"), context.Allocations, causes);
                break;
            case { Group: "", Kind: "Node" }:
                PodRange(next.Json.Object("spec"));
                break;
            case { Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition" }:
                RememberStored(next.Json);
                return [];
            case { Group: "apps", Kind: "DaemonSet" }:
                KeepTemplateGeneration(live.Json, next.Json);
                break;
            default:
                return [];
        }

        CanonicalForm.Apply(next.Json, type);
        return causes.ToImmutable();
    }

    /// <summary>The older and the newer of the two fields are kept equal, for the sources that both can name.</summary>
    private static void ClaimSource(JsonObject spec)
    {
        if (spec["dataSource"] is JsonObject source && spec["dataSourceRef"] is null)
        {
            var isKnown = (source.Text("kind"), source.Text("apiGroup") ?? string.Empty) is ("PersistentVolumeClaim", "") or ("VolumeSnapshot", "snapshot.storage.k8s.io");
            if (isKnown)
            {
                spec["dataSourceRef"] = source.DeepClone();
            }
            else
            {
                spec.Remove("dataSource");
            }
        }
        else if (spec["dataSourceRef"] is JsonObject reference && spec["dataSource"] is null && reference.Text("namespace") is null or "")
        {
            spec["dataSource"] = reference.DeepClone();
        }
    }

    /// <summary>A version that was ever stored is remembered until somebody says that no object is stored in it any more.</summary>
    private static void RememberStored(JsonObject definition)
    {
        var status = definition.ObjectOrNew("status");
        var stored = status["storedVersions"] as JsonArray ?? [];
        var names = definition.Object("spec").Objects("versions").Where(static version => version.IsTrue("storage")).Select(static version => version.Text("name"));
        foreach (var name in names.Where(name => !stored.Any(item => item?.ToString() == name)))
        {
            stored.Add(JsonValue.Create(name));
        }

        status["storedVersions"] = stored.Parent is null ? stored : stored.DeepClone();
    }

    private static void PodRange(JsonObject? spec)
    {
        if (spec is not null && spec.Text("podCIDR") is { Length: > 0 } range && spec.IsEmptyList("podCIDRs"))
        {
            spec["podCIDRs"] = new JsonArray(range);
        }
    }

    private static void Requester(JsonObject spec, PreparationContext context)
    {
        spec["username"] = context.User;
        spec["groups"] = new JsonArray([.. context.Groups.Select(static group => JsonValue.Create(group))]);
        if (context.Uid.Length > 0)
        {
            spec["uid"] = context.Uid;
        }
    }

    private static void PreparePod(JsonObject json, DateTimeOffset now)
    {
        var spec = json.ObjectOrNew("spec");
        json["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = PodQuality.Of(spec) };
        if (KubernetesObject.GetInt64(spec, "terminationGracePeriodSeconds") is < 0)
        {
            spec["terminationGracePeriodSeconds"] = 1;
        }

        if (!spec.IsEmptyList("schedulingGates"))
        {
            json["status"]!["conditions"] = new JsonArray(new JsonObject
            {
                ["type"] = "PodScheduled",
                ["status"] = "False",
                ["lastTransitionTime"] = ManagedFields.Format(now),
                ["reason"] = "SchedulingGated",
                ["message"] = "Scheduling is blocked due to non-empty scheduling gates",
            });
        }
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

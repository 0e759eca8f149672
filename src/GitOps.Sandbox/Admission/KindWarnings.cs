using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>What the writer of a valid object is warned about, in the server's words: clients print them.</summary>
internal static class KindWarnings
{
    private static readonly Dictionary<string, string> VolumeSources = new(StringComparer.Ordinal)
    {
        ["cephfs"] = "deprecated in v1.28, non-functional in v1.31+",
        ["photonPersistentDisk"] = "deprecated in v1.11, non-functional in v1.16+",
        ["scaleIO"] = "deprecated in v1.16, non-functional in v1.22+",
        ["storageos"] = "deprecated in v1.22, non-functional in v1.25+",
        ["glusterfs"] = "deprecated in v1.25, non-functional in v1.26+",
        ["rbd"] = "deprecated in v1.28, non-functional in v1.31+",
    };

    /// <param name="live">The stored object; null for a create.</param>
    /// <param name="next">The object that is stored now.</param>
    public static IReadOnlyList<string> Of(KubernetesObject? live, KubernetesObject next)
    {
        var json = next.Json;
        var spec = json.Object("spec");
        var isNew = live is null;
        return next.GroupVersionKind.GroupKind switch
        {
            { Group: "", Kind: "Pod" } => [.. PodName(next, isNew), .. PodWarnings.Of(json, string.Empty)],
            { Group: "", Kind: "PodTemplate" } => [.. PodWarnings.Of(json.Object("template"), "template.")],
            { Group: "apps", Kind: "Deployment" or "ReplicaSet" } => [.. PodName(next, isNew), .. Template(live, spec)],
            { Group: "", Kind: "ReplicationController" } => [.. PodName(next, isNew), .. Template(live, spec)],
            { Group: "apps", Kind: "DaemonSet" } => [.. Template(live, spec)],
            { Group: "apps", Kind: "StatefulSet" } => [.. Template(live, spec), .. History(spec)],
            { Group: "batch", Kind: "Job" } => [.. PodName(next, isNew), .. Job(live, spec, "spec.")],
            { Group: "batch", Kind: "CronJob" } =>
                [.. PodName(next, isNew), .. Job(live, spec.Object("jobTemplate").Object("spec"), "spec.jobTemplate.spec."), .. Schedule(live, spec)],
            { Group: "", Kind: "Service" } => [.. Service(next, spec)],
            { Group: "", Kind: "PersistentVolume" } => [.. Volume(next, spec)],
            { Group: "", Kind: "PersistentVolumeClaim" } => [.. Claim(next)],
            { Group: "networking.k8s.io", Kind: "Ingress" } when isNew && next.Annotations?.ContainsKey("kubernetes.io/ingress.class") is true =>
                ["annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead"],
            { Group: "discovery.k8s.io", Kind: "EndpointSlice" } when isNew && json.Text("addressType") == "FQDN" =>
                ["spec.addressType: FQDN endpoints are deprecated"],
            { Group: "storage.k8s.io", Kind: "CSIDriver" } when !spec!.IsEmptyList("tokenRequests") && spec!["serviceAccountTokenInSecrets"] is null =>
                ["spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes"],
            { Group: "", Kind: "Secret" } => [.. Certificate(json)],
            _ => [],
        };
    }

    /// <summary>Custom resources take finalizers that do not say whose they are.</summary>
    public static IReadOnlyList<string> OfCustom(KubernetesObject? live, KubernetesObject next) => next.Finalizers.Count == 0 ? [] :
    [
        .. next.Finalizers.Except(live?.Finalizers ?? [], StringComparer.Ordinal)
            .Where(static name => !name.Contains('/', StringComparison.Ordinal) && name is not ("foregroundDeletion" or "orphan" or "kubernetes"))
            .Select(static name => $"metadata.finalizers: \"{name}\": prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers"),
    ];

    private static IEnumerable<string> Certificate(JsonObject secret)
    {
        if (secret.Text("type") == "kubernetes.io/tls" && secret.Object("data").Text("tls.crt") is { } certificate
            && !Encoding.ASCII.GetString(Convert.FromBase64String(certificate)).Contains("-----BEGIN", StringComparison.Ordinal))
        {
            yield return "tls: failed to find any PEM data in certificate input";
        }
    }

    private static IEnumerable<string> PodName(KubernetesObject subject, bool isNew)
    {
        if (!isNew || subject.Name.Length == 0)
        {
            yield break;
        }

        var problems = new List<string>();
        if (subject.Name.Length > 63)
        {
            problems.Add("must be no more than 63 characters");
        }

        if (subject.Name.Contains('.', StringComparison.Ordinal))
        {
            problems.Add("must not contain dots");
        }

        if (problems.Count > 0)
        {
            yield return "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; "
                + $"a DNS label is recommended: [{string.Join(' ', problems)}]";
        }
    }

    /// <summary>A workload's template is only judged again when the workload has changed.</summary>
    private static IEnumerable<string> Template(KubernetesObject? live, JsonObject? spec) =>
        live is null || !JsonNode.DeepEquals(live.Json["spec"], spec) ? PodWarnings.Of(spec.Object("template"), "spec.template.") : [];

    private static IEnumerable<string> History(JsonObject? spec) => KubernetesObject.GetInt64(spec, "revisionHistoryLimit") is < 0
        ? ["spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"]
        : [];

    private static IEnumerable<string> Job(KubernetesObject? live, JsonObject? spec, string path)
    {
        if (live is not null && JsonNode.DeepEquals(Inner(live.Json), spec))
        {
            return [];
        }

        return PodWarnings.Of(spec.Object("template"), path + "template.");

        static JsonNode? Inner(JsonObject json) => json.Object("spec").Object("jobTemplate")?["spec"] ?? json["spec"];
    }

    private static IEnumerable<string> Schedule(KubernetesObject? live, JsonObject? spec) =>
        live is not null && spec.Text("schedule")?.Contains("TZ", StringComparison.Ordinal) is true
            ? ["cannot use TZ or CRON_TZ in spec.schedule, use timeZone instead, see "
                + "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details"]
            : [];

    private static IEnumerable<string> Service(KubernetesObject service, JsonObject? spec)
    {
        var type = spec.Text("type");
        var isHeadless = type == "ClusterIP" && spec.Text("clusterIP") == "None";
        var hasExternalIPs = spec is not null && !spec.IsEmptyList("externalIPs");
        if (service.Annotations?.ContainsKey("service.kubernetes.io/topology-aware-hints") is true)
        {
            yield return "annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead";
        }

        if (isHeadless && spec.Text("loadBalancerIP") is { Length: > 0 })
        {
            yield return "spec.loadBalancerIP is ignored for headless services";
        }

        if (isHeadless && hasExternalIPs)
        {
            yield return "spec.externalIPs is ignored for headless services";
        }

        if (isHeadless && spec.Text("sessionAffinity") != "None")
        {
            yield return "spec.SessionAffinity is ignored for headless services";
        }

        if (hasExternalIPs && !isHeadless && type != "ExternalName")
        {
            yield return "spec.externalIPs is deprecated and may no longer be implemented in some clusters";
        }

        if (type == "ExternalName" && hasExternalIPs)
        {
            yield return "spec.externalIPs is ignored when spec.type is \"ExternalName\"";
        }

        if (type != "ExternalName" && spec.Text("externalName") is { Length: > 0 })
        {
            yield return "spec.externalName is ignored when spec.type is not \"ExternalName\"";
        }

        if (spec.Text("trafficDistribution") == "PreferClose")
        {
            yield return "spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"";
        }
    }

    private static IEnumerable<string> Volume(KubernetesObject volume, JsonObject? spec)
    {
        if (volume.Annotations?.ContainsKey("volume.beta.kubernetes.io/storage-class") is true)
        {
            yield return "metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use \"storageClassName\" attribute instead";
        }

        if (volume.Annotations?.ContainsKey("volume.beta.kubernetes.io/mount-options") is true)
        {
            yield return "metadata.annotations[volume.beta.kubernetes.io/mount-options]: deprecated since v1.31; use \"mountOptions\" attribute instead";
        }

        if (spec.Text("persistentVolumeReclaimPolicy") == "Recycle")
        {
            yield return "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.";
        }

        foreach (var (name, why) in VolumeSources)
        {
            if (spec?[name] is not null)
            {
                yield return $"spec.{name}: {why}";
            }
        }
    }

    private static IEnumerable<string> Claim(KubernetesObject claim)
    {
        if (claim.Annotations?.ContainsKey("volume.beta.kubernetes.io/storage-class") is true)
        {
            yield return "metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use \"storageClassName\" attribute instead";
        }

        var requests = claim.Json.Object("spec").Object("resources").Object("requests");
        if (Quantity.TryRead(requests?["storage"], out var amount) && amount != decimal.Truncate(amount))
        {
            yield return $"spec.resources.requests[storage]: fractional byte value \"{requests!["storage"]}\" is invalid, must be an integer";
        }
    }
}

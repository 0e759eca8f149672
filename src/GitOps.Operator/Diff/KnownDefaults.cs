using System.Collections.Frozen;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;

namespace GitOps.Operator.Diff;

/// <summary>
/// What the API server fills into its own kinds. Whoever creates an object with a POST or PUT is noted as the owner of that
/// too, though it never said it; taking such a field away would bring it back at once.
/// </summary>
internal static class KnownDefaults
{
    private const string DaemonSetGeneration = "deprecated.daemonset.template.generation";

    private static readonly JsonArray Metrics = (JsonArray)KubernetesJson.Parse(
        """[{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}]""")!;

    private static readonly FrozenDictionary<string, string[]> Values = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["allocateLoadBalancerNodePorts"] = ["true"],
        ["apiGroup"] = ["\"\"", "\"rbac.authorization.k8s.io\""],
        ["apiVersion"] = ["\"v1\""],
        ["backoffLimit"] = ["6"],
        ["completionMode"] = ["\"NonIndexed\""],
        ["completions"] = ["1"],
        ["concurrencyPolicy"] = ["\"Allow\""],
        ["defaultMode"] = ["420"],
        [DaemonSetGeneration] = ["\"1\"", "\"0\""],
        ["dnsPolicy"] = ["\"ClusterFirst\""],
        ["enableServiceLinks"] = ["true"],
        ["externalTrafficPolicy"] = ["\"Cluster\""],
        ["failedJobsHistoryLimit"] = ["1"],
        ["failureThreshold"] = ["3"],
        ["internalTrafficPolicy"] = ["\"Cluster\""],
        ["ipFamilyPolicy"] = ["\"SingleStack\""],
        ["manualSelector"] = ["false"],
        ["maxSurge"] = ["\"25%\"", "0"],
        ["maxUnavailable"] = ["\"25%\"", "1"],
        ["minReplicas"] = ["1"],
        ["parallelism"] = ["1"],
        ["partition"] = ["0"],
        ["path"] = ["\"/\""],
        ["periodSeconds"] = ["10"],
        ["podManagementPolicy"] = ["\"OrderedReady\""],
        ["podReplacementPolicy"] = ["\"TerminatingOrFailed\""],
        ["progressDeadlineSeconds"] = ["600"],
        ["protocol"] = ["\"TCP\""],
        ["replicas"] = ["1"],
        ["restartPolicy"] = ["\"Always\""],
        ["revisionHistoryLimit"] = ["10"],
        ["schedulerName"] = ["\"default-scheduler\""],
        ["scheme"] = ["\"HTTP\""],
        ["sessionAffinity"] = ["\"None\""],
        ["successThreshold"] = ["1"],
        ["successfulJobsHistoryLimit"] = ["3"],
        ["suspend"] = ["false"],
        ["terminationGracePeriodSeconds"] = ["30"],
        ["terminationMessagePath"] = ["\"/dev/termination-log\""],
        ["terminationMessagePolicy"] = ["\"File\""],
        ["timeoutSeconds"] = ["1"],
        ["type"] = ["\"RollingUpdate\"", "\"ClusterIP\"", "\"Opaque\"", "\"\""],
        ["volumeMode"] = ["\"Filesystem\""],
        ["whenDeleted"] = ["\"Retain\""],
        ["whenScaled"] = ["\"Retain\""],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Whether the value at a path is what the server would have put there.</summary>
    public static bool Has(KubernetesObject live, FieldPath path)
    {
        var group = live.GroupVersionKind.Group;
        if (group.Contains('.', StringComparison.Ordinal) && !group.EndsWith(".k8s.io", StringComparison.Ordinal))
        {
            return false;
        }

        if (path.Elements[^1] is not { Kind: PathElementKind.Field, Content: var name } || !path.TryGet(live.Json, out var value))
        {
            return false;
        }

        var isOfData = path.Elements.Any(static element => element.Content is "data" or "binaryData" or "labels" or "matchLabels" or "annotations")
            && name != DaemonSetGeneration;
        return !isOfData && (value is null or JsonObject { Count: 0 } or JsonArray { Count: 0 }
            || name switch
            {
                "imagePullPolicy" => KubernetesJson.ToText(value) == PullPolicy(live, path),
                "targetPort" => JsonNode.DeepEquals(value, Sibling(live, path, "port")),
                "policyTypes" => JsonNode.DeepEquals(value, PolicyTypes(live)),
                "metrics" => JsonNode.DeepEquals(value, Metrics),
                _ => Values.GetValueOrDefault(name)?.Contains(KubernetesJson.ToText(value), StringComparer.Ordinal) == true,
            });
    }

    private static JsonArray PolicyTypes(KubernetesObject live) =>
        live.At("spec", "egress") is JsonArray { Count: > 0 } ? ["Ingress", "Egress"] : ["Ingress"];

    private static string PullPolicy(KubernetesObject live, FieldPath path)
    {
        var image = Sibling(live, path, "image") is JsonValue text && text.TryGetValue(out string? found) ? found : string.Empty;
        var name = image[(image.LastIndexOf('/') + 1)..];
        return name.EndsWith(":latest", StringComparison.Ordinal) || (!name.Contains(':', StringComparison.Ordinal) && !name.Contains('@', StringComparison.Ordinal))
            ? "\"Always\""
            : "\"IfNotPresent\"";
    }

    private static JsonNode? Sibling(KubernetesObject live, FieldPath path, string name) =>
        new FieldPath([.. path.Elements[..^1], PathElement.Field(name)]).TryGet(live.Json, out var value) ? value : null;
}

using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>What of a pod can change once it exists: images, deadlines that come nearer, more tolerations, fewer gates.</summary>
internal static class PodUpdateValidation
{
    private static readonly string[] TolerationFields = ["key", "operator", "value", "effect"];

    public static void Check(JsonObject? before, JsonObject? after, Causes causes)
    {
        if (before is null || after is null)
        {
            return;
        }

        var isRecounted = false;
        foreach (var list in new[] { "initContainers", "containers" })
        {
            var (former, latter) = (before.Objects(list).ToList(), after.Objects(list).ToList());
            if (former.Count != latter.Count)
            {
                causes.Forbidden($"spec.{list}", "pod updates may not add or remove containers");
                isRecounted = true;
                continue;
            }

            foreach (var (container, place) in after.Each(list, "spec"))
            {
                causes.RequireText($"{place}.image", container.Text("image"));
            }
        }

        Deadline(before, after, causes);
        Tolerations(before, after, causes);
        Gates(before, after, causes);
        if (!isRecounted && causes.Count == 0 && !JsonNode.DeepEquals(Fixed(before), Fixed(after)))
        {
            causes.Forbidden("spec", "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
                + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` "
                + "(allow it to be set to 1 if it was previously negative)");
        }
    }

    private static void Deadline(JsonObject before, JsonObject after, Causes causes)
    {
        if (KubernetesObject.GetInt64(before, "activeDeadlineSeconds") is not { } was)
        {
            return;
        }

        if (KubernetesObject.GetInt64(after, "activeDeadlineSeconds") is not { } now)
        {
            causes.Invalid("spec.activeDeadlineSeconds", null, "must not update from a positive integer to nil value");
        }
        else if (now > was)
        {
            causes.Invalid("spec.activeDeadlineSeconds", now, $"must be less than or equal to previous value {was}");
        }
    }

    private static void Tolerations(JsonObject before, JsonObject after, Causes causes)
    {
        var kept = before.Objects("tolerations").Where(static toleration => toleration.Text("effect") is not null || toleration.Count > 0);
        if (kept.Any(former => !after.Objects("tolerations").Any(latter => SameButTime(former, latter))))
        {
            causes.Forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds");
        }
    }

    private static bool SameButTime(JsonObject left, JsonObject right) => TolerationFields.All(name => (left.Text(name) ?? string.Empty) == (right.Text(name) ?? string.Empty));

    private static void Gates(JsonObject before, JsonObject after, Causes causes)
    {
        var known = before.Objects("schedulingGates").Select(static gate => gate.Text("name")).ToHashSet(StringComparer.Ordinal);
        foreach (var (gate, place) in after.Each("schedulingGates", "spec"))
        {
            if (!known.Contains(gate.Text("name")))
            {
                causes.Forbidden($"{place}.name", "only deletion is allowed, but found new scheduling gate");
            }
        }
    }

    private static JsonObject Fixed(JsonObject spec)
    {
        var copy = spec.DeepClone().AsObject();
        foreach (var name in new[] { "activeDeadlineSeconds", "tolerations", "schedulingGates" })
        {
            copy.Remove(name);
        }

        if (!spec.IsEmptyList("schedulingGates"))
        {
            // Where a pod may run can be narrowed until it is scheduled.
            copy.Remove("nodeSelector");
            copy.Remove("affinity");
        }

        foreach (var container in copy.Objects("containers").Concat(copy.Objects("initContainers")))
        {
            container.Remove("image");
        }

        return copy;
    }
}

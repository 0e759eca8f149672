using System.Globalization;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>Of Argo Rollouts. A newer controller says its verdict in <c>status.phase</c>; of an older one it is worked out.</summary>
internal static class RolloutHealth
{
    private const string WorkloadGeneration = "rollout.argoproj.io/workload-generation";

    public static HealthStatus Assess(KubernetesObject found)
    {
        if (!IsObserved(found))
        {
            return new(HealthCode.Progressing, "The new spec is yet to be observed");
        }

        if (found.Text("status", "phase") is { } phase)
        {
            var code = phase == "Paused" ? HealthCode.Suspended : Enum.TryParse(phase, out HealthCode same) ? same : HealthCode.Unknown;
            return new(code, found.Text("status", "message") ?? $"phase is {phase}");
        }

        if (Failure(found) is { } failure)
        {
            return new(HealthCode.Degraded, failure.Text);
        }

        if (found.HasItems("status", "pauseConditions") || found.IsTrue("spec", "paused"))
        {
            return new(HealthCode.Suspended, "The rollout is paused");
        }

        return Waiting(found) is { } waiting ? new(HealthCode.Progressing, waiting) : new(HealthCode.Healthy);
    }

    /// <summary>An observedGeneration that is no number is of a controller that writes a hash: it counts as observed.</summary>
    private static bool IsObserved(KubernetesObject found)
    {
        if (found.At("status") is null)
        {
            return false;
        }

        var observed = Whole(found, "status", "observedGeneration");
        var isObserved = observed is null || observed >= (found.Generation ?? 0);
        return isObserved && (found.At("spec", "workloadRef") is null || found.Annotations is null
            || Whole(found.Annotation(WorkloadGeneration)) == Whole(found, "status", "workloadObservedGeneration"));
    }

    private static StatusCondition? Failure(KubernetesObject found)
    {
        foreach (var condition in found.Conditions())
        {
            if (condition.Type == "InvalidSpec" || condition is { Type: "Progressing", Reason: "RolloutAborted" or "ProgressDeadlineExceeded" })
            {
                return condition;
            }
        }

        return null;
    }

    private static string? Waiting(KubernetesObject found)
    {
        if (found.Text("status", "currentPodHash") is not { } current)
        {
            return "Waiting for its status";
        }

        var wanted = found.Number("spec", "replicas") ?? 1;
        var updated = found.Number("status", "updatedReplicas") ?? 0;
        if (updated < wanted)
        {
            return $"{updated} of {wanted} replicas are updated";
        }

        var available = found.Number("status", "availableReplicas") ?? 0;
        if (available < updated)
        {
            return $"{available} of {updated} updated replicas are available";
        }

        var stable = found.Text("status", "stableRS") ?? found.Text("status", "canary", "stableRS");
        if (found.At("spec", "strategy", "blueGreen") is not null)
        {
            return found.Text("status", "blueGreen", "activeSelector") != current ? "The active service is yet to be switched over"
                : stable is not null && stable != current ? "The analysis is yet to end" : null;
        }

        if (found.At("spec", "strategy", "canary") is null)
        {
            return null;
        }

        var all = found.Number("status", "replicas") ?? 0;
        return all > updated ? $"{all - updated} old replicas are yet to terminate" : stable != current ? "The steps of the canary are yet to end" : null;
    }

    private static long? Whole(KubernetesObject found, params ReadOnlySpan<string> path) => found.Number(path) ?? Whole(found.Text(path));

    private static long? Whole(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

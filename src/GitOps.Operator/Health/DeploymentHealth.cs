using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

internal static class DeploymentHealth
{
    public static HealthStatus Assess(KubernetesObject found)
    {
        if (found.IsTrue("spec", "paused"))
        {
            return new(HealthCode.Suspended, "The deployment is paused");
        }

        if (found.IsUnobserved())
        {
            return Progressing(found, "The new spec is yet to be observed");
        }

        if (found.Condition("Progressing") is { Reason: "ProgressDeadlineExceeded" })
        {
            return new(HealthCode.Degraded, "The progress deadline is exceeded");
        }

        var updated = found.Number("status", "updatedReplicas") ?? 0;
        if (found.Number("spec", "replicas") is { } wanted && updated < wanted)
        {
            return Progressing(found, $"{updated} of {wanted} replicas are updated");
        }

        var all = found.Number("status", "replicas") ?? 0;
        if (all > updated)
        {
            return Progressing(found, $"{all - updated} old replicas are yet to terminate");
        }

        var available = found.Number("status", "availableReplicas") ?? 0;
        return available < updated
            ? Progressing(found, $"{available} of {updated} updated replicas are available")
            : new(HealthCode.Healthy);
    }
    /// <summary>Its controller counts the deadline from the last progress, and may be the one that does not work.</summary>
    private static HealthStatus Progressing(KubernetesObject found, string message) => new(HealthCode.Progressing, message)
    {
        Deadline = found.Number("spec", "progressDeadlineSeconds") is { } seconds and > 0
            ? new(TimeSpan.FromSeconds(seconds), "spec.progressDeadlineSeconds", LastProgress(found))
            : null,
    };

    private static DateTimeOffset? LastProgress(KubernetesObject found)
    {
        foreach (var condition in found.Items("status", "conditions"))
        {
            if (KubernetesObject.GetString(condition, "type") == "Progressing")
            {
                return TimestampConverter.TryParse(KubernetesObject.GetString(condition, "lastUpdateTime"), out var time) ? time : null;
            }
        }

        return null;
    }
}

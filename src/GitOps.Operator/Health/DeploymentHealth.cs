using GitOps.Kubernetes.Objects;
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
            return new(HealthCode.Progressing, "The new spec is yet to be observed");
        }

        if (found.Condition("Progressing") is { Reason: "ProgressDeadlineExceeded" })
        {
            return new(HealthCode.Degraded, "The progress deadline is exceeded");
        }

        var updated = found.Number("status", "updatedReplicas") ?? 0;
        if (found.Number("spec", "replicas") is { } wanted && updated < wanted)
        {
            return new(HealthCode.Progressing, $"{updated} of {wanted} replicas are updated");
        }

        var all = found.Number("status", "replicas") ?? 0;
        if (all > updated)
        {
            return new(HealthCode.Progressing, $"{all - updated} old replicas are yet to terminate");
        }

        var available = found.Number("status", "availableReplicas") ?? 0;
        return available < updated
            ? new(HealthCode.Progressing, $"{available} of {updated} updated replicas are available")
            : new(HealthCode.Healthy);
    }
}

using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

internal static class ReplicaSetHealth
{
    public static HealthStatus Assess(KubernetesObject found)
    {
        if (found.IsUnobserved())
        {
            return new(HealthCode.Progressing, "The new spec is yet to be observed");
        }

        if (found.Condition("ReplicaFailure") is { IsTrue: true } failure)
        {
            return new(HealthCode.Degraded, failure.Text);
        }

        var available = found.Number("status", "availableReplicas") ?? 0;
        return found.Number("spec", "replicas") is { } wanted && available < wanted
            ? new(HealthCode.Progressing, $"{available} of {wanted} replicas are available")
            : new(HealthCode.Healthy);
    }
}

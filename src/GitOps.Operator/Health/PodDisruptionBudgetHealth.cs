using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>Too few pods to disrupt any can be what was meant: no failure.</summary>
internal static class PodDisruptionBudgetHealth
{
    public static HealthStatus Assess(KubernetesObject found)
    {
        StatusCondition? last = null;
        foreach (var condition in found.Conditions())
        {
            if (condition.IsFalse && condition.Reason != "InsufficientPods")
            {
                return new(HealthCode.Degraded, condition.Text);
            }

            last = condition;
        }

        return last is { } seen ? new(HealthCode.Healthy, seen.Text) : new(HealthCode.Progressing, "Waiting for its status");
    }
}

using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>
/// Conditions count only while they are True. Argo CD looks at their types alone and so takes a Job that was resumed
/// (Suspended=False) for complete.
/// </summary>
internal static class JobHealth
{
    public static HealthStatus Assess(KubernetesObject found)
    {
        if (found.Condition("Failed") is { IsTrue: true } failed)
        {
            return new(HealthCode.Degraded, failed.Text);
        }

        if (found.Condition("Suspended") is { IsTrue: true } suspended)
        {
            return new(HealthCode.Suspended, suspended.Text);
        }

        return found.Condition("Complete") is { IsTrue: true } complete
            ? new(HealthCode.Healthy, complete.Text)
            : new(HealthCode.Progressing, "The job is yet to complete");
    }
}

using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>As in Argo CD never Degraded: what serves the API may be about to come.</summary>
internal static class ApiServiceHealth
{
    public static HealthStatus Assess(KubernetesObject found) => found.Condition("Available") switch
    {
        { IsTrue: true } available => new(HealthCode.Healthy, available.Text),
        { } unavailable => new(HealthCode.Progressing, unavailable.Text),
        null => new(HealthCode.Progressing, "Waiting to be processed"),
    };
}

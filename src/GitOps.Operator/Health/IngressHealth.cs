using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>As in Argo CD: a controller that never publishes an address leaves it Progressing.</summary>
internal static class IngressHealth
{
    public static HealthStatus Assess(KubernetesObject found) => found.HasItems("status", "loadBalancer", "ingress")
        ? new(HealthCode.Healthy)
        : new(HealthCode.Progressing, "The ingress has no address yet");
}

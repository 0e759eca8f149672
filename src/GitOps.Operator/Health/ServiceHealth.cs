using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

internal static class ServiceHealth
{
    public static HealthStatus Assess(KubernetesObject found) =>
        found.Text("spec", "type") == "LoadBalancer" && !found.HasItems("status", "loadBalancer", "ingress")
            ? new(HealthCode.Progressing, "The load balancer has no address yet")
            : new(HealthCode.Healthy);
}

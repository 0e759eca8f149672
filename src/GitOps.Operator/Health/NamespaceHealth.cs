using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

internal static class NamespaceHealth
{
    public static HealthStatus Assess(KubernetesObject found) => found.Text("status", "phase") == "Terminating"
        ? new(HealthCode.Progressing, "The namespace is terminating")
        : new(HealthCode.Healthy);
}

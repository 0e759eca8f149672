using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

internal static class PersistentVolumeClaimHealth
{
    public static HealthStatus Assess(KubernetesObject found) => found.Text("status", "phase") switch
    {
        "Bound" => new(HealthCode.Healthy),
        "Pending" => new(HealthCode.Progressing, "The claim is not bound yet"),
        "Lost" => new(HealthCode.Degraded, "The claim has lost its volume"),
        _ => new(HealthCode.Unknown),
    };
}

using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>As in Argo CD never Degraded: its status holds no sign of failure.</summary>
internal static class DaemonSetHealth
{
    public static HealthStatus Assess(KubernetesObject found)
    {
        if (found.IsUnobserved())
        {
            return new(HealthCode.Progressing, "The new spec is yet to be observed");
        }

        if (found.Text("spec", "updateStrategy", "type") == "OnDelete")
        {
            return new(HealthCode.Healthy);
        }

        var wanted = found.Number("status", "desiredNumberScheduled") ?? 0;
        var updated = found.Number("status", "updatedNumberScheduled") ?? 0;
        if (updated < wanted)
        {
            return new(HealthCode.Progressing, $"{updated} of {wanted} pods are updated");
        }

        var available = found.Number("status", "numberAvailable") ?? 0;
        return available < wanted
            ? new(HealthCode.Progressing, $"{available} of {wanted} pods are available")
            : new(HealthCode.Healthy);
    }
}

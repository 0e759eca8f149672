using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>A GatewayClass of the Gateway API. What its controller said of another generation does not count.</summary>
internal static class GatewayClassHealth
{
    public static HealthStatus Assess(KubernetesObject found)
    {
        foreach (var item in found.Items("status", "conditions"))
        {
            if (KubernetesObject.GetString(item, "type") == "Accepted"
                && (KubernetesObject.GetInt64(item, "observedGeneration") is not { } observed || found.Generation is not { } generation || observed == generation))
            {
                var accepted = StatusReader.Condition(item);
                return new(accepted.IsTrue ? HealthCode.Healthy : accepted.IsFalse ? HealthCode.Degraded : HealthCode.Progressing, accepted.Text);
            }
        }

        return GatewayConditions.Waiting;
    }
}

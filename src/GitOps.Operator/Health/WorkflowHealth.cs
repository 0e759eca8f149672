using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>Of Argo Workflows.</summary>
internal static class WorkflowHealth
{
    public static HealthStatus Assess(KubernetesObject found)
    {
        var message = found.Text("status", "message");
        return found.Text("status", "phase") switch
        {
            null or "Pending" or "Running" => new(HealthCode.Progressing, message),
            "Succeeded" => new(HealthCode.Healthy, message),
            "Failed" or "Error" => new(HealthCode.Degraded, message),
            _ => new(HealthCode.Unknown, message),
        };
    }
}

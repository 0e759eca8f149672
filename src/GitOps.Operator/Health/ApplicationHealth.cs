using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>
/// Our own kind below an Application: its health is the child's. As in Argo CD a child that is Missing or Unknown does not
/// count: the parent has applied what it was to apply.
/// </summary>
internal static class ApplicationHealth
{
    public static HealthStatus? Assess(KubernetesObject found)
    {
        if (found.IsUnobserved())
        {
            return new(HealthCode.Progressing, "The new spec is yet to be observed");
        }

        return Enum.TryParse(found.Text("status", "health", "status"), out HealthCode code) && code is not (HealthCode.Missing or HealthCode.Unknown)
            ? new(code, found.Text("status", "health", "message"))
            : null;
    }
}

using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>
/// The order of the conditions does not matter. Argo CD takes the first that decides, so there a CRD that is Installing and
/// whose names are refused can be either.
/// </summary>
internal static class CustomResourceDefinitionHealth
{
    public static HealthStatus Assess(KubernetesObject found)
    {
        if (!found.HasItems("status", "conditions"))
        {
            return new(HealthCode.Progressing, "It has no conditions yet");
        }

        if (found.Condition("Terminating") is { IsTrue: true } terminating)
        {
            return new(HealthCode.Progressing, terminating.Text);
        }

        if (found.Condition("NamesAccepted") is { IsFalse: true } refused)
        {
            return new(HealthCode.Degraded, refused.Text);
        }

        if (found.Condition("NonStructuralSchema") is { IsTrue: true } violated)
        {
            return new(HealthCode.Degraded, violated.Text);
        }

        return found.Condition("Established") switch
        {
            { IsTrue: true } => new(HealthCode.Healthy),
            { Reason: "Installing" } => new(HealthCode.Progressing, "It is being installed"),
            _ => new(HealthCode.Degraded, "It is not established"),
        };
    }
}

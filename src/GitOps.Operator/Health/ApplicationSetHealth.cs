using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>Of Argo CD.</summary>
internal static class ApplicationSetHealth
{
    public static HealthStatus Assess(KubernetesObject found)
    {
        if (found.Condition("ErrorOccurred") is { IsTrue: true } error)
        {
            return new(HealthCode.Degraded, error.Text);
        }

        var upToDate = found.Condition("ResourcesUpToDate");
        if (upToDate is { IsFalse: true } stale)
        {
            return new(HealthCode.Degraded, stale.Text);
        }

        if (found.Condition("RolloutProgressing") is { IsTrue: true } progressing)
        {
            return new(HealthCode.Progressing, progressing.Text);
        }

        return upToDate is { IsTrue: true } done
            ? new(HealthCode.Healthy, done.Text)
            : new(HealthCode.Progressing, "Waiting for its status");
    }
}

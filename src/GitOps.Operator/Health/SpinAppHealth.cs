using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>Of SpinKube: a deployment in short.</summary>
internal static class SpinAppHealth
{
    public static HealthStatus Assess(KubernetesObject found)
    {
        if (found.At("status") is null)
        {
            return new(HealthCode.Progressing, "Waiting for its status");
        }

        var progressing = found.Condition("Progressing");
        if (progressing is { IsFalse: true } stuck && (stuck.Reason == "ProgressDeadlineExceeded" || Names(stuck.Message, "timeout") || Names(stuck.Message, "failed")))
        {
            return new(HealthCode.Degraded, stuck.Text);
        }

        var available = found.Condition("Available");
        if (available is not { IsTrue: true })
        {
            return new(HealthCode.Degraded, available?.Text ?? "It is not available");
        }

        var ready = found.Number("status", "readyReplicas") ?? 0;
        var wanted = found.Number("spec", "replicas") ?? 1;
        return ready < wanted ? new(HealthCode.Progressing, $"{ready} of {wanted} replicas are ready")
            : progressing is { IsTrue: true } busy ? new(HealthCode.Progressing, busy.Text) : new(HealthCode.Healthy);
    }

    private static bool Names(string message, string word) => message.Contains(word, StringComparison.OrdinalIgnoreCase);
}

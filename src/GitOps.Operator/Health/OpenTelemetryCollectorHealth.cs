using System.Globalization;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>Says its replicas as text: <c>1/3</c>.</summary>
internal static class OpenTelemetryCollectorHealth
{
    public static HealthStatus Assess(KubernetesObject found)
    {
        if (found.At("status") is null)
        {
            return new(HealthCode.Progressing, "Waiting for its status");
        }

        if (found.Text("status", "scale", "statusReplicas") is not { } text)
        {
            return found.Text("spec", "mode") == "sidecar" ? new(HealthCode.Healthy) : new(HealthCode.Progressing, "Its replicas are not known yet");
        }

        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !Number(text[..slash], out var ready) || !Number(text[(slash + 1)..], out var all))
        {
            return new(HealthCode.Progressing, $"statusReplicas is {text}");
        }

        var message = $"{ready} of {all} replicas are ready";
        return ready == 0 && !(all == 0 && found.Text("spec", "mode") == "daemonset") ? new(HealthCode.Degraded, message)
            : ready == all ? new(HealthCode.Healthy, message) : new(HealthCode.Progressing, message);
    }

    private static bool Number(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

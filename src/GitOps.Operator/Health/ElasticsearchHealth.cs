using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>Of Elastic Cloud on Kubernetes: all nodes have to be there before the colour counts.</summary>
internal static class ElasticsearchHealth
{
    public static HealthStatus Assess(KubernetesObject found)
    {
        if (found.Number("status", "availableNodes") is not { } available)
        {
            return new(HealthCode.Unknown, "Its status does not say how many nodes are available");
        }

        var wanted = found.Items("spec", "nodeSets").Sum(static set => KubernetesObject.GetInt64(set, "count") ?? 0);
        if (available < wanted)
        {
            return new(HealthCode.Progressing, $"{available} of {wanted} nodes are available");
        }

        var color = found.Text("status", "health");
        var phase = found.Text("status", "phase");
        var text = $"phase is {phase}, health is {color}";
        return (available == wanted && color is not null ? phase : null, color) switch
        {
            ("Ready", "green") => new(HealthCode.Healthy, text),
            ("Ready", "yellow") or ("ApplyingChanges" or "MigratingData", _) => new(HealthCode.Progressing, text),
            ("Ready", "red") or ("Invalid", _) => new(HealthCode.Degraded, text),
            _ => new(HealthCode.Unknown, text),
        };
    }
}

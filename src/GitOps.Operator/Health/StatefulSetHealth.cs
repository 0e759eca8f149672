using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>As in Argo CD never Degraded: its status holds no sign of failure.</summary>
internal static class StatefulSetHealth
{
    public static HealthStatus Assess(KubernetesObject found)
    {
        if (found.Number("status", "observedGeneration") is null or 0 || found.IsUnobserved())
        {
            return new(HealthCode.Progressing, "The new spec is yet to be observed");
        }

        var wanted = found.Number("spec", "replicas");
        var ready = found.Number("status", "readyReplicas") ?? 0;
        if (ready < wanted)
        {
            return new(HealthCode.Progressing, $"{ready} of {wanted} replicas are ready");
        }

        var strategy = found.Text("spec", "updateStrategy", "type");
        var updated = found.Number("status", "updatedReplicas") ?? 0;
        if (strategy == "RollingUpdate" && found.At("spec", "updateStrategy", "rollingUpdate") is not null)
        {
            var partition = found.Number("spec", "updateStrategy", "rollingUpdate", "partition");
            return updated < wanted - partition
                ? new(HealthCode.Progressing, $"{updated} of {wanted - partition} replicas of the partition are updated")
                : new(HealthCode.Healthy);
        }

        if (strategy == "OnDelete")
        {
            return new(HealthCode.Healthy);
        }

        return found.Text("status", "updateRevision") != found.Text("status", "currentRevision")
            ? new(HealthCode.Progressing, $"{updated} replicas are at the new revision")
            : new(HealthCode.Healthy);
    }
}

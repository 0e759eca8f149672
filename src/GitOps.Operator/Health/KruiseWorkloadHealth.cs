using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>
/// CloneSet, StatefulSet, DaemonSet and GameServerSet of OpenKruise: a rollout that has come to its partition waits for somebody
/// to go on with it.
/// </summary>
internal static class KruiseWorkloadHealth
{
    private static readonly HealthStatus Unobserved = new(HealthCode.Progressing, "The new spec is yet to be observed");

    public static HealthStatus AssessCloneSet(KubernetesObject found)
    {
        if (!IsObserved(found))
        {
            return Unobserved;
        }

        if (found.IsTrue("spec", "updateStrategy", "paused") || found.Number("status", "updatedAvailableReplicas") is not { } available)
        {
            return Paused("clone set");
        }

        if (IsPartitioned(found, "spec", "updateStrategy", "partition"))
        {
            return ByPartition((found.Number("status", "updatedReplicas") ?? 0) >= (found.Number("status", "expectedUpdatedReplicas") ?? long.MaxValue));
        }

        return ByReplicas(available, found.Number("status", "replicas"));
    }

    public static HealthStatus AssessStatefulSet(KubernetesObject found)
    {
        if (!IsObserved(found))
        {
            return Unobserved;
        }

        if (found.IsTrue("spec", "updateStrategy", "rollingUpdate", "paused") || found.Number("status", "updatedAvailableReplicas") is not { } available)
        {
            return Paused("stateful set");
        }

        var replicas = found.Number("status", "replicas");
        if (IsPartitioned(found, "spec", "updateStrategy", "rollingUpdate", "partition"))
        {
            var partition = found.Number("spec", "updateStrategy", "rollingUpdate", "partition") ?? 0;
            return ByPartition((found.Number("status", "updatedReplicas") ?? 0) > (replicas ?? 0) - partition);
        }

        return ByReplicas(available, replicas);
    }

    public static HealthStatus AssessDaemonSet(KubernetesObject found)
    {
        if (!IsObserved(found))
        {
            return Unobserved;
        }

        if (found.IsTrue("spec", "updateStrategy", "rollingUpdate", "paused") || found.Number("status", "updatedNumberScheduled") is not { } updated)
        {
            return Paused("daemon set");
        }

        var wanted = found.Number("status", "desiredNumberScheduled") ?? 0;
        if (IsPartitioned(found, "spec", "updateStrategy", "rollingUpdate", "partition"))
        {
            return ByPartition(updated > wanted - (found.Number("spec", "updateStrategy", "rollingUpdate", "partition") ?? 0));
        }

        if (updated != wanted)
        {
            return new(HealthCode.Progressing, $"{updated} of {wanted} pods are updated");
        }

        var available = found.Number("status", "numberAvailable") ?? 0;
        return available == wanted ? new(HealthCode.Healthy)
            : new(found.Number("status", "numberUnavailable") == wanted ? HealthCode.Degraded : HealthCode.Progressing, $"{available} of {wanted} pods are available");
    }

    public static HealthStatus AssessGameServerSet(KubernetesObject found)
    {
        if (!IsObserved(found))
        {
            return Unobserved;
        }

        if (found.IsTrue("spec", "updateStrategy", "rollingUpdate", "paused"))
        {
            return Paused("game server set");
        }

        var replicas = found.Number("status", "replicas") ?? 0;
        var partition = found.Number("spec", "updateStrategy", "rollingUpdate", "partition") ?? 0;
        if (partition != 0 && (found.Number("status", "updatedReplicas") ?? 0) >= replicas - partition)
        {
            return ByPartition(isThere: true);
        }

        var ready = found.Number("status", "updatedReadyReplicas") ?? 0;
        return ready == replicas ? new(HealthCode.Healthy) : new(HealthCode.Progressing, $"{ready} of {replicas} replicas are updated and ready");
    }

    private static bool IsObserved(KubernetesObject found) =>
        found.Number("status", "observedGeneration") is { } observed && observed == found.Generation;

    /// <summary>The first generation is rolled out whole, whatever the partition.</summary>
    private static bool IsPartitioned(KubernetesObject found, params ReadOnlySpan<string> path) =>
        found.Generation > 1 && (found.Number(path) is { } number ? number != 0 : found.Text(path) is not (null or "0%"));

    private static HealthStatus Paused(string what) => new(HealthCode.Suspended, $"The {what} is paused");

    private static HealthStatus ByPartition(bool isThere) => isThere
        ? new(HealthCode.Suspended, "The partition is rolled out; somebody has to go on")
        : new(HealthCode.Progressing, "The partition is being rolled out");

    private static HealthStatus ByReplicas(long available, long? replicas) => available == replicas
        ? new(HealthCode.Healthy)
        : new(HealthCode.Degraded, $"{available} of {replicas ?? 0} replicas are updated and available");
}

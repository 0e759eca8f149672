using System.Collections.Frozen;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Model;

/// <summary>
/// In what order kinds are written: Argo CD's order, cut into stages. The objects of a stage do not need each other to be
/// stored, and are written in parallel; a stage begins when the one before has been answered.
/// </summary>
internal static class KindOrder
{
    /// <summary>The stage of what stands in no stage below: custom resources.</summary>
    public const int Last = 6;

    private static readonly string[][] Stages =
    [
        ["Namespace"],
        [
            "NetworkPolicy", "ResourceQuota", "LimitRange", "PodDisruptionBudget", "PriorityClass", "ServiceAccount", "Secret", "ConfigMap",
            "StorageClass", "PersistentVolume", "PersistentVolumeClaim",
        ],
        ["CustomResourceDefinition"],
        ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
        [
            "Service", "DaemonSet", "Pod", "ReplicationController", "ReplicaSet", "Deployment", "HorizontalPodAutoscaler", "StatefulSet",
            "Job", "CronJob",
        ],
        ["IngressClass", "Ingress", "APIService"],
    ];

    private static readonly FrozenDictionary<string, (int Stage, int Rank)> Ranks = Stages
        .SelectMany(static (kinds, stage) => kinds.Select((kind, rank) => (kind, stage, rank)))
        .ToFrozenDictionary(static item => item.kind, static item => (item.stage, item.rank), StringComparer.Ordinal);

    private static readonly FrozenSet<string> BuiltInGroups = new[]
    {
        string.Empty, "apps", "batch", "autoscaling", "policy", "rbac.authorization.k8s.io", "storage.k8s.io", "networking.k8s.io",
        "scheduling.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io",
    }.ToFrozenSet(StringComparer.Ordinal);

    public static int StageOf(GroupKind kind) => RankOf(kind).Stage;

    /// <summary>By stage, kind, namespace and name.</summary>
    public static int Compare(ObjectKey left, ObjectKey right)
    {
        var order = RankOf(left.GroupKind).CompareTo(RankOf(right.GroupKind));
        return order != 0 ? order : left.CompareTo(right);
    }

    // A custom kind may carry a built-in's name: only the built-in groups are ranked.
    private static (int Stage, int Rank) RankOf(GroupKind kind) =>
        BuiltInGroups.Contains(kind.Group) && Ranks.TryGetValue(kind.Kind, out var rank) ? rank : (Last, 0);
}

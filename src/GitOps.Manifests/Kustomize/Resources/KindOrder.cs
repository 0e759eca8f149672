using System.Collections.Frozen;

namespace GitOps.Manifests.Kustomize.Resources;

/// <summary>The order of kinds in which a cluster can take objects: namespaces and definitions first, webhooks last.</summary>
internal sealed class KindOrder : IComparer<Gvk>
{
    public static readonly string[] First =
    [
        "Namespace", "ResourceQuota", "StorageClass", "CustomResourceDefinition", "ServiceAccount", "PodSecurityPolicy", "Role", "ClusterRole",
        "RoleBinding", "ClusterRoleBinding", "ConfigMap", "Secret", "Endpoints", "Service", "LimitRange", "PriorityClass", "PersistentVolume",
        "PersistentVolumeClaim", "Deployment", "StatefulSet", "CronJob", "PodDisruptionBudget",
    ];

    public static readonly string[] Last = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

    private static readonly FrozenDictionary<string, int> Ranks = Rank(First, Last);

    public static KindOrder Instance { get; } = new();

    public static FrozenDictionary<string, int> Rank(IReadOnlyList<string> first, IReadOnlyList<string> last)
    {
        var ranks = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < first.Count; i++)
        {
            ranks[first[i]] = i - first.Count;
        }

        for (var i = 0; i < last.Count; i++)
        {
            ranks[last[i]] = i + 1;
        }

        return ranks.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>What types of one rank are ordered by; an empty part comes after all letters.</summary>
    public static string TextOf(Gvk gvk) =>
        $"{(gvk.Group.Length == 0 ? "~G" : gvk.Group)}_{(gvk.Version.Length == 0 ? "~V" : gvk.Version)}_{(gvk.Kind.Length == 0 ? "~K" : gvk.Kind)}";

    public int Compare(Gvk x, Gvk y)
    {
        var ranks = Ranks.GetValueOrDefault(x.Kind).CompareTo(Ranks.GetValueOrDefault(y.Kind));
        return ranks != 0 ? ranks : string.CompareOrdinal(TextOf(x), TextOf(y));
    }
}

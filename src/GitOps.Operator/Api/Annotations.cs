using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Api;

/// <summary>
/// Annotations that exist twice: <c>argocd.argoproj.io/NAME</c>, and <c>gitops-operator.dev/NAME</c>, which wins.
/// The constants are the part after the slash.
/// </summary>
internal static class Annotations
{
    public const string ArgoPrefix = "argocd.argoproj.io/";
    public const string Prefix = Names.Group + "/";

    public const string SyncWave = "sync-wave";
    public const string Hook = "hook";
    public const string HookDeletePolicy = "hook-delete-policy";
    public const string SyncOptions = "sync-options";
    public const string CompareOptions = "compare-options";
    public const string Refresh = "refresh";
    public const string SkipReconcile = "skip-reconcile";
    public const string IgnoreHealthCheck = "ignore-healthcheck";
    public const string IgnoreRestartPolicy = "ignore-restart-policy";

    /// <summary>Helm's own; <c>keep</c> means neither pruned nor deleted with the Application.</summary>
    public const string HelmResourcePolicy = "helm.sh/resource-policy";

    /// <summary>The value of our annotation, else of Argo CD's, else null.</summary>
    public static string? Find(KubernetesObject found, string name) =>
        found.Annotation(Prefix + name) ?? found.Annotation(ArgoPrefix + name);

    /// <inheritdoc cref="Find(KubernetesObject, string)"/>
    public static string? Find(IReadOnlyDictionary<string, string> annotations, string name) =>
        annotations.TryGetValue(Prefix + name, out var ours) ? ours : annotations.GetValueOrDefault(ArgoPrefix + name);

    /// <summary>Whether the annotation says <c>true</c>.</summary>
    public static bool IsTrue(KubernetesObject found, string name) => Find(found, name) == "true";

    /// <summary>
    /// An option of the <c>sync-options</c> annotation: <c>Find(o, "Prune")</c> is <c>false</c> for <c>Validate=true, Prune=false</c>.
    /// An option that is named twice has its last value.
    /// </summary>
    public static string? SyncOption(KubernetesObject found, string option)
    {
        string? value = null;
        foreach (var item in (Find(found, SyncOptions) ?? string.Empty).Split(',', StringSplitOptions.TrimEntries))
        {
            if (item.StartsWith(option, StringComparison.Ordinal) && item.Length > option.Length && item[option.Length] == '=')
            {
                value = item[(option.Length + 1)..];
            }
        }

        return value;
    }
}

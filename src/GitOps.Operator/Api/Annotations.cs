using System.Collections.Immutable;
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
    public const string ApprovedPlan = "approved-plan";
    public const string IgnoreRestartPolicy = "ignore-restart-policy";
    public const string IgnoreResourceUpdates = "ignore-resource-updates";
    public const string ManifestGeneratePaths = "manifest-generate-paths";
    public const string DeletionApproved = "deletion-approved";
    public const string MigrationManager = "client-side-apply-migration-manager";
    public const string Hydrate = "hydrate";
    public const string HydrateTimestamp = "hydrate-timestamp";

    /// <summary>On an Application: a new value asks for one sync. Ours alone, as are the two below.</summary>
    public const string Sync = Prefix + "sync";

    /// <summary>On an Application: the id of the operation that is to be broken off.</summary>
    public const string Terminate = Prefix + "terminate";

    /// <summary>On an Application: the id of the history entry to stay at.</summary>
    public const string RollbackTo = Prefix + "rollback-to";

    /// <summary>On a credential's Secret: the namespaces whose Applications may use it; globs, by commas. Ours alone.</summary>
    public const string AllowedNamespaces = Prefix + "allowed-namespaces";

    /// <summary>On a credential's Secret: when what it holds expires; a date, or a time as in RFC 3339. Ours alone.</summary>
    public const string ExpiresAt = Prefix + "expires-at";

    /// <summary>On a manifest: why it may have a secret in Git.</summary>
    public const string AllowSecret = Prefix + "allow-secret";

    /// <summary>Helm's own; <c>keep</c> means neither pruned nor deleted with the Application.</summary>
    public const string HelmResourcePolicy = "helm.sh/resource-policy";

    /// <summary>Argo CD's own bookkeeping, and hints for its user interface: they have no effect, and are meant to have none.</summary>
    private static readonly ImmutableArray<string> OfArgo = ["hook-finalizer", "installation-id", "managed-by-url", "refresh-timestamp", "tracking-id"];

    private static readonly ImmutableArray<string> Known =
    [
        SyncWave, Hook, HookDeletePolicy, SyncOptions, CompareOptions, Refresh, SkipReconcile, IgnoreHealthCheck, IgnoreRestartPolicy,
        IgnoreResourceUpdates, ManifestGeneratePaths, DeletionApproved, MigrationManager, Hydrate, HydrateTimestamp,
    ];

    /// <summary>Those that exist under our prefix alone.</summary>
    private static readonly ImmutableArray<string> OfOurs =
    [
        ApprovedPlan, Sync[Prefix.Length..], Terminate[Prefix.Length..], RollbackTo[Prefix.Length..], Names.AdoptAnnotation[Prefix.Length..],
        Names.TrackingIdAnnotation[Prefix.Length..], Names.HookOfAnnotation[Prefix.Length..], Names.HookRunAnnotation[Prefix.Length..],
        AllowedNamespaces[Prefix.Length..], ExpiresAt[Prefix.Length..],
        AllowSecret[Prefix.Length..],
    ];

    /// <summary>The value of our annotation, else of Argo CD's, else null.</summary>
    public static string? Find(KubernetesObject found, string name) =>
        found.Annotation(Prefix + name) ?? found.Annotation(ArgoPrefix + name);

    /// <inheritdoc cref="Find(KubernetesObject, string)"/>
    public static string? Find(IReadOnlyDictionary<string, string> annotations, string name) =>
        annotations.TryGetValue(Prefix + name, out var ours) ? ours : annotations.GetValueOrDefault(ArgoPrefix + name);

    /// <summary>The one that counts, with its full name; null: neither is there.</summary>
    public static (string Name, string Value)? FindNamed(KubernetesObject found, string name) =>
        found.Annotation(Prefix + name) is { } ours ? (Prefix + name, ours)
        : found.Annotation(ArgoPrefix + name) is { } theirs ? (ArgoPrefix + name, theirs)
        : null;

    /// <summary>Whether the annotation says <c>true</c>.</summary>
    public static bool IsTrue(KubernetesObject found, string name) => Find(found, name) == "true";

    /// <summary>Annotations under either prefix that there are not: misspelt ones, each with what is wrong with it.</summary>
    public static IEnumerable<string> Unknown(KubernetesObject found) =>
        found.Metadata?["annotations"] is not System.Text.Json.Nodes.JsonObject annotations
            ? []
            : annotations.Select(static pair => pair.Key).Select(static name => UnknownUnder(ArgoPrefix, name) ?? UnknownUnder(Prefix, name)).OfType<string>();

    /// <summary>What is wrong with an annotation of that name; null: it is known, or does not begin with the prefix.</summary>
    public static string? UnknownUnder(string prefix, string name)
    {
        if (!name.StartsWith(prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var known = Known.AddRange(prefix == Prefix ? OfOurs : OfArgo);
        var written = name[prefix.Length..];
        return known.Contains(written, StringComparer.Ordinal) ? null
            : $"there is no annotation {name}; it has no effect{(NearestName.Of(written, known) is { } nearest ? $" (did you mean {prefix}{nearest}?)" : string.Empty)}";
    }

    /// <summary>
    /// An option of the <c>sync-options</c> annotation: <c>SyncOption(o, "Prune")</c> is <c>false</c> for <c>Validate=true, Prune=false</c>.
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

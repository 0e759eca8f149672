using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;

namespace GitOps.Kubernetes.Caching;

/// <summary>What an informer holds, and how. Those who ask for the same with the same delegates can share one.</summary>
public sealed record InformerOptions
{
    public required ApiResource Resource { get; init; }

    /// <summary>Empty: all namespaces.</summary>
    public string Namespace { get; init; } = string.Empty;

    /// <summary>Selection, and whether metadata alone is asked for.</summary>
    public WatchOptions Watch { get; init; } = new();

    /// <summary>
    /// Called for every object before it is kept, to take away what no reader needs; null as its answer keeps the object out
    /// of the cache. It may change the object it is given, and has to be pure otherwise. Null: objects are kept whole.
    /// </summary>
    public Func<KubernetesObject, KubernetesObject?>? Transform { get; init; }

    /// <summary>By name: the values under which an object (as the transform left it) is found. Pure.</summary>
    public ImmutableDictionary<string, Func<KubernetesObject, IEnumerable<string>>> Indexes { get; init; } =
        ImmutableDictionary<string, Func<KubernetesObject, IEnumerable<string>>>.Empty;
}

/// <summary>Index functions that many readers want.</summary>
public static class CacheIndexes
{
    public static IEnumerable<string> ByNamespace(KubernetesObject item) => [item.Namespace];

    /// <summary>The uids of its owners.</summary>
    public static IEnumerable<string> ByOwner(KubernetesObject item) =>
        item.Metadata?["ownerReferences"] is System.Text.Json.Nodes.JsonArray owners
            ? owners.OfType<System.Text.Json.Nodes.JsonObject>().Select(static owner => KubernetesObject.GetString(owner, "uid")).OfType<string>()
            : [];

    /// <summary>The value of a label; objects without it are not in the index.</summary>
    public static Func<KubernetesObject, IEnumerable<string>> ByLabel(string name) =>
        item => item.Label(name) is { } value ? [value] : [];
}

/// <summary>Transforms that many readers want.</summary>
public static class CacheTransforms
{
    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>Takes away managedFields and kubectl's copy of what was applied: often more than half of an object.</summary>
    public static KubernetesObject WithoutBookkeeping(KubernetesObject item)
    {
        item.Metadata?.Remove("managedFields");
        item.Annotations?.Remove(LastApplied);
        return item;
    }
}

using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Benchmarks.Cluster;

/// <summary>What a user reads off an Application.</summary>
internal static class ApplicationFacts
{
    /// <summary>Synced, as reported for the present spec.</summary>
    public static bool IsSynced(KubernetesObject application) =>
        KubernetesObject.GetString(application.At("status", "sync") as JsonObject, "status") == "Synced"
        && KubernetesObject.TryGetInt64(application.At("status", "observedGeneration"), out var generation) && generation == application.Generation;

    /// <summary>Synced to this commit.</summary>
    public static bool IsAt(KubernetesObject application, string revision) =>
        IsSynced(application) && KubernetesObject.GetString(application.At("status", "sync") as JsonObject, "revision") == revision;

    /// <summary>The names of the objects that are reported as drifted.</summary>
    public static IEnumerable<string> Drifted(KubernetesObject application) =>
        application.At("status", "drift") is JsonArray rows
            ? rows.Select(static row => KubernetesObject.GetString(row as JsonObject, "name")).OfType<string>()
            : [];
}

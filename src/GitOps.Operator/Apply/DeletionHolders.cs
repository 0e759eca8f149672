using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Apply;

/// <summary>What keeps an object that is being deleted, as far as the object itself says. Pure.</summary>
internal static class DeletionHolders
{
    private const string Foreground = "foregroundDeletion";
    private static readonly GroupKind Namespace = new(string.Empty, "Namespace");

    /// <summary>One line: <c>Kind ns/name is being deleted, held by …</c>.</summary>
    public static string Describe(ObjectKey key, KubernetesObject live)
    {
        List<string> holders = [];
        var finalizers = live.Finalizers.Where(static name => name != Foreground).ToList();
        if (finalizers.Count > 0)
        {
            holders.Add($"held by {string.Join(", ", finalizers)}");
        }

        if (live.Finalizers.Contains(Foreground, StringComparer.Ordinal))
        {
            holders.Add($"waiting for what it owns to go ({Foreground})");
        }

        if (key.GroupKind == Namespace)
        {
            holders.AddRange(Remaining(live));
        }

        return holders.Count == 0 ? $"{key} is being deleted" : $"{key} is being deleted, {string.Join("; ", holders)}";
    }

    // Kubernetes says in conditions what is left in a namespace, and which finalizers hold that.
    private static IEnumerable<string> Remaining(KubernetesObject live) =>
        ((live.Json["status"] as JsonObject)?["conditions"] as JsonArray ?? []).OfType<JsonObject>()
            .Where(static condition => KubernetesObject.GetString(condition, "status") == "True"
                && KubernetesObject.GetString(condition, "type")?.StartsWith("Namespace", StringComparison.Ordinal) == true)
            .Select(static condition => KubernetesObject.GetString(condition, "message"))
            .OfType<string>().Where(static message => message.Length > 0);
}

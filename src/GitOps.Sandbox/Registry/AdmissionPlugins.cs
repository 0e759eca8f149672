using System.Text.Json.Nodes;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Registry;

/// <summary>What the admission plugins that a server has by default add to new objects; nobody owns it.</summary>
internal static class AdmissionPlugins
{
    public static readonly GroupResource Pods = new(string.Empty, "pods");

    private static readonly GroupResource Claims = new(string.Empty, "persistentvolumeclaims");
    private static readonly GroupResource Volumes = new(string.Empty, "persistentvolumes");
    private static readonly GroupResource Nodes = new(string.Empty, "nodes");

    /// <summary>Changes a new object in place.</summary>
    public static void Complete(ServedResource resource, JsonObject json)
    {
        if (resource.Storage == Pods)
        {
            CompletePod(json);
        }
        else if (ProtectionOf(resource) is { } protection)
        {
            Protect(MetadataRules.Of(json), protection);
        }
        else if (resource.Storage == Nodes && json["spec"] is not JsonObject { Count: > 0 })
        {
            json["spec"] = new JsonObject { ["taints"] = new JsonArray(Taint("NoSchedule", "not-ready")) };
        }
    }

    /// <summary>The finalizer that keeps storage from being deleted while it is used; null for other kinds.</summary>
    public static string? ProtectionOf(ServedResource resource) =>
        resource.Storage == Claims ? "kubernetes.io/pvc-protection"
        : resource.Storage == Volumes ? "kubernetes.io/pv-protection"
        : null;

    private static void CompletePod(JsonObject json)
    {
        if (json["spec"] is not JsonObject spec)
        {
            return;
        }

        spec.TryAdd("priority", 0);
        spec.TryAdd("preemptionPolicy", "PreemptLowerPriority");
        if (spec["tolerations"] is not JsonArray tolerations)
        {
            spec["tolerations"] = tolerations = [];
        }

        foreach (var condition in (ReadOnlySpan<string>)["not-ready", "unreachable"])
        {
            if (!tolerations.Any(item => item?["key"]?.GetValue<string>() == $"node.kubernetes.io/{condition}"))
            {
                var toleration = Taint("NoExecute", condition);
                (toleration["operator"], toleration["tolerationSeconds"]) = ("Exists", 300);
                tolerations.Add((JsonNode)toleration);
            }
        }
    }

    private static JsonObject Taint(string effect, string condition) => new() { ["effect"] = effect, ["key"] = $"node.kubernetes.io/{condition}" };

    private static void Protect(JsonObject metadata, string finalizer)
    {
        if (metadata["finalizers"] is not JsonArray finalizers)
        {
            metadata["finalizers"] = finalizers = [];
        }

        if (!finalizers.Any(item => item?.GetValue<string>() == finalizer))
        {
            finalizers.Add((JsonNode)finalizer);
        }
    }
}

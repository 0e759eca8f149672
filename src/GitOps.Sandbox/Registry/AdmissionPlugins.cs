using System.Text.Json.Nodes;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Plugins;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Registry;

/// <summary>What the admission plugins that a server has by default refuse, and what they add to new objects; nobody owns it.</summary>
internal static class AdmissionPlugins
{
    public static readonly GroupResource Pods = new(string.Empty, "pods");

    private static readonly GroupResource Claims = new(string.Empty, "persistentvolumeclaims");
    private static readonly GroupResource Volumes = new(string.Empty, "persistentvolumes");
    private static readonly GroupResource AttributeClasses = new("storage.k8s.io", "volumeattributesclasses");
    private static readonly GroupResource Nodes = new(string.Empty, "nodes");

    /// <summary>Changes the object in place.</summary>
    /// <exception cref="ApiError">The request is refused.</exception>
    public static void Admit(AdmissionRequest request)
    {
        switch (request.Operation)
        {
            case AdmissionRequest.Create:
                NamespaceRules.CheckCreate(request);
                if (request.Subresource.Length == 0)
                {
                    Complete(request);
                }

                break;
            case AdmissionRequest.Delete:
                NamespaceRules.CheckDelete(request);
                break;
            case AdmissionRequest.Update when request.Subresource.Length == 0:
                CompleteUpdate(request);
                break;
            default:
                break;
        }
    }

    /// <exception cref="ApiError">The request is refused.</exception>
    public static void Validate(AdmissionRequest request)
    {
        if (request.Object is not null)
        {
            LimitRanger.Validate(request);
            PodSecurity.Validate(request);
            Priorities.Validate(request);
        }
    }

    private static void CompleteUpdate(AdmissionRequest request)
    {
        if (request.Storage == Pods)
        {
            CompletePod(request.Object!);
        }
        else if (request.Storage == Claims)
        {
            ClaimGrowth.Check(request);
        }
    }

    private static void Complete(AdmissionRequest request)
    {
        var (resource, json) = (request.Resource, request.Object!);
        DefaultClasses.Admit(request);
        if (resource.Storage == Pods)
        {
            LimitRanger.Admit(request);
            Priorities.Admit(request);
            CompletePod(json);
        }
        else if (ProtectionOf(resource) is { } protection)
        {
            Protect(MetadataRules.Of(json), protection);
        }
        else if (resource.Storage == Nodes)
        {
            TaintNode(json);
        }
    }

    /// <summary>The finalizer that keeps storage from being deleted while it is used; null for other kinds.</summary>
    public static string? ProtectionOf(ServedResource resource) =>
        resource.Storage == Claims ? "kubernetes.io/pvc-protection"
        : resource.Storage == Volumes ? "kubernetes.io/pv-protection"
        : resource.Storage == AttributeClasses ? "kubernetes.io/vac-protection"
        : null;

    /// <summary>A node is not to be used before a controller has seen it ready.</summary>
    private static void TaintNode(JsonObject json)
    {
        if (json["spec"] is not JsonObject spec)
        {
            json["spec"] = spec = [];
        }

        if (spec["taints"] is not JsonArray taints)
        {
            spec["taints"] = taints = [];
        }

        if (!taints.Any(static taint => taint?["key"]?.ToString() == "node.kubernetes.io/not-ready"))
        {
            taints.Add((JsonNode)Taint("NoSchedule", "not-ready"));
        }
    }

    private static void CompletePod(JsonObject json)
    {
        if (json["spec"] is not JsonObject spec)
        {
            return;
        }

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

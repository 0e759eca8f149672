using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Registry;

/// <summary>Objects are created only in a namespace that exists and is not being deleted.</summary>
internal static class NamespaceRules
{
    public static readonly GroupResource Namespaces = new(string.Empty, "namespaces");

    /// <summary>They exist from the beginning, and cannot be deleted.</summary>
    public static readonly IReadOnlyList<string> Immortal = ["default", "kube-system", "kube-public"];

    /// <summary>A namespace as it is stored; null if there is none.</summary>
    public static JsonObject? Find(Cluster cluster, string name) =>
        cluster.Store.Table(Namespaces).Find(string.Empty, name) is { } stored ? ResourceCatalog.BuiltIn.FindStored(Namespaces)!.Read(stored) : null;

    /// <exception cref="ApiError">404: there is no such namespace; 403: it is being deleted.</exception>
    public static void CheckCreate(AdmissionRequest request)
    {
        var name = KubernetesObject.GetString(request.Object?["metadata"] as JsonObject, "name") ?? string.Empty;
        if (request.Resource.Custom is not null && !request.Resource.Can("create"))
        {
            throw ApiError.Forbidden(request.Resource.Storage, name, "create not allowed while custom resource definition is terminating");
        }

        if (!request.Resource.Namespaced)
        {
            return;
        }

        if (request.Namespace.Length == 0)
        {
            throw ApiError.BadRequest("an empty namespace may not be set during creation");
        }

        var found = request.Cluster.Store.Table(Namespaces).Find(string.Empty, request.Namespace)
            ?? throw ApiError.NotFound(Namespaces, request.Namespace);
        if (found.IsTerminating)
        {
            throw ApiError.Forbidden(
                request.Resource.Storage, name,
                $"unable to create new content in namespace {request.Namespace} because it is being terminated",
                new StatusCause("NamespaceTerminating", $"namespace {request.Namespace} is being terminated", "metadata.namespace"));
        }
    }

    /// <exception cref="ApiError">403: it is one of those that cannot be deleted.</exception>
    public static void CheckDelete(AdmissionRequest request)
    {
        if (request.Storage == Namespaces && Immortal.Contains(request.Name, StringComparer.Ordinal))
        {
            throw ApiError.Forbidden(request.Storage, request.Name, "this namespace may not be deleted");
        }
    }

    /// <summary>A new namespace is active, and held by a finalizer in its spec that only the finalize subresource changes.</summary>
    public static void CompleteNew(ServedResource resource, JsonObject json)
    {
        if (resource.Storage == Namespaces)
        {
            var finalizers = (json["spec"] as JsonObject)?["finalizers"] is JsonArray given ? given.DeepClone().AsArray() : [];
            if (!finalizers.Any(static finalizer => finalizer?.ToString() == "kubernetes"))
            {
                finalizers.Add(JsonValue.Create("kubernetes"));
            }

            json["spec"] = new JsonObject { ["finalizers"] = finalizers };
            json["status"] = new JsonObject { ["phase"] = "Active" };
            Complete(json);
        }
    }

    /// <summary>What a server adds to a namespace whoever writes it.</summary>
    public static void Complete(JsonObject json)
    {
        var metadata = MetadataRules.Of(json);
        if (metadata["labels"] is not JsonObject labels)
        {
            metadata["labels"] = labels = [];
        }

        if (metadata["name"] is { } name)
        {
            labels["kubernetes.io/metadata.name"] = name.DeepClone();
        }
    }
}

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

    /// <exception cref="ApiError">404: there is no such namespace; 403: it is being deleted.</exception>
    public static void CheckCreate(Cluster cluster, WriteRequest request, JsonObject json)
    {
        var name = KubernetesObject.GetString(MetadataRules.Of(json), "name") ?? string.Empty;
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

        var found = cluster.Store.Table(Namespaces).Find(string.Empty, request.Namespace)
            ?? throw ApiError.NotFound(Namespaces, request.Namespace);
        if (found.IsTerminating)
        {
            throw ApiError.Forbidden(
                request.Resource.Storage, name,
                $"unable to create new content in namespace {request.Namespace} because it is being terminated",
                new StatusCause("NamespaceTerminating", $"namespace {request.Namespace} is being terminated", "metadata.namespace"));
        }
    }

    /// <summary>A new namespace is active, and held by a finalizer in its spec that only the finalize subresource changes.</summary>
    public static void CompleteNew(ServedResource resource, JsonObject json)
    {
        if (resource.Storage == Namespaces)
        {
            json["spec"] = new JsonObject { ["finalizers"] = new JsonArray("kubernetes") };
            json["status"] = new JsonObject { ["phase"] = "Active" };
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

        labels["kubernetes.io/metadata.name"] = metadata["name"]?.DeepClone();
    }
}

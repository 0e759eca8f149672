using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Registry;

/// <summary>A write on its way to the store, as those see it who may change or refuse it.</summary>
internal sealed class AdmissionRequest
{
    public const string Create = "CREATE";
    public const string Update = "UPDATE";
    public const string Delete = "DELETE";

    private readonly Func<AdmissionRequest, JsonObject> _readOptions;
    private JsonObject? _options;
    private JsonObject? _oldObject;
    private StoredObject? _stored;

    private AdmissionRequest(
        ApiContext context, string operation, ServedResource resource, RequestPath path, bool dryRun, Func<AdmissionRequest, JsonObject> readOptions)
    {
        (Context, Operation, Resource, Subresource, DryRun, _readOptions) = (context, operation, resource, path.Subresource, dryRun, readOptions);
        Kind = path.Subresource.Length > 0 && resource.Subresource(path.Subresource)?.Kind is { Group.Length: > 0 } own ? own : resource.GroupVersionKind;
        Name = path.Name;
        Namespace = path.Namespace ?? string.Empty;
    }

    public ApiContext Context { get; }

    public Cluster Cluster => Context.Cluster;

    public Caller Caller => Context.Caller;

    public CancellationToken Aborted => Context.Aborted;

    public string Operation { get; }

    public ServedResource Resource { get; }

    public GroupResource Storage => Resource.Storage;

    public string Subresource { get; }

    /// <summary>The kind of what is written: for some subresources not the resource's own.</summary>
    public GroupVersionKind Kind { get; }

    /// <summary>For a namespace itself, its name.</summary>
    public string Namespace { get; private init; }

    /// <summary>Empty for an object whose name is yet to be generated, and for the deletion of a collection.</summary>
    public string Name { get; private init; }

    public bool DryRun { get; }

    /// <summary>What is to be stored; null for a deletion. Who changes it in place says so by setting it.</summary>
    public JsonObject? Object { get; set; }

    /// <summary>What is stored; null for a create. It is not to be changed.</summary>
    public JsonObject? OldObject => _oldObject ??= _stored is null ? null : Resource.Read(_stored);

    /// <summary>The request's parameters as an object of meta.k8s.io/v1.</summary>
    public JsonObject Options => _options ??= _readOptions(this);

    /// <summary>The name for messages: what a name is generated from, where there is none yet.</summary>
    public string DisplayName => Name.Length > 0 ? Name
        : Object?["metadata"] is JsonObject metadata && Text(metadata) is { Length: > 0 } name ? name
        : "Unknown";

    /// <param name="request">The write.</param>
    /// <param name="live">What is stored; null for a create.</param>
    /// <param name="next">What is to be stored.</param>
    public static AdmissionRequest Of(WriteRequest request, JsonObject? live, JsonObject next)
    {
        var path = request.Path;
        var name = path.Name.Length > 0 ? path.Name : KubernetesObject.GetString(next["metadata"] as JsonObject, "name") ?? string.Empty;
        return new(request.Context, live is null ? Create : Update, request.Resource, path, request.DryRun, WriteOptions)
        {
            Name = name,
            Namespace = NamespaceOf(request.Resource, path, name),
            Object = next,
            _oldObject = live,
        };
    }

    /// <param name="context">The request.</param>
    /// <param name="resource">What is deleted.</param>
    /// <param name="path">The request's path; its name is empty for a collection.</param>
    /// <param name="options">How it is deleted.</param>
    /// <param name="stored">What is stored.</param>
    public static AdmissionRequest OfDeletion(
        ApiContext context, ServedResource resource, RequestPath path, DeletionOptions options, StoredObject stored) =>
        new(context, Delete, resource, path, options.DryRun, _ => options.ToJson())
        {
            Namespace = resource.Namespaced ? stored.Namespace : NamespaceOf(resource, path, path.Name),
            _stored = stored,
        };

    /// <param name="context">The request.</param>
    /// <param name="resource">What has the subresource.</param>
    /// <param name="path">The request's path.</param>
    /// <param name="dryRun">Whether nothing is to happen.</param>
    /// <param name="body">What is sent to the subresource.</param>
    public static AdmissionRequest OfSubresource(ApiContext context, ServedResource resource, RequestPath path, bool dryRun, JsonObject body) =>
        new(context, Create, resource, path, dryRun, WriteOptions) { Object = body };

    private static string NamespaceOf(ServedResource resource, RequestPath path, string name) =>
        resource.Storage == NamespaceRules.Namespaces ? name : path.Namespace ?? string.Empty;

    private static string? Text(JsonObject metadata) =>
        KubernetesObject.GetString(metadata, "name") is { Length: > 0 } name ? name : KubernetesObject.GetString(metadata, "generateName");

    private static JsonObject WriteOptions(AdmissionRequest request)
    {
        var options = new JsonObject
        {
            ["kind"] = request.Operation == Create ? "CreateOptions" : "UpdateOptions",
            ["apiVersion"] = "meta.k8s.io/v1",
        };
        if (request.DryRun)
        {
            options["dryRun"] = new JsonArray("All");
        }

        foreach (var name in (ReadOnlySpan<string>)["fieldManager", "fieldValidation"])
        {
            if (request.Context.Query(name) is { Length: > 0 } value)
            {
                options[name] = value;
            }
        }

        return options;
    }
}

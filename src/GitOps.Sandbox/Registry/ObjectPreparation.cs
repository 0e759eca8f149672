using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Apply;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Registry;

/// <summary>
/// The steps between what a client sent and what is stored: type, unknown fields, defaults, ownership, validation. An update's
/// ownership is recorded after defaulting (the writer owns the defaults), an apply's before it (only what was applied is owned).
/// </summary>
internal sealed class ObjectPreparation
{
    private readonly Cluster _cluster;
    private readonly ServiceAllocations _allocations;

    public ObjectPreparation(Cluster cluster, ServiceAllocations allocations) => (_cluster, _allocations) = (cluster, allocations);

    /// <summary>Fills in the type, or refuses another than the path's.</summary>
    /// <exception cref="ApiError">400.</exception>
    public static void CheckType(WriteRequest request, JsonObject json)
    {
        var kind = KubernetesObject.GetString(json, "kind") ?? string.Empty;
        var apiVersion = KubernetesObject.GetString(json, "apiVersion") ?? string.Empty;
        var resource = request.Resource;
        if (kind.Length == 0 && apiVersion.Length == 0 && request.Context.Record.Verb != "apply")
        {
            json["kind"] = resource.Kind;
            json["apiVersion"] = request.ApiVersion;
            return;
        }

        if (kind == resource.Kind && apiVersion == request.ApiVersion)
        {
            return;
        }

        var given = GroupVersionKind.Parse(apiVersion, kind);
        throw ApiError.BadRequest(kind.Length == 0 || apiVersion.Length == 0
            ? $"Object '{(kind.Length == 0 ? "Kind" : "apiVersion")}' is missing in the request's body"
            : $"{kind} in version \"{given.Version}\" cannot be handled as a {resource.Kind}: " +
                $"converting ({apiVersion}.{kind}) to ({request.ApiVersion}.{resource.Kind}): unknown conversion");
    }

    /// <summary>
    /// Checks that the body can be read as its kind, and removes fields that the kind does not have; depending on the request
    /// they are refused or warned about.
    /// </summary>
    /// <exception cref="ApiError">400, or 422 for what a patch makes.</exception>
    public void Decode(WriteRequest request, JsonObject json)
    {
        CheckType(request, json);
        var type = TypeOf(request);
        if (DecodingCheck.FirstError(json, type) is { } mistake)
        {
            throw Undecodable(request, mistake);
        }

        var unknown = Pruning.Apply(json, type);
        switch (request.FieldValidation)
        {
            case FieldValidation.Strict when unknown.Count > 0:
                throw Undecodable(request, $"strict decoding error: {string.Join(", ", unknown.Select(static path => $"unknown field \"{path}\""))}");
            case FieldValidation.Warn:
                foreach (var path in unknown)
                {
                    request.Context.Warn($"unknown field \"{path}\"");
                }

                break;
            default:
                break;
        }
    }

    /// <summary>Defaults and ownership of a create.</summary>
    public JsonObject RecordCreate(WriteRequest request, JsonObject next)
    {
        DropStatus(request, next);
        Default(request, next);
        return FieldManagement.Update(null, new(next), TypeOf(request), ContextOf(request)).Json;
    }

    /// <summary>Defaults and ownership of an update.</summary>
    public JsonObject RecordUpdate(WriteRequest request, JsonObject live, JsonObject next)
    {
        Carry(request, live, next);
        Default(request, next);
        return FieldManagement.Update(new(live), new(next), TypeOf(request), ContextOf(request)).Json;
    }

    /// <summary>Ownership of a write of the replicas.</summary>
    public JsonObject RecordScale(WriteRequest request, JsonObject live, JsonObject next, FieldPath replicas) =>
        FieldManagement.Scale(new(live), new(next), replicas, ContextOf(request)).Json;

    /// <summary>The live object with what is applied merged in, or a new one.</summary>
    public JsonObject Apply(WriteRequest request, JsonObject? live, JsonObject applied)
    {
        var result = FieldManagement.Apply(
            live is null ? null : new(live), new(applied), TypeOf(request), ContextOf(request), request.Force).Object.Json;
        if (live is not null)
        {
            Carry(request, live, result);
        }
        else
        {
            DropStatus(request, result);
        }

        Default(request, result);
        return result;
    }

    /// <summary>What the server adds without anybody owning it, and validation.</summary>
    /// <exception cref="ApiException">422.</exception>
    public JsonObject Complete(WriteRequest request, JsonObject? live, JsonObject next)
    {
        var type = TypeOf(request);
        var subject = new KubernetesObject(next);
        if (live is null)
        {
            Preparation.BeforeCreate(subject, type, _allocations);
            NamespaceRules.CompleteNew(request.Resource, next);
            AdmissionPlugins.Complete(request.Resource, next);
        }
        else if (request.Subresource != "scale")
        {
            Preparation.BeforeUpdate(new(live), subject, type, _allocations);
        }

        if (live is not null && KindRules.HasGeneration(request.Resource) && KindRules.BumpsGeneration(request.Resource, live, next))
        {
            subject.Metadata!["generation"] = (subject.Generation ?? 0) + 1;
        }

        Validation.Require(live is null ? null : new(live), subject, type);
        return next;
    }

    public TypeSchema TypeOf(WriteRequest request) => _cluster.Schemas.Find(request.Resource.GroupVersionKind) ?? TypeSchema.Untyped;

    private static void DropStatus(WriteRequest request, JsonObject next)
    {
        if (KindRules.HasStatus(request.Resource))
        {
            next.Remove("status");
        }
    }

    private static void Carry(WriteRequest request, JsonObject live, JsonObject next)
    {
        MetadataRules.PrepareUpdate(request, live, next);
        KindRules.Reset(request.Resource, request.Subresource, live, next);
    }

    private static ApiError Undecodable(WriteRequest request, string mistake)
    {
        if (request.Context.Record.Verb == "patch")
        {
            return ApiError.Invalid(string.Empty, string.Empty, string.Empty, new StatusCause("FieldValueInvalid", $"Invalid value: {mistake}", "patch"));
        }

        var resource = request.Resource;
        return ApiError.BadRequest($"{resource.Kind} in version \"{resource.Version}\" cannot be handled as a {resource.Kind}: {mistake}");
    }

    private void Default(WriteRequest request, JsonObject next)
    {
        if (request.Resource.Storage == NamespaceRules.Namespaces)
        {
            NamespaceRules.Complete(next);
        }

        Defaulting.Apply(new(next), TypeOf(request));
    }

    private WriteContext ContextOf(WriteRequest request) =>
        new(request.Manager, request.ApiVersion, request.Subresource, _cluster.Options.TimeProvider.GetUtcNow())
        {
            ResetFields = KindRules.ResetFields(request.Resource, request.Subresource),
            OnlyFields = KindRules.OnlyFields(request.Resource, request.Subresource),
            Schemas = _cluster.Schemas,
        };
}

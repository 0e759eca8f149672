using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Apply;
using GitOps.Sandbox.Authorization;
using GitOps.Sandbox.Catalog;
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
        if (request.Context.Record.Verb != "apply" && (resource.Custom is null || (kind.Length == 0 && apiVersion.Length == 0)))
        {
            if (kind.Length == 0 && json["kind"] is null)
            {
                json["kind"] = kind = resource.Kind;
            }

            if (apiVersion.Length == 0 && json["apiVersion"] is null)
            {
                json["apiVersion"] = apiVersion = request.ApiVersion;
            }
        }

        if (kind == resource.Kind && apiVersion == request.ApiVersion)
        {
            return;
        }

        var given = GroupVersionKind.Parse(apiVersion, kind);
        if (request.Context.Record.Verb == "patch" && kind.Length > 0 && apiVersion.Length > 0)
        {
            throw Undecodable(request, "unknown conversion");
        }

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
    public void Decode(WriteRequest request, JsonObject json) => Decode(request, TypeOf(request), json);

    /// <inheritdoc cref="Decode(WriteRequest, JsonObject)"/>
    public static void Decode(WriteRequest request, TypeSchema type, JsonObject json)
    {
        CheckType(request, json);
        if (DecodingCheck.FirstError(json, type) is { } mistake)
        {
            throw Undecodable(request, mistake);
        }

        var unknown = Pruning.Apply(json, type);
        SchemaDefaults.DropNulls(json, type);
        if (unknown.Count == 0 && request.Context.BodyMistakes.Count == 0)
        {
            return;
        }

        var repeated = request.Context.BodyMistakes.Where(mistake => !unknown.Any(path => mistake == $"duplicate field \"{path}\""));
        IEnumerable<string> ordered = type.IsBuiltIn ? unknown : unknown.OrderBy(IsOfMetadata).ThenBy(static path => path, StringComparer.Ordinal);
        List<string> mistakes = [.. repeated, .. ordered.Select(static path => $"unknown field \"{path}\"")];
        switch (request.FieldValidation)
        {
            case FieldValidation.Strict:
                throw Undecodable(request, $"strict decoding error: {string.Join(", ", mistakes)}");
            case FieldValidation.Warn:
                mistakes.ForEach(request.Context.Warn);
                break;
            default:
                break;
        }
    }

    /// <summary>Metadata is read by itself, after the rest of a custom resource.</summary>
    private static bool IsOfMetadata(string path) =>
        path.StartsWith("metadata.", StringComparison.Ordinal) || path.Contains(".metadata.", StringComparison.Ordinal);

    /// <summary>Defaults and ownership of a create.</summary>
    public JsonObject RecordCreate(WriteRequest request, JsonObject next)
    {
        Default(request.Resource, next);
        return FieldManagement.Update(null, new(next), TypeOf(request), ContextOf(request)).Json;
    }

    /// <summary>Defaults and ownership of an update.</summary>
    public JsonObject RecordUpdate(WriteRequest request, JsonObject live, JsonObject next)
    {
        MetadataRules.PrepareUpdate(request, next);
        Default(request.Resource, next);
        return FieldManagement.Update(new(live), new(next), TypeOf(request), ContextOf(request)).Json;
    }

    /// <summary>Ownership of a write of the replicas.</summary>
    public JsonObject RecordScale(WriteRequest request, JsonObject live, JsonObject next, FieldPath replicas) =>
        FieldManagement.Scale(new(live), new(next), replicas, ContextOf(request), request.Context.Record.Verb == "apply", request.Force).Json;

    /// <summary>The live object with what is applied merged in, or a new one.</summary>
    public JsonObject Apply(WriteRequest request, JsonObject? live, JsonObject applied)
    {
        var result = FieldManagement.Apply(
            live is null ? null : new(live), new(applied), TypeOf(request), ContextOf(request), request.Force).Object.Json;
        if (live is not null)
        {
            MetadataRules.PrepareUpdate(request, result);
        }

        Default(request.Resource, result);
        return result;
    }

    /// <summary>What the server adds without anybody owning it, and validation.</summary>
    /// <exception cref="ApiException">422.</exception>
    public JsonObject Complete(WriteRequest request, JsonObject? live, JsonObject next)
    {
        var type = TypeOf(request);
        var subject = new KubernetesObject(next);
        ImmutableArray<StatusCause> problems = [];
        if (live is null)
        {
            DropStatus(request, next);
            problems = Preparation.BeforeCreate(subject, type, Known(request));
            NamespaceRules.CompleteNew(request.Resource, next);
        }
        else if (request.Subresource != "scale")
        {
            MetadataRules.Carry(request, live, next);
            KindRules.Reset(request.Resource, request.Subresource, live, next);
            problems = Preparation.BeforeUpdate(new(live), subject, type, Known(request));
        }

        if (live is not null && KindRules.HasGeneration(request.Resource) && KindRules.BumpsGeneration(request.Resource, request.Subresource, live, next))
        {
            subject.Metadata!["generation"] = (subject.Generation ?? 0) + 1;
        }

        WriteAccess.Check(request, live, next);
        foreach (var warning in Validation.Require(live is null ? null : new(live), subject, type, problems, request.Subresource, request.Context.Warn))
        {
            request.Context.Warn(warning);
        }

        return next;
    }

    /// <summary>What a webhook or policy made of an object, read again as the server reads a body: unknown fields dropped, defaulted.</summary>
    /// <exception cref="ApiError">500: it cannot be read as its kind.</exception>
    public void Reread(AdmissionRequest request, JsonObject json)
    {
        var type = _cluster.Schemas.Find(request.Kind) ?? TypeSchema.Untyped;
        if (DecodingCheck.FirstError(json, type) is { } mistake)
        {
            throw ApiError.InternalCause($"{request.Kind.Kind} in version \"{request.Kind.Version}\" cannot be handled as a {request.Kind.Kind}: {mistake}");
        }

        Pruning.Apply(json, type);
        MetadataRules.DropEmpty(MetadataRules.Of(json));
        if (request.Kind == request.Resource.GroupVersionKind)
        {
            Default(request.Resource, json);
        }
    }

    public TypeSchema TypeOf(WriteRequest request) => _cluster.Schemas.Find(request.Resource.GroupVersionKind) ?? TypeSchema.Untyped;

    private PreparationContext Known(WriteRequest request)
    {
        var caller = request.Context.Caller;
        return new(_allocations, caller.Name, caller.Groups, caller.Uid, _cluster.Options.TimeProvider.GetUtcNow());
    }

    private void DropStatus(WriteRequest request, JsonObject next)
    {
        if (KindRules.HasStatus(request.Resource) && request.Resource.Storage != KindRules.Nodes && next["status"] is { } status
            && (request.Resource.Custom is not null || status is not JsonObject { Count: 0 }))
        {
            next.Remove("status");
            Default(request.Resource, next);
        }
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

    private void Default(ServedResource resource, JsonObject next)
    {
        if (resource.Storage == NamespaceRules.Namespaces)
        {
            NamespaceRules.Complete(next);
        }

        Defaulting.Apply(new(next), _cluster.Schemas.Find(resource.GroupVersionKind) ?? TypeSchema.Untyped);
    }

    private WriteContext ContextOf(WriteRequest request) =>
        new(request.Manager, request.ApiVersion, request.Subresource, _cluster.Options.TimeProvider.GetUtcNow())
        {
            ResetFields = KindRules.ResetFields(request.Resource, request.Subresource),
            OnlyFields = KindRules.OnlyFields(request.Resource, request.Subresource),
            Schemas = _cluster.Schemas,
        };
}

using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Sandbox.Apply;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Registry;

/// <param name="Replicas">How many are wanted.</param>
/// <param name="ResourceVersion">The state in which they are wanted, or null.</param>
internal readonly record struct ScaleChange(long Replicas, string? ResourceVersion);

/// <summary>
/// Creates and changes objects. The new state is computed from a state that was read, without a lock, and committed only if
/// that state still holds; else everything is computed again, admission included, unless the caller insisted on the old state.
/// Ownership is recorded before admission: nobody owns what admission adds.
/// </summary>
internal sealed class ObjectWriter
{
    private readonly Cluster _cluster;
    private readonly ObjectPreparation _preparation;

    public ObjectWriter(Cluster cluster) => (_cluster, _preparation) = (cluster, new(cluster, new AddressPool(cluster)));

    /// <summary>POST.</summary>
    public async ValueTask<WriteOutcome> CreateAsync(WriteRequest request, JsonObject body)
    {
        _preparation.Decode(request, body);
        return await TryCreateAsync(request, body, _preparation.RecordCreate)
            ?? throw ApiError.AlreadyExists(request.Resource.Storage, KubernetesObject.GetString(MetadataRules.Of(body), "name") ?? string.Empty);
    }

    /// <summary>PUT.</summary>
    public async ValueTask<WriteOutcome> ReplaceAsync(WriteRequest request, JsonObject body)
    {
        _preparation.Decode(request, body);
        if (request.Subresource.Length == 0 && KindRules.IsCreatedByReplacing(request.Resource) && request.Find() is null
            && await TryCreateAsync(request, (JsonObject)body.DeepClone(), _preparation.RecordCreate) is { } created)
        {
            return created;
        }

        return await ChangeAsync(request, (live, stored) =>
        {
            CheckUid(request, body, stored);
            return MutateAsync(request, live, _preparation.RecordUpdate(request, live, (JsonObject)body.DeepClone()));
        });
    }

    /// <summary>PATCH, other than apply.</summary>
    /// <param name="request">The request.</param>
    /// <param name="patch">Makes the new object of the live one, which is its own to change.</param>
    public ValueTask<WriteOutcome> PatchAsync(WriteRequest request, Func<JsonObject, JsonObject> patch) => ChangeAsync(request, (live, stored) =>
    {
        var next = patch(request.Resource.Read(stored));
        _preparation.Decode(request, next);
        return MutateAsync(request, live, _preparation.RecordUpdate(request, live, next));
    });

    /// <summary>Server-side apply: creates what is not there.</summary>
    public async ValueTask<WriteOutcome> ApplyAsync(WriteRequest request, JsonObject body)
    {
        ObjectPreparation.CheckType(request, body);
        while (true)
        {
            if (request.Find() is not null)
            {
                if (await TryChangeAsync(request, (live, _) => MutateAsync(request, live, _preparation.Apply(request, live, body))) is { } changed)
                {
                    return changed;
                }
            }
            else if (request.Subresource.Length > 0)
            {
                throw request.NotFound();
            }
            else if (await TryCreateAsync(request, (JsonObject)body.DeepClone(), ApplyNew) is { } created)
            {
                return created;
            }
        }
    }

    /// <summary>Writes the replicas, and nothing else, of an object.</summary>
    /// <param name="request">The request.</param>
    /// <param name="paths">Where the replicas stand.</param>
    /// <param name="view">The Scale of an object: what admission sees of it.</param>
    /// <param name="change">The wanted Scale, made of the live one.</param>
    /// <param name="read">What a Scale asks for.</param>
    public ValueTask<WriteOutcome> ScaleAsync(
        WriteRequest request, ScalePaths paths, Func<JsonObject, JsonObject> view, Func<JsonObject, JsonObject> change, Func<JsonObject, ScaleChange> read)
    {
        var path = new FieldPath([.. paths.SpecReplicas.Select(PathElement.Field)]);
        return ChangeAsync(
            request,
            async (live, stored) =>
            {
                var admitted = await MutateAsync(request, view(live), change(view(live)));
                var wanted = read(admitted);
                var next = request.Resource.Read(stored);
                Set(next, paths.SpecReplicas, wanted.Replicas);
                MetadataRules.Of(next)["resourceVersion"] = wanted.ResourceVersion;
                return _preparation.RecordScale(request, live, next, path);
            },
            view);
    }

    /// <summary>Reads again what admission made of an object.</summary>
    /// <exception cref="ApiError">500: it cannot be read as its kind.</exception>
    public void Reread(AdmissionRequest request, JsonObject json) => _preparation.Reread(request, json);

    /// <summary>Changes an object by the server's own hand: no patch, no validation, one commit.</summary>
    /// <returns>Null if there is no such object, or nothing changed.</returns>
    public StoredObject? Adjust(ServedResource resource, string @namespace, string name, Func<JsonObject, bool> adjust)
    {
        var table = _cluster.Store.Table(resource.Storage);
        while (table.Find(@namespace, name) is { } stored)
        {
            var next = resource.Read(stored);
            if (!adjust(next))
            {
                return null;
            }

            var draft = resource.Draft(next);
            var written = DeletionRules.IsReleased(next)
                ? _cluster.Store.TryDelete(table, stored)
                : _cluster.Store.TryReplace(table, stored, draft);
            if (written is not null)
            {
                if (resource.Custom is not null)
                {
                    _cluster.Definitions.OnWritten(resource, name);
                }

                return written;
            }
        }

        return null;
    }

    private static void Set(JsonObject json, IReadOnlyList<string> path, long value)
    {
        var fields = json;
        foreach (var name in path.SkipLast(1))
        {
            if (fields[name] is not JsonObject below)
            {
                fields[name] = below = [];
            }

            fields = below;
        }

        fields[path[^1]] = value;
    }

    private JsonObject ApplyNew(WriteRequest request, JsonObject next) => _preparation.Apply(request, null, next);

    private async ValueTask<WriteOutcome?> TryCreateAsync(WriteRequest request, JsonObject body, Func<WriteRequest, JsonObject, JsonObject> record)
    {
        MetadataRules.PrepareCreate(request, body);
        var next = await MutateAsync(request, null, record(request, body));
        MetadataRules.Identify(request, next);
        next = _preparation.Complete(request, null, next);
        await _cluster.Admission.ValidateAsync(AdmissionRequest.Of(request, null, next));
        var table = _cluster.Store.Table(request.Resource.Storage);
        if (request.DryRun)
        {
            return table.Find(request.Namespace, KubernetesObject.GetString(MetadataRules.Of(next), "name")!) is null
                ? WriteOutcome.Of(201, next)
                : null;
        }

        return Written(request, _cluster.Store.TryCreate(table, request.Resource.Draft(next))) is { } created ? WriteOutcome.Of(201, created) : null;
    }

    private async ValueTask<JsonObject> MutateAsync(WriteRequest request, JsonObject? live, JsonObject next) =>
        (await _cluster.Admission.MutateAsync(AdmissionRequest.Of(request, live, next)))!;

    private async ValueTask<WriteOutcome> ChangeAsync(
        WriteRequest request, Func<JsonObject, StoredObject, ValueTask<JsonObject>> change, Func<JsonObject, JsonObject>? view = null)
    {
        while (true)
        {
            if (await TryChangeAsync(request, change, view) is { } outcome)
            {
                return outcome;
            }
        }
    }

    /// <returns>Null: somebody else was faster, try again.</returns>
    private async ValueTask<WriteOutcome?> TryChangeAsync(
        WriteRequest request, Func<JsonObject, StoredObject, ValueTask<JsonObject>> change, Func<JsonObject, JsonObject>? view = null)
    {
        var stored = request.Find() ?? throw request.NotFound();
        var live = request.Resource.Read(stored);
        var liveVersion = KubernetesObject.GetString(MetadataRules.Of(live), "resourceVersion");
        var next = await change(live, stored);
        var metadata = MetadataRules.Of(next);
        var insists = CheckVersion(request, KubernetesObject.GetString(metadata, "resourceVersion") ?? string.Empty, liveVersion!);
        metadata["resourceVersion"] = liveVersion;
        next = _preparation.Complete(request, live, next);
        await _cluster.Admission.ValidateAsync(AdmissionRequest.Of(request, view?.Invoke(live) ?? live, view?.Invoke(next) ?? next));
        if (FieldManagement.IsNoOp(new(live), new(next)))
        {
            return WriteOutcome.Of(200, stored);
        }

        if (request.DryRun)
        {
            return WriteOutcome.Of(200, next);
        }

        var table = _cluster.Store.Table(request.Resource.Storage);
        if (DeletionRules.IsReleased(next))
        {
            // What is answered is the state without finalizers; what watches see is the last state that was stored.
            return Written(request, _cluster.Store.TryDelete(table, stored)) is not null ? WriteOutcome.Of(200, next) : Retry(request, insists);
        }

        return Written(request, _cluster.Store.TryReplace(table, stored, request.Resource.Draft(next))) is { } replaced
            ? WriteOutcome.Of(200, replaced)
            : Retry(request, insists);
    }

    private StoredObject? Written(WriteRequest request, StoredObject? written)
    {
        if (written is not null)
        {
            _cluster.Definitions.OnWritten(request.Resource, written.Name);
        }

        return written;
    }

    private static WriteOutcome? Retry(WriteRequest request, bool insists) =>
        insists ? throw ApiError.Modified(request.Resource.Storage, request.Name) : null;

    /// <summary>An unset version is no condition; patches carry the live one along, which is none either.</summary>
    private static bool CheckVersion(WriteRequest request, string wanted, string live)
    {
        if (wanted == live)
        {
            return request.Context.Http.Request.Method == "PUT";
        }

        if (wanted.Length == 0 || wanted == "0")
        {
            return request.Context.Http.Request.Method == "PUT" && request.Subresource != "scale" && KindRules.NeedsVersion(request.Resource)
                ? throw ApiError.Invalid(request.Resource.Group, request.Resource.Plural, request.Name, new StatusCause(
                    "FieldValueInvalid", "Invalid value: 0: must be specified for an update", "metadata.resourceVersion"))
                : false;
        }

        throw ulong.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? ApiError.Modified(request.Resource.Storage, request.Name)
            : new ApiError(500, string.Empty, $"strconv.ParseUint: parsing \"{wanted}\": invalid syntax");
    }

    private static void CheckUid(WriteRequest request, JsonObject body, StoredObject stored)
    {
        if (KubernetesObject.GetString(body["metadata"] as JsonObject, "uid") is { Length: > 0 } uid && uid != stored.Uid)
        {
            throw ApiError.Conflict(
                request.Resource.Storage, request.Name,
                $"Precondition failed: UID in precondition: {uid}, UID in object meta: {stored.Uid}");
        }
    }
}

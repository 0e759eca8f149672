using System.Buffers;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Authorization;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Http;

/// <summary>Everything that can be done with a resource, but for watching it.</summary>
internal sealed class ResourceHandler
{
    private readonly Cluster _cluster;
    private readonly ObjectWriter _writer;
    private readonly ObjectDeleter _deleter;
    private readonly Reviews _reviews;

    public ResourceHandler(Cluster cluster, Reviews reviews)
    {
        (_cluster, _reviews) = (cluster, reviews);
        (_writer, _deleter) = (cluster.Writer, cluster.Deleter);
    }

    /// <exception cref="ApiError">The request is refused.</exception>
    public Task HandleAsync(ApiContext context, ServedResource resource, RequestPath path)
    {
        CheckPath(context, resource, path);
        return (context.Http.Request.Method, path.Subresource, path.Name.Length > 0) switch
        {
            (_, "scale", true) => new ScaleHandler(_writer).HandleAsync(context, resource, path),
            ("GET" or "HEAD", "" or "status", true) => GetAsync(context, resource, path),
            ("GET" or "HEAD", "", false) => ListHandler.HandleAsync(context, resource, path),
            ("POST", "", false) => CreateAsync(context, resource, path),
            ("POST", "eviction", true) => EvictAsync(context, resource, path),
            ("PUT", "finalize", true) => FinalizeAsync(context, resource, path),
            ("PUT", _, true) => ReplaceAsync(context, resource, path),
            ("PATCH", _, true) => PatchAsync(context, resource, path),
            ("DELETE", "", true) => DeleteAsync(context, resource, path),
            ("DELETE", "", false) => DeleteCollectionAsync(context, resource, path),
            _ => throw ApiError.MethodNotAllowed(),
        };
    }

    private static void CheckPath(ApiContext context, ServedResource resource, RequestPath path)
    {
        var isNamespaced = path.Namespace is not null;
        var reachesAllNamespaces = !isNamespaced && path.Name.Length == 0 && context.Http.Request.Method is "GET" or "HEAD";
        if (path.Subresource.Length > 0 && resource.Subresource(path.Subresource) is null)
        {
            throw resource.Custom is not null && path.Subresource is "status" or "scale"
                ? ApiError.NotFound(resource.Storage, path.Name)
                : ApiError.PathNotFound();
        }

        if (resource.Namespaced != isNamespaced && !reachesAllNamespaces)
        {
            throw path.Name.Length == 0 && resource.Namespaced && resource.Can("list") ? ApiError.MethodNotAllowed() : ApiError.PathNotFound();
        }

        var verb = context.Record.Verb == "apply" ? "patch" : context.Record.Verb;
        var verbs = path.Subresource.Length > 0 ? resource.Subresource(path.Subresource)!.Verbs : resource.Verbs;
        if (!verbs.Contains(verb, StringComparer.Ordinal) && resource.Custom is null)
        {
            throw ApiError.MethodNotAllowed();
        }
    }

    private static async Task AnswerAsync(ApiContext context, ServedResource resource, WriteOutcome outcome)
    {
        if (outcome.Stored is { } stored)
        {
            await AnswerAsync(context, resource, outcome.Status, stored);
        }
        else
        {
            await context.AnswerAsync(outcome.Status, outcome.Json!);
        }
    }

    private static Task AnswerAsync(ApiContext context, ServedResource resource, int status, StoredObject stored)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        switch (context.Form)
        {
            case AnswerForm.MetadataList:
                throw ApiError.NotAcceptable($"you requested PartialObjectMetadataList, but the requested object is not a list (*{resource.Kind})");
            case AnswerForm.Metadata:
                stored.WriteMetadataTo(output, ListHandler.PartialHead);
                break;
            case AnswerForm.Table:
                TableWriter.Of(context, resource).WriteTo(output, stored, withColumns: true);
                break;
            default:
                resource.Write(stored, output);
                break;
        }

        return context.AnswerAsync(status, output.WrittenMemory);
    }

    private async Task GetAsync(ApiContext context, ServedResource resource, RequestPath path)
    {
        if (context.Query("resourceVersion") is { Length: > 0 } text && text != "0")
        {
            await ResourceVersions.WaitUntilReachedAsync(context, ResourceVersions.ParseOne(text));
        }

        var stored = _cluster.Find(resource, path.Namespace ?? string.Empty, path.Name) ?? throw ApiError.NotFound(resource.Storage, path.Name);
        await AnswerAsync(context, resource, 200, stored);
    }

    private async Task CreateAsync(ApiContext context, ServedResource resource, RequestPath path)
    {
        var request = WriteRequest.Parse(context, resource, path);
        var body = await RequestBody.ReadObjectAsync(context);
        if (Reviews.IsReview(resource))
        {
            await context.AnswerAsync(201, _reviews.Answer(request, body));
            return;
        }

        await AnswerAsync(context, resource, await _writer.CreateAsync(request, body));
    }

    private async Task EvictAsync(ApiContext context, ServedResource resource, RequestPath path) =>
        await new EvictionHandler(_cluster).HandleAsync(context, resource, path, await RequestBody.ReadObjectAsync(context));

    private async Task ReplaceAsync(ApiContext context, ServedResource resource, RequestPath path)
    {
        var request = WriteRequest.Parse(context, resource, path);
        await AnswerAsync(context, resource, await _writer.ReplaceAsync(request, await RequestBody.ReadObjectAsync(context)));
    }

    private async Task PatchAsync(ApiContext context, ServedResource resource, RequestPath path)
    {
        var request = WriteRequest.Parse(context, resource, path);
        var type = PatchBody.TypeOf(context, resource);
        var body = await context.ReadBodyAsync();
        if (type == MediaTypes.Apply)
        {
            request.CheckApply();
            var applied = RequestBody.ReadObject(body, allowYaml: true, context.BodyMistakes);
            request.Report(context.BodyMistakes);
            await AnswerAsync(context, resource, await _writer.ApplyAsync(request, applied));
            return;
        }

        request.CheckNoForce();
        if (request.Find() is null)
        {
            throw request.NotFound();
        }

        var patch = RequestBody.Read(body, allowYaml: false, context.BodyMistakes);
        var schema = _cluster.Schemas.Find(resource.GroupVersionKind);
        await AnswerAsync(context, resource, await _writer.PatchAsync(request, live => PatchBody.Apply(type, live, patch, schema)));
    }

    private async Task DeleteAsync(ApiContext context, ServedResource resource, RequestPath path)
    {
        var options = DeletionOptions.Parse(context, await RequestBody.ReadDeletionAsync(context));
        if (options.Propagation is null && resource.Storage == KindRules.Jobs)
        {
            context.Warn("child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set "
                + "propagationPolicy=Orphan to suppress this warning");
        }

        await AnswerAsync(context, resource, await _deleter.DeleteAsync(context, resource, path, path.Name, options));
    }

    private async Task DeleteCollectionAsync(ApiContext context, ServedResource resource, RequestPath path)
    {
        var selection = Selection.Parse(resource, path, context.Query("labelSelector"), context.Query("fieldSelector"));
        var options = DeletionOptions.Parse(context, await RequestBody.ReadDeletionAsync(context));
        var snapshot = _cluster.Store.Take(_cluster.Store.Table(resource.Storage));
        var page = Page.Take(snapshot, selection, null, (int)Math.Clamp(ListParameters.Number(context, "limit") ?? 0, 0, int.MaxValue));
        foreach (var stored in page.Items)
        {
            try
            {
                await _deleter.DeleteAsync(context, resource, path with { Namespace = resource.Namespaced ? stored.Namespace : null }, stored.Name, options);
            }
            catch (ApiError error) when (error.Code == 404)
            {
                // Somebody else deleted it meanwhile: that is what was asked for.
            }
        }

        await context.AnswerAsync(200, ListHandler.Write(resource, snapshot, page, metadataOnly: false));
    }

    /// <summary>The only way to change a namespace's own finalizers.</summary>
    private async Task FinalizeAsync(ApiContext context, ServedResource resource, RequestPath path)
    {
        var body = await RequestBody.ReadObjectAsync(context);
        if (KubernetesObject.GetString(body["metadata"] as JsonObject, "name") is { Length: > 0 } name && name != path.Name)
        {
            throw ApiError.BadRequest($"the name of the object ({name}) does not match the name on the URL ({path.Name})");
        }

        var finalizers = (body["spec"] as JsonObject)?["finalizers"] as JsonArray ?? [];
        var changed = _writer.Adjust(resource, string.Empty, path.Name, json =>
        {
            json["spec"] = finalizers.Count == 0 ? [] : new JsonObject { ["finalizers"] = finalizers.DeepClone() };
            return true;
        });
        await AnswerAsync(context, resource, 200, changed ?? throw ApiError.NotFound(resource.Storage, path.Name));
    }
}

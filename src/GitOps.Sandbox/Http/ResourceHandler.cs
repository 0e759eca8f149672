using System.Buffers;
using System.Text.Json.Nodes;
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
            throw ApiError.PathNotFound();
        }

        if (resource.Namespaced != isNamespaced && !reachesAllNamespaces)
        {
            throw path.Name.Length == 0 && resource.Namespaced ? ApiError.MethodNotAllowed() : ApiError.PathNotFound();
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
            case AnswerForm.MetadataOnly:
                stored.WriteMetadataTo(output, ListHandler.PartialHead);
                break;
            case AnswerForm.Table:
                return context.AnswerAsync(
                    status, TableWriter.Write(resource, stored.ResourceVersion, new([stored], null, null), context.Cluster.Options.TimeProvider.GetUtcNow()));
            default:
                resource.Write(stored, output);
                break;
        }

        return context.AnswerAsync(status, output.WrittenMemory);
    }

    private static async Task<JsonObject> ReadBodyAsync(ApiContext context)
    {
        var type = MediaTypes.Of(context.Http.Request.ContentType);
        if (type is not (MediaTypes.Json or MediaTypes.Yaml))
        {
            throw ApiError.UnsupportedMediaType(
                $"the body of the request was in an unknown format - accepted media types include: {MediaTypes.Json}, {MediaTypes.Yaml}");
        }

        return RequestBody.ReadObject(await context.ReadBodyAsync(), type == MediaTypes.Yaml);
    }

    private async Task GetAsync(ApiContext context, ServedResource resource, RequestPath path)
    {
        if (context.Query("resourceVersion") is { Length: > 0 } text && text != "0")
        {
            await ResourceVersions.WaitUntilReachedAsync(context, ResourceVersions.Parse(text));
        }

        var stored = _cluster.Find(resource, path.Namespace ?? string.Empty, path.Name) ?? throw ApiError.NotFound(resource.Storage, path.Name);
        await AnswerAsync(context, resource, 200, stored);
    }

    private async Task CreateAsync(ApiContext context, ServedResource resource, RequestPath path)
    {
        var request = WriteRequest.Parse(context, resource, path);
        var body = await ReadBodyAsync(context);
        if (Reviews.IsReview(resource))
        {
            await context.AnswerAsync(201, _reviews.Answer(request, body));
            return;
        }

        await AnswerAsync(context, resource, _writer.Create(request, body));
    }

    private async Task ReplaceAsync(ApiContext context, ServedResource resource, RequestPath path)
    {
        var request = WriteRequest.Parse(context, resource, path);
        await AnswerAsync(context, resource, _writer.Replace(request, await ReadBodyAsync(context)));
    }

    private async Task PatchAsync(ApiContext context, ServedResource resource, RequestPath path)
    {
        var request = WriteRequest.Parse(context, resource, path);
        var type = PatchBody.TypeOf(context, resource);
        var body = await context.ReadBodyAsync();
        if (type == MediaTypes.Apply)
        {
            request.CheckApply();
            await AnswerAsync(context, resource, _writer.Apply(request, RequestBody.ReadObject(body, allowYaml: true)));
            return;
        }

        request.CheckNoForce();
        var patch = RequestBody.Read(body, allowYaml: false);
        var schema = _cluster.Schemas.Find(resource.GroupVersionKind);
        await AnswerAsync(context, resource, _writer.Patch(request, live => PatchBody.Apply(type, live, patch, schema)));
    }

    private async Task DeleteAsync(ApiContext context, ServedResource resource, RequestPath path)
    {
        var options = DeletionOptions.Parse(context, await ReadDeletionAsync(context));
        await AnswerAsync(context, resource, _deleter.Delete(resource, path.Namespace ?? string.Empty, path.Name, options));
    }

    private async Task DeleteCollectionAsync(ApiContext context, ServedResource resource, RequestPath path)
    {
        var selection = Selection.Parse(resource, path, context.Query("labelSelector"), context.Query("fieldSelector"));
        var options = DeletionOptions.Parse(context, await ReadDeletionAsync(context));
        var snapshot = _cluster.Store.Take(_cluster.Store.Table(resource.Storage));
        var page = Page.Take(snapshot, selection, null, 0);
        foreach (var stored in page.Items)
        {
            try
            {
                _deleter.Delete(resource, stored.Namespace, stored.Name, options);
            }
            catch (ApiError error) when (error.Code == 404)
            {
                // Somebody else deleted it meanwhile: that is what was asked for.
            }
        }

        await context.AnswerAsync(200, ListHandler.Write(resource, snapshot, page, AnswerForm.Whole, _cluster.Options.TimeProvider));
    }

    /// <summary>The only way to change a namespace's own finalizers.</summary>
    private async Task FinalizeAsync(ApiContext context, ServedResource resource, RequestPath path)
    {
        var body = await ReadBodyAsync(context);
        var finalizers = body["spec"]?["finalizers"] as JsonArray ?? [];
        var changed = _writer.Adjust(resource, string.Empty, path.Name, json =>
        {
            json["spec"] = finalizers.Count == 0 ? [] : new JsonObject { ["finalizers"] = finalizers.DeepClone() };
            return true;
        });
        await AnswerAsync(context, resource, 200, changed ?? throw ApiError.NotFound(resource.Storage, path.Name));
    }

    private static async Task<JsonObject?> ReadDeletionAsync(ApiContext context)
    {
        var body = await context.ReadBodyAsync();
        return body.IsEmpty || MediaTypes.Of(context.Http.Request.ContentType) != MediaTypes.Json ? null : RequestBody.ReadObject(body, allowYaml: false);
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.OpenApi;

namespace GitOps.Sandbox.Http;

/// <summary>Serves the OpenAPI documents: the index names each with its hash, and with its hash a document may be kept for ever.</summary>
internal static class OpenApiHandler
{
    private const string Root = "/openapi/v3";
    private const string SwaggerRoot = "/openapi/v2";
    private const string SwaggerProtobuf = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
    private const string Immutable = "public, immutable";

    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(365);

    /// <returns>False: there is no such document.</returns>
    public static async Task<bool> TryAnswerAsync(ApiContext context, string path)
    {
        var catalog = OpenApiCatalog.Of(context.Cluster.Catalog);
        if (path == SwaggerRoot)
        {
            await AnswerSwaggerAsync(context, catalog);
            return true;
        }

        var documents = catalog.Documents;
        if (path == Root)
        {
            var paths = documents.Select(static document => KeyValuePair.Create(
                document.Key, (JsonNode?)new JsonObject { ["serverRelativeURL"] = $"{Root}/{document.Key}?hash={document.Value.Hash}" }));
            await context.AnswerAsync(200, KubernetesJson.ToUtf8(new JsonObject { ["paths"] = new JsonObject(paths) }), "text/plain; charset=utf-8");
            return true;
        }

        if (!path.StartsWith(Root + "/", StringComparison.Ordinal) || !documents.TryGetValue(path[(Root.Length + 1)..], out var found))
        {
            return false;
        }

        await AnswerAsync(context, path, found);
        return true;
    }

    private static async Task AnswerSwaggerAsync(ApiContext context, OpenApiCatalog catalog)
    {
        var asProtobuf = context.Http.Request.Headers.Accept.ToString().Split(',')[0].Trim() == SwaggerProtobuf;
        if (!asProtobuf)
        {
            CheckAccept(context);
        }

        var tag = $"\"{catalog.Swagger.Hash}\"";
        context.Http.Response.Headers.ETag = tag;
        context.Http.Response.Headers.Vary = "Accept";
        if (IsKnown(context, tag))
        {
            context.BeginAnswer(304);
            return;
        }

        // The media type of the answer differs from the one asked for, as it does at a real server: the first cannot be parsed.
        await context.AnswerAsync(
            200, asProtobuf ? catalog.SwaggerBytes.Value : catalog.Swagger.Body,
            asProtobuf ? SwaggerProtobuf.Replace('@', '.') : MediaTypes.Json);
    }

    private static bool IsKnown(ApiContext context, string tag) =>
        context.Http.Request.Headers.IfNoneMatch.Any(wanted => wanted?.Contains(tag, StringComparison.Ordinal) == true);

    private static async Task AnswerAsync(ApiContext context, string path, OpenApiCatalog.Entry document)
    {
        CheckAccept(context);
        var headers = context.Http.Response.Headers;
        var tag = $"\"{document.Hash}\"";
        headers.ETag = tag;
        headers.Vary = "Accept";
        if (context.Query("hash") is { Length: > 0 } hash)
        {
            if (hash != document.Hash)
            {
                headers.Location = $"{path}?hash={document.Hash}";
                context.BeginAnswer(301);
                return;
            }

            headers.Expires = context.Cluster.Options.TimeProvider.GetUtcNow().Add(Lifetime).ToString("R", CultureInfo.InvariantCulture);
            context.CacheControl = Immutable;
        }

        if (IsKnown(context, tag))
        {
            context.BeginAnswer(304);
            return;
        }

        await context.AnswerAsync(200, document.Body);
    }

    /// <exception cref="ApiError">406: it takes none but forms that are not served.</exception>
    private static void CheckAccept(ApiContext context)
    {
        var accept = context.Http.Request.Headers.Accept.ToString();
        if (accept.Length > 0 && !accept.Split(',').Any(static item => item.Split(';')[0].Trim() is MediaTypes.Json or "application/*" or MediaTypes.Any))
        {
            throw ApiError.NotAcceptable("only the following media types are accepted: application/json");
        }
    }
}

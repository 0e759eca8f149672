using System.Buffers;
using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Apply;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Registry;

namespace GitOps.Sandbox.Http;

/// <summary>The scale subresource: replicas as an object of its own.</summary>
internal sealed class ScaleHandler
{
    private readonly ObjectWriter _writer;

    public ScaleHandler(ObjectWriter writer) => _writer = writer;

    public async Task HandleAsync(ApiContext context, ServedResource resource, RequestPath path)
    {
        var request = WriteRequest.Parse(context, resource, path);
        var paths = resource.Custom?.Scale ?? ScalePaths.BuiltIn;
        if (context.Http.Request.Method is "GET" or "HEAD")
        {
            var stored = request.Find() ?? throw request.NotFound();
            await AnswerAsync(context, resource, ToScale(resource.Read(stored), paths));
            return;
        }

        Func<JsonObject, JsonObject> change = context.Http.Request.Method == "PUT"
            ? Replacement(await RequestBody.ReadObjectAsync(context))
            : Patch(PatchBody.TypeOf(context, resource), RequestBody.Read(await context.ReadBodyAsync(), allowYaml: true));
        var outcome = await _writer.ScaleAsync(request, paths, live => ToScale(live, paths), change, scale => Wanted(request, scale));
        await AnswerAsync(context, resource, ToScale(outcome.Json ?? resource.Read(outcome.Stored!), paths));
    }

    private static async Task AnswerAsync(ApiContext context, ServedResource resource, JsonObject scale)
    {
        if (context.Form != AnswerForm.Table)
        {
            await context.AnswerAsync(200, scale);
            return;
        }

        var output = new ArrayBufferWriter<byte>();
        TableWriter.OfScale(context, resource).WriteTo(output, scale, withColumns: true);
        await context.AnswerAsync(200, output.WrittenMemory);
    }

    private static Func<JsonObject, JsonObject> Replacement(JsonObject body) => _ => (JsonObject)body.DeepClone();

    private static Func<JsonObject, JsonObject> Patch(string type, JsonNode? patch) => scale => type == MediaTypes.Apply
        ? MergePatch.Apply(scale, patch)
        : PatchBody.Apply(type, scale, patch, null);

    private static ScaleChange Wanted(WriteRequest request, JsonObject scale)
    {
        if (KubernetesObject.GetString(scale["metadata"] as JsonObject, "name") is { Length: > 0 } name && name != request.Name)
        {
            throw ApiError.BadRequest($"the name of the object ({name}) does not match the name on the URL ({request.Name})");
        }

        var replicas = KubernetesObject.GetInt64(scale["spec"] as JsonObject, "replicas") ?? 0;
        if (replicas < 0)
        {
            throw ApiError.Invalid("autoscaling", "Scale", request.Name, new StatusCause(
                "FieldValueInvalid", $"Invalid value: {replicas.ToString(CultureInfo.InvariantCulture)}: must be greater than or equal to 0", "spec.replicas"));
        }

        return new(replicas, KubernetesObject.GetString(scale["metadata"] as JsonObject, "resourceVersion"));
    }

    private static JsonObject ToScale(JsonObject json, ScalePaths paths)
    {
        var metadata = MetadataRules.Of(json);
        var scale = new JsonObject
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = new JsonObject(),
            ["spec"] = new JsonObject(),
            ["status"] = new JsonObject { ["replicas"] = Number(json, paths.StatusReplicas) },
        };
        foreach (var name in (ReadOnlySpan<string>)["name", "namespace", "uid", "resourceVersion", "creationTimestamp"])
        {
            if (metadata[name] is { } value)
            {
                scale["metadata"]![name] = value.DeepClone();
            }
        }

        if (Number(json, paths.SpecReplicas) is var wanted and not 0)
        {
            scale["spec"]!["replicas"] = wanted;
        }

        if (SelectorText(new KubernetesObject(json).At(paths.Selector.AsSpan())) is { Length: > 0 } selector && !paths.Selector.IsEmpty)
        {
            scale["status"]!["selector"] = selector;
        }

        return scale;
    }

    private static long Number(JsonObject json, IReadOnlyList<string> path) =>
        KubernetesObject.TryGetInt64(new KubernetesObject(json).At([.. path]), out var number) ? number : 0;

    private static string SelectorText(JsonNode? selector)
    {
        switch (selector)
        {
            case JsonValue value when value.TryGetValue(out string? text):
                return text;
            case JsonObject fields when fields["matchLabels"] is JsonObject || fields["matchExpressions"] is JsonArray:
                return string.Join(',', Terms(fields).Order(StringComparer.Ordinal));
            case JsonObject labels:
                return string.Join(',', Pairs(labels).Order(StringComparer.Ordinal));
            default:
                return string.Empty;
        }
    }

    private static IEnumerable<string> Pairs(JsonObject? labels) => labels?.Select(static label => $"{label.Key}={label.Value}") ?? [];

    private static IEnumerable<string> Terms(JsonObject selector) =>
        Pairs(selector["matchLabels"] as JsonObject).Concat((selector["matchExpressions"] as JsonArray ?? []).OfType<JsonObject>().Select(Term));

    private static string Term(JsonObject expression)
    {
        var key = KubernetesObject.GetString(expression, "key");
        var values = string.Join(',', (expression["values"] as JsonArray ?? []).Select(static value => value?.ToString()));
        return KubernetesObject.GetString(expression, "operator") switch
        {
            "In" => $"{key} in ({values})",
            "NotIn" => $"{key} notin ({values})",
            "DoesNotExist" => $"!{key}",
            _ => $"{key}",
        };
    }
}

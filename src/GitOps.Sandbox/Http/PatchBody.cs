using System.Text.Json.Nodes;
using GitOps.Sandbox.Apply;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Http;

/// <summary>The four kinds of patches, told by their media type.</summary>
internal static class PatchBody
{
    /// <exception cref="ApiError">415: not one that this resource takes.</exception>
    public static string TypeOf(ApiContext context, ServedResource resource)
    {
        var type = MediaTypes.Of(context.Http.Request.ContentType);
        string[] accepted = resource.Custom is null
            ? [MediaTypes.JsonPatch, MediaTypes.MergePatch, MediaTypes.StrategicMergePatch, MediaTypes.Apply]
            : [MediaTypes.JsonPatch, MediaTypes.MergePatch, MediaTypes.Apply];
        return accepted.Contains(type, StringComparer.Ordinal)
            ? type
            : throw (resource.Custom is null ? ApiError.UnsupportedPatch : (Func<string, ApiError>)ApiError.UnsupportedMediaType)(
                $"the body of the request was in an unknown format - accepted media types include: {string.Join(", ", accepted)}");
    }

    /// <summary>The patched object.</summary>
    public static JsonObject Apply(string type, JsonObject live, JsonNode? patch, TypeSchema? schema) => type switch
    {
        MediaTypes.JsonPatch => JsonPatchDocument.Apply(live, patch),
        MediaTypes.MergePatch => MergePatch.Apply(live, patch),
        _ => StrategicMergePatch.Apply(live, patch, schema ?? TypeSchema.Untyped),
    };
}

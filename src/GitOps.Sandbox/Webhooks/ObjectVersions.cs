using System.Text.Json.Nodes;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Registry;

namespace GitOps.Sandbox.Webhooks;

/// <summary>An object of a request in another version of its resource, and back.</summary>
internal static class ObjectVersions
{
    /// <returns>The object itself if the version is the request's own, or the object is of a subresource's kind.</returns>
    public static JsonObject? Convert(AdmissionRequest request, JsonObject? json, ServedResource to) =>
        json is null || to == request.Resource || request.Kind != request.Resource.GroupVersionKind ? json : Convert(json, request.Resource, to);

    /// <summary>What <see cref="Convert(AdmissionRequest, JsonObject?, ServedResource)"/> made, in the request's version again.</summary>
    public static JsonObject ConvertBack(AdmissionRequest request, JsonObject json, ServedResource from) =>
        from == request.Resource || request.Kind != request.Resource.GroupVersionKind ? json : Convert(json, from, request.Resource);

    private static JsonObject Convert(JsonObject json, ServedResource from, ServedResource to)
    {
        var converted = to.Read(from.Draft(json));
        var metadata = MetadataRules.Of(converted);
        metadata.Remove("resourceVersion");
        if (json["metadata"]?["resourceVersion"] is { } version)
        {
            metadata["resourceVersion"] = version.DeepClone();
        }

        return converted;
    }
}

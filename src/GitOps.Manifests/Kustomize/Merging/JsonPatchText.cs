using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Merging;

/// <summary>JSON patches as they are written in files: JSON if the text begins with a bracket, else YAML.</summary>
internal static class JsonPatchText
{
    /// <exception cref="KustomizeException">It is no JSON patch.</exception>
    public static JsonPatch Read(string text) => JsonPatch.Read(ReadValue(text));

    /// <exception cref="KustomizeException">An operation cannot be applied.</exception>
    public static void Apply(JsonPatch patch, Resource resource)
    {
        var id = resource.CurrentId;
        var json = NodeJson.ToJson(resource.Node)!;
        if (resource.HasHistory && json["metadata"] is JsonObject metadata)
        {
            // kustomize keeps the history among the annotations, so that a patch can count on the map.
            metadata["annotations"] ??= new JsonObject();
        }

        try
        {
            var (values, characters, _) = resource.Node.Measure();
            BuildWork.Spend((values * 50) + characters);
            json = patch.Apply(json);
            if (json is not JsonObject)
            {
                throw new KustomizeException("the JSON patch puts a list in the place of the object");
            }

            if (json["metadata"] is JsonObject patched && patched["annotations"] is JsonObject { Count: 0 })
            {
                patched.Remove("annotations");
            }

            resource.Node.Become(NodeJson.OfJson(json));
        }
        catch (KustomizeException exception)
        {
            throw new KustomizeException($"{id}: {exception.Message}", exception);
        }

        if (patch.ReplacesAnnotations)
        {
            // kustomize keeps the origins there, and so forgets them.
            (resource.Origin, resource.Transformations) = (null, []);
        }
    }

    private static JsonNode? ReadValue(string text)
    {
        if (text.StartsWith('['))
        {
            try
            {
                var json = KubernetesJson.Parse(text);

                // What cannot be read is found when it is looked at.
                JsonPatch.Measure(json);
                return json;
            }
            catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
            {
                throw new KustomizeException("malformed JSON: a key is written twice, or half of a surrogate pair is escaped", exception);
            }
            catch (JsonException exception)
            {
                throw new KustomizeException($"malformed JSON: {exception.Message}", exception);
            }
        }

        return ConfigText.Read(text);
    }
}

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
        try
        {
            resource.Node.Become(NodeJson.OfJson(patch.Apply(NodeJson.ToJson(resource.Node)!)));
        }
        catch (KustomizeException exception)
        {
            throw new KustomizeException($"{id}: {exception.Message}", exception);
        }
    }

    private static JsonNode? ReadValue(string text)
    {
        if (text.StartsWith('['))
        {
            try
            {
                return KubernetesJson.Parse(text);
            }
            catch (JsonException exception)
            {
                throw new KustomizeException($"malformed JSON: {exception.Message}", exception);
            }
        }

        return ConfigText.Read(text);
    }
}

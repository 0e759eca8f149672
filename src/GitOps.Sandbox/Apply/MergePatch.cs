using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;

namespace GitOps.Sandbox.Apply;

/// <summary>JSON merge patch (RFC 7386).</summary>
internal static class MergePatch
{
    /// <summary>The patched object; it shares nothing with the target and the patch, which are not changed.</summary>
    /// <exception cref="ApiException">400: the patch is not an object.</exception>
    public static JsonObject Apply(JsonObject target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            throw ApplyErrors.BadRequest("error decoding patch: a merge patch is a JSON object");
        }

        var result = (JsonObject)target.DeepClone();
        Merge(result, changes);
        return result;
    }

    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            switch (value)
            {
                case null:
                    target.Remove(name);
                    break;
                case JsonObject changes:
                    if (target[name] is not JsonObject inner)
                    {
                        target[name] = inner = [];
                    }

                    Merge(inner, changes);
                    break;
                default:
                    target[name] = value.DeepClone();
                    break;
            }
        }
    }
}

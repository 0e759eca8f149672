using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Reconcile;

/// <summary>What is read off a manifest for the status.</summary>
internal static class ManifestMarks
{
    /// <summary>The images of all containers, wherever a pod template stands in the object.</summary>
    public static void CollectImages(JsonNode? node, ISet<string> images)
    {
        switch (node)
        {
            case JsonObject fields:
                foreach (var (name, value) in fields)
                {
                    if (name is "containers" or "initContainers" && value is JsonArray containers)
                    {
                        foreach (var container in containers.OfType<JsonObject>())
                        {
                            if (KubernetesObject.GetString(container, "image") is { Length: > 0 } image)
                            {
                                images.Add(image);
                            }
                        }
                    }
                    else
                    {
                        CollectImages(value, images);
                    }
                }

                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    CollectImages(item, images);
                }

                break;
            default:
                break;
        }
    }
}

using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile;

/// <summary>
/// What annotations of a manifest ask for that this operator does not do. A hook is refused: applied as an ordinary object it
/// would run at the wrong time. What only changes the order or the display is said as a warning.
/// </summary>
internal static class ManifestMarks
{
    private const string HelmHook = "helm.sh/hook";

    private static readonly string[] ObjectOptions = ["Prune", "Delete", "ServerSideApply", "Validate"];

    /// <summary>Why the object cannot be applied as it is; null if it can.</summary>
    public static string? Refusal(KubernetesObject rendered)
    {
        var hook = Annotations.Find(rendered, Annotations.Hook) ?? rendered.Annotation(HelmHook);
        return hook is null
            ? null
            : $"{rendered} is a hook ({hook}); hooks are not supported yet: remove the annotation, or keep the object out of this directory";
    }

    /// <summary>What is not acted on, a sentence each.</summary>
    public static IEnumerable<string> Warnings(KubernetesObject rendered)
    {
        foreach (var name in new[] { Annotations.SyncWave, Annotations.CompareOptions, Annotations.IgnoreHealthCheck })
        {
            if (Annotations.Find(rendered, name) is { } value && !(name == Annotations.SyncWave && value.Trim() == "0"))
            {
                yield return $"{rendered}: the annotation {name} is not supported yet and has no effect";
            }
        }

        foreach (var item in (Annotations.Find(rendered, Annotations.SyncOptions) ?? string.Empty)
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var option = item.Split('=')[0];
            if (!ObjectOptions.Contains(option, StringComparer.Ordinal))
            {
                yield return $"{rendered}: the sync option {option} is not supported yet on an object and has no effect";
            }
        }
    }

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

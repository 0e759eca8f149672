using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Tests.Syncing.Bed;

/// <summary>
/// Manifests in a few words: <c>Job migrate hook=PreSync wave=-1 policy=HookFailed image=2 opt=Prune=false ns=other</c>.
/// <c>a:NAME=VALUE</c> is an annotation, <c>gen</c> makes the name a generateName, and what begins with a brace is JSON.
/// </summary>
internal static class ManifestText
{
    /// <summary>Some, with semicolons between.</summary>
    public static IEnumerable<JsonObject> ParseAll(string text) =>
        text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Parse);

    public static JsonObject Parse(string text)
    {
        if (text.StartsWith('{'))
        {
            return KubernetesJson.ParseObject(text);
        }

        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var metadata = new JsonObject { ["name"] = words[1] };
        var annotations = new JsonObject();
        var value = "1";
        foreach (var word in words[2..])
        {
            var (name, content) = word.Split('=', 2) is [var left, var right] ? (left, right) : (word, string.Empty);
            switch (name)
            {
                case "gen":
                    metadata = new JsonObject { ["generateName"] = words[1] };
                    break;
                case "ns":
                    metadata["namespace"] = content;
                    break;
                case "value":
                    value = content;
                    break;
                case "wave":
                    annotations["argocd.argoproj.io/sync-wave"] = content;
                    break;
                case "hook":
                    annotations["argocd.argoproj.io/hook"] = content;
                    break;
                case "policy":
                    annotations["argocd.argoproj.io/hook-delete-policy"] = content;
                    break;
                case "opt":
                    annotations["argocd.argoproj.io/sync-options"] = content;
                    break;
                case "finalizer":
                    metadata["finalizers"] = new JsonArray(content);
                    break;
                case var annotation when annotation.StartsWith("a:", StringComparison.Ordinal):
                    annotations[annotation[2..]] = content;
                    break;
                default:
                    throw new InvalidOperationException($"'{word}' says nothing of a manifest: {text}");
            }
        }

        if (annotations.Count > 0)
        {
            metadata["annotations"] = annotations;
        }

        var manifest = Body(words[0], value);
        manifest["kind"] = words[0];
        manifest["metadata"] = metadata;
        return manifest;
    }

    private static JsonObject Body(string kind, string value) => kind switch
    {
        "ConfigMap" => new() { ["apiVersion"] = "v1", ["data"] = new JsonObject { ["value"] = value } },
        "Secret" => new() { ["apiVersion"] = "v1", ["data"] = new JsonObject { ["value"] = "cGFzc3dvcmQ=" } },
        "Namespace" or "ServiceAccount" => new() { ["apiVersion"] = "v1" },
        "Pod" => new() { ["apiVersion"] = "v1", ["spec"] = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "run", ["image"] = value }) } },
        "Role" => new() { ["apiVersion"] = "rbac.authorization.k8s.io/v1", ["rules"] = new JsonArray() },
        "Deployment" => new() { ["apiVersion"] = "apps/v1", ["spec"] = new JsonObject { ["replicas"] = int.Parse(value, System.Globalization.CultureInfo.InvariantCulture) } },
        "Job" => new() { ["apiVersion"] = "batch/v1", ["spec"] = new JsonObject { ["template"] = new JsonObject { ["image"] = value } } },
        "Widget" => new() { ["apiVersion"] = "example.com/v1", ["spec"] = new JsonObject { ["size"] = value } },
        "CustomResourceDefinition" => new()
        {
            ["apiVersion"] = "apiextensions.k8s.io/v1",
            ["spec"] = new JsonObject
            {
                ["group"] = "example.com",
                ["scope"] = "Namespaced",
                ["names"] = new JsonObject { ["kind"] = "Widget", ["plural"] = "widgets" },
                ["versions"] = new JsonArray(new JsonObject { ["name"] = "v1", ["served"] = true, ["storage"] = true }),
            },
        },
        _ => throw new InvalidOperationException($"there is no short form of a {kind}"),
    };
}

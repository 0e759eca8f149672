using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Operator.Model.Ignoring;

namespace GitOps.Operator.Diff.Ignoring;

/// <summary>From the steps of managedFields, which know items by their keys, to those of JSON, and along them.</summary>
internal static class Steps
{
    /// <summary>The step in an object; in a manifest, whose items may leave out keys that have a default, the one that fits best.</summary>
    /// <returns>Null: it leads nowhere.</returns>
    public static JsonStep? Of(PathElement element, JsonNode? parent, bool isManifest = false)
    {
        switch (element.Kind)
        {
            case PathElementKind.Field:
                return JsonStep.Field(element.Content);
            case PathElementKind.Key when parent is JsonArray items:
                var key = ListKey.Of(element.Text);
                return At(isManifest
                    ? key.BestOf(items) is { } best ? items.IndexOf(best) : -1
                    : IndexOf(items, key));
            case PathElementKind.Value when parent is JsonArray set:
                var wanted = KubernetesJson.Parse(element.Content);
                return At(set.ToList().FindIndex(item => JsonNode.DeepEquals(item, wanted)));
            case PathElementKind.Index when parent is JsonArray:
                return At(int.Parse(element.Content, CultureInfo.InvariantCulture));
            default:
                return null;
        }
    }

    public static JsonNode? Take(JsonNode? parent, JsonStep step) => step.Name is { } name
        ? (parent as JsonObject)?[name]
        : parent is JsonArray items && step.Index < items.Count ? items[step.Index] : null;

    public static int IndexOf(JsonArray? items, ListKey key)
    {
        for (var i = 0; i < items?.Count; i++)
        {
            if (key.IsKeyOf(items[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private static JsonStep? At(int index) => index < 0 ? null : JsonStep.Item(index);
}

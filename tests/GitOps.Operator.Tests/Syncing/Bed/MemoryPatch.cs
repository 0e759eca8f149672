using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;

namespace GitOps.Operator.Tests.Syncing.Bed;

/// <summary>Merge patches, and of JSON patches the operations that the operator uses.</summary>
internal static class MemoryPatch
{
    public static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
            {
                target.Remove(name);
            }
            else if (value is JsonObject child)
            {
                if (target[name] is not JsonObject known)
                {
                    target[name] = known = [];
                }

                Merge(known, child);
            }
            else
            {
                target[name] = value.DeepClone();
            }
        }
    }

    /// <exception cref="ApiException">422: a test failed, or a path is not there.</exception>
    public static void Json(JsonObject target, JsonArray patch)
    {
        foreach (var operation in patch.OfType<JsonObject>())
        {
            var path = (string)operation["path"]!;
            var steps = path.Split('/')[1..].Select(static step => step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)).ToList();
            JsonNode? parent = target;
            foreach (var step in steps[..^1])
            {
                parent = At(parent, step);
            }

            var last = steps[^1];
            switch ((string)operation["op"]!)
            {
                case "test" when JsonNode.DeepEquals(At(parent, last), operation["value"]):
                    break;
                case "remove" when parent is JsonArray items && At(parent, last) is not null:
                    items.RemoveAt(int.Parse(last, CultureInfo.InvariantCulture));
                    break;
                case "remove" when parent is JsonObject fields && fields.ContainsKey(last):
                    fields.Remove(last);
                    break;
                case "add" or "replace" when parent is JsonObject fields:
                    fields[last] = operation["value"]?.DeepClone();
                    break;
                case "add" when parent is JsonArray items && last == "-":
                    items.Add(operation["value"]?.DeepClone());
                    break;
                default:
                    throw new ApiException(HttpStatusCode.UnprocessableEntity, "Invalid", $"the server rejected our request due to an error in our request: {path}");
            }
        }
    }

    private static JsonNode? At(JsonNode? node, string step) => node switch
    {
        JsonObject fields => fields[step],
        JsonArray items when int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < items.Count => items[index],
        _ => null,
    };
}

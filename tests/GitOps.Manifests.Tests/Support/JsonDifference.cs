using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Manifests.Tests.Support;

/// <summary>Tells where two JSON values part.</summary>
internal static class JsonDifference
{
    /// <returns>Null: they are the same.</returns>
    public static string? First(JsonNode? expected, JsonNode? actual, string path = "")
    {
        switch (expected, actual)
        {
            case (JsonObject left, JsonObject right):
                foreach (var (name, value) in left)
                {
                    if (!right.TryGetPropertyValue(name, out var other))
                    {
                        return $"{path}/{name} is missing: expected {KubernetesJson.ToText(value)}";
                    }

                    if (First(value, other, $"{path}/{name}") is { } difference)
                    {
                        return difference;
                    }
                }

                return right.FirstOrDefault(field => !left.ContainsKey(field.Key)) is { Key: { } extra } field
                    ? $"{path}/{extra} should not be there: {KubernetesJson.ToText(field.Value)}"
                    : null;
            case (JsonArray left, JsonArray right):
                for (var i = 0; i < Math.Min(left.Count, right.Count); i++)
                {
                    if (First(left[i], right[i], $"{path}/{i}") is { } difference)
                    {
                        return difference;
                    }
                }

                return left.Count == right.Count ? null : $"{path} has {right.Count} items instead of {left.Count}";
            default:
                return JsonNode.DeepEquals(expected, actual) ? null : $"{path} is {KubernetesJson.ToText(actual)}, expected {KubernetesJson.ToText(expected)}";
        }
    }
}

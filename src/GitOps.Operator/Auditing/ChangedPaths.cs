using System.Buffers;
using System.Text.Json.Nodes;

namespace GitOps.Operator.Auditing;

/// <summary>Which fields of a manifest are not as they were: their paths, as a person would write them. Never a value.</summary>
internal static class ChangedPaths
{
    /// <summary>More of one object are not named.</summary>
    public const int Max = 20;

    private static readonly SearchValues<char> Special = SearchValues.Create("./[] \"");

    public static IReadOnlyList<string> Of(JsonNode before, JsonNode after)
    {
        var paths = new List<string>();
        Walk(before, after, string.Empty, paths);
        return paths.Count > Max ? [.. paths[..Max], "…"] : paths;
    }

    private static void Walk(JsonNode? before, JsonNode? after, string path, List<string> paths)
    {
        if (paths.Count > Max || JsonNode.DeepEquals(before, after))
        {
            return;
        }

        switch (before, after)
        {
            case (JsonObject left, JsonObject right):
                foreach (var name in left.Select(static pair => pair.Key).Union(right.Select(static pair => pair.Key), StringComparer.Ordinal).Order(StringComparer.Ordinal))
                {
                    var step = name.AsSpan().ContainsAny(Special) ? $"[\"{name}\"]" : path.Length == 0 ? name : $".{name}";
                    Walk(left[name], right[name], path + step, paths);
                }

                break;
            case (JsonArray left, JsonArray right) when left.Count == right.Count:
                for (var i = 0; i < left.Count; i++)
                {
                    Walk(left[i], right[i], $"{path}[{i}]", paths);
                }

                break;
            default:
                paths.Add(path);
                break;
        }
    }
}

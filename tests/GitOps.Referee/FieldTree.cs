using System.Text;
using System.Text.Json.Nodes;

namespace GitOps.Referee;

/// <summary>
/// A <c>fieldsV1</c> of managedFields, read into the paths of its leaves. A leaf is what its manager owns as one value; an
/// element with something below is only the way there.
/// </summary>
public static class FieldTree
{
    /// <summary>The steps to every leaf, each in the notation of managedFields.</summary>
    public static IEnumerable<IReadOnlyList<string>> Leaves(JsonObject fields) => Leaves(fields, []);

    /// <summary>A path for people: <c>spec.containers[name=main].image</c>, <c>metadata.labels["a.b/c"]</c>.</summary>
    public static string Describe(IEnumerable<string> steps)
    {
        var text = new StringBuilder();
        foreach (var step in steps)
        {
            var content = step[2..];
            switch (step[0])
            {
                case 'f' when content.Length > 0 && content.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '$'):
                    text.Append(text.Length > 0 ? "." : string.Empty).Append(content);
                    break;
                case 'f':
                    text.Append("[\"").Append(content).Append("\"]");
                    break;
                case 'k':
                    text.Append('[').AppendJoin(',', Keys(content).Select(static key => $"{key.Key}={key.Value}")).Append(']');
                    break;
                default:
                    text.Append('[').Append(content).Append(']');
                    break;
            }
        }

        return text.ToString();
    }

    /// <summary>The value that the steps lead to.</summary>
    /// <returns>False where there is nothing.</returns>
    public static bool TryFind(JsonNode? root, IEnumerable<string> steps, out JsonNode? value)
    {
        value = root;
        foreach (var step in steps)
        {
            if (!TryStep(value, step, out value))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a list's item is the one that a step names.</summary>
    public static bool IsItem(JsonNode? item, string step) => step[0] switch
    {
        'k' => item is JsonObject fields && Keys(step[2..]).All(key => fields.TryGetPropertyValue(key.Key, out var value) && JsonNode.DeepEquals(value, key.Value)),
        'v' => JsonNode.DeepEquals(item, JsonNode.Parse(step[2..])),
        _ => false,
    };

    private static IEnumerable<IReadOnlyList<string>> Leaves(JsonObject fields, IReadOnlyList<string> way)
    {
        foreach (var (step, below) in fields)
        {
            if (step == ".")
            {
                continue;
            }

            IReadOnlyList<string> path = [.. way, step];
            var inside = below as JsonObject ?? [];
            if (inside.All(static item => item.Key == "."))
            {
                yield return path;
            }

            foreach (var leaf in Leaves(inside, path))
            {
                yield return leaf;
            }
        }
    }

    private static bool TryStep(JsonNode? parent, string step, out JsonNode? value)
    {
        value = null;
        if (step[0] == 'f')
        {
            return parent is JsonObject fields && fields.TryGetPropertyValue(step[2..], out value);
        }

        if (parent is not JsonArray items)
        {
            return false;
        }

        value = items.FirstOrDefault(item => IsItem(item, step));
        return value is not null;
    }

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Keys(string json) =>
        JsonNode.Parse(json)!.AsObject().OrderBy(static key => key.Key, StringComparer.Ordinal);
}

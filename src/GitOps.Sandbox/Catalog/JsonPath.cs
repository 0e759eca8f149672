using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace GitOps.Sandbox.Catalog;

/// <summary>
/// The JSON paths of printer columns: <c>.a.b</c>, <c>['a.b']</c>, <c>[0]</c>, <c>[*]</c>, <c>[?(@.type=="Ready")]</c>. What it
/// cannot read selects nothing.
/// </summary>
internal sealed partial class JsonPath
{
    private readonly ImmutableArray<Func<JsonNode?, IEnumerable<JsonNode?>>> _steps;

    private JsonPath(ImmutableArray<Func<JsonNode?, IEnumerable<JsonNode?>>> steps) => _steps = steps;

    public static JsonPath Parse(string text)
    {
        var steps = ImmutableArray.CreateBuilder<Func<JsonNode?, IEnumerable<JsonNode?>>>();
        var position = 0;
        while (position < text.Length)
        {
            var match = Step().Match(text, position);
            if (!match.Success)
            {
                return new([static _ => []]);
            }

            steps.Add(Read(match));
            position += match.Length;
        }

        return new(steps.ToImmutable());
    }

    /// <returns>Null if nothing is there.</returns>
    public JsonNode? First(JsonNode root) =>
        _steps.Aggregate((IEnumerable<JsonNode?>)[root], static (nodes, step) => nodes.SelectMany(step)).FirstOrDefault(static node => node is not null);

    private static Func<JsonNode?, IEnumerable<JsonNode?>> Read(Match match)
    {
        if (match.Groups["field"] is { Success: true } field)
        {
            var name = field.Value.Replace("\\.", ".", StringComparison.Ordinal);
            return node => Field(node, name);
        }

        if (match.Groups["index"] is { Success: true } index)
        {
            var number = int.Parse(index.ValueSpan, CultureInfo.InvariantCulture);
            return node => node is JsonArray items && number < items.Count ? [items[number]] : [];
        }

        if (match.Groups["key"] is { Success: true } key)
        {
            var (path, wanted) = (Parse(key.Value), match.Groups["value"].Value);
            return node => node is JsonArray items ? items.Where(item => item is not null && path.First(item)?.ToString() == wanted) : [];
        }

        return static node => node switch
        {
            JsonArray items => items,
            JsonObject fields => fields.Select(static member => member.Value),
            _ => [],
        };
    }

    private static IEnumerable<JsonNode?> Field(JsonNode? node, string name) =>
        node is JsonObject fields && fields.TryGetPropertyValue(name, out var value) ? [value] : [];

    [GeneratedRegex(
        """\G(\.(?<field>([^.\[\\]|\\.)+)|\[['"](?<field>[^'"]+)['"]\]|\[(?<index>[0-9]+)\]|\[\*\]|\[\?\(@(?<key>[^=\s]+)\s*==\s*['"](?<value>[^'"]*)['"]\)\])""",
        RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Step();
}

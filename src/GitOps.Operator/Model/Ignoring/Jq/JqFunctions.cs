using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace GitOps.Operator.Model.Ignoring.Jq;

/// <summary>The functions of jq that are supported, by name and number of arguments.</summary>
internal static class JqFunctions
{
    private static readonly TimeSpan MatchTime = TimeSpan.FromSeconds(1);

    private static readonly ImmutableSortedDictionary<string, ImmutableArray<int>> Arities = new Dictionary<string, ImmutableArray<int>>(StringComparer.Ordinal)
    {
        ["all"] = [0, 1, 2],
        ["any"] = [0, 1, 2],
        ["ascii_downcase"] = [0],
        ["contains"] = [1],
        ["empty"] = [0],
        ["endswith"] = [1],
        ["false"] = [0],
        ["has"] = [1],
        ["keys"] = [0],
        ["length"] = [0],
        ["not"] = [0],
        ["null"] = [0],
        ["recurse"] = [0],
        ["select"] = [1],
        ["startswith"] = [1],
        ["test"] = [1, 2],
        ["tostring"] = [0],
        ["true"] = [0],
        ["type"] = [0],
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <exception cref="JqSyntaxException">There is no such function, or not with so many arguments.</exception>
    public static JqNode Make(JqToken name, ImmutableArray<JqNode> arguments)
    {
        if (!Arities.TryGetValue(name.Text, out var arities))
        {
            throw new JqSyntaxException(name.Column, $"{name} is not supported; the functions are {string.Join(", ", Arities.Keys)}");
        }

        if (!arities.Contains(arguments.Length))
        {
            throw new JqSyntaxException(name.Column, $"{name} takes {string.Join(" or ", arities)} arguments, not {arguments.Length}");
        }

        return name.Text switch
        {
            "true" => new JqNode.Literal(JsonValue.Create(true)),
            "false" => new JqNode.Literal(JsonValue.Create(false)),
            "null" => new JqNode.Literal(null),
            "empty" => new JqNode.Nothing(),
            "recurse" => new JqNode.Recurse(),
            "select" => new JqNode.Select(arguments[0]),
            "any" or "all" => Quantifier(name.Text == "all", arguments),
            "test" => new JqNode.Test(Pattern(name, arguments)),
            _ => new JqNode.Call(name.Text, arguments),
        };
    }

    private static JqNode.Quantifier Quantifier(bool isAll, ImmutableArray<JqNode> arguments) => arguments.Length switch
    {
        0 => new(isAll, new JqNode.Iterate(new JqNode.Identity()), new JqNode.Identity()),
        1 => new(isAll, new JqNode.Iterate(new JqNode.Identity()), arguments[0]),
        _ => new(isAll, arguments[0], arguments[1]),
    };

    // Only patterns that a machine without backtracking can run: the work is bounded by the length of the text.
    private static Regex Pattern(JqToken name, ImmutableArray<JqNode> arguments)
    {
        if (arguments[0] is not JqNode.Literal { Value: JsonValue pattern } || !pattern.TryGetValue(out string? text))
        {
            throw new JqSyntaxException(name.Column, "'test' takes a regular expression as a string");
        }

        var options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;
        if (arguments.Length > 1)
        {
            if (arguments[1] is not JqNode.Literal { Value: JsonValue flags } || !flags.TryGetValue(out string? letters))
            {
                throw new JqSyntaxException(name.Column, "the flags of 'test' are a string");
            }

            foreach (var letter in letters)
            {
                options |= letter switch
                {
                    'g' => RegexOptions.None,
                    'i' => RegexOptions.IgnoreCase,
                    'x' => RegexOptions.IgnorePatternWhitespace,
                    _ => throw new JqSyntaxException(name.Column, $"the flag '{letter}' of 'test' is not supported; there are g, i and x"),
                };
            }
        }

        try
        {
            return new(text, options, MatchTime);
        }
        catch (Exception malformed) when (malformed is ArgumentException or NotSupportedException)
        {
            throw new JqSyntaxException(name.Column, $"\"{text}\" is no regular expression that can be run in bounded time: {malformed.Message}");
        }
    }
}

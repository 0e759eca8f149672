using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace GitOps.Operator.Model.Ignoring.Jq;

/// <summary>
/// An expression of the part of jq that names places in an object: what <c>del(…)</c> would delete. See <c>docs/drift-detection.md</c>.
/// </summary>
internal sealed class JqExpression
{
    private readonly JqNode _node;

    private JqExpression(string text, JqNode node)
    {
        Text = text;
        _node = node;
    }

    public string Text { get; }

    /// <exception cref="JqSyntaxException">It is not supported, or names no place.</exception>
    public static JqExpression Parse(string text)
    {
        var node = JqParser.Parse(text);
        return JqPathRule.Problem(node) is { } problem
            ? throw new JqSyntaxException(1, $"{problem}: the expression has to name fields, as .spec.replicas does")
            : new(text, node);
    }

    /// <summary>Adds every place that the expression names in the object.</summary>
    /// <param name="root">The object.</param>
    /// <param name="add">Takes each place.</param>
    /// <returns>Null, or why the expression cannot be run on this object: then it names nothing, as in Argo CD.</returns>
    public string? Find(JsonObject root, Action<ImmutableArray<JsonStep>> add)
    {
        var found = new List<JqItem>();
        if (new JqEvaluator().Run(_node, new(root, JqPath.Root), found) is { } stopped)
        {
            return stopped;
        }

        if (found.Exists(static item => item.Path is null))
        {
            return "it gives a value that stands nowhere in the object";
        }

        foreach (var item in found)
        {
            foreach (var path in Steps(item.Path!))
            {
                add(path);
            }
        }

        return null;
    }

    private static IEnumerable<ImmutableArray<JsonStep>> Steps(JqPath path)
    {
        var steps = new List<JsonStep>();
        for (var at = path.IsRange ? path.Parent! : path; at.Parent is not null; at = at.Parent)
        {
            steps.Add(at.Name is { } name ? JsonStep.Field(name) : JsonStep.Item(at.Index));
        }

        steps.Reverse();
        return path.IsRange
            ? Enumerable.Range(path.Index, path.Count).Select(index => ImmutableArray.Create<JsonStep>([.. steps, JsonStep.Item(index)]))
            : [[.. steps]];
    }
}

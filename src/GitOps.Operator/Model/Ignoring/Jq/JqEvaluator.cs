using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Model.Ignoring.Jq;

/// <summary>
/// Runs an expression on an object. Each part appends what it gives to a list and returns what stopped it, so that what came
/// before an error counts where jq lets it count. The work is bounded.
/// </summary>
internal sealed class JqEvaluator
{
    public const string TooMuch = "the expression takes too much work on this object";

    private const int MaxSteps = 200_000;

    private int _steps;

    /// <returns>Null: it ran to its end; else what stopped it.</returns>
    public string? Run(JqNode node, JqItem input, List<JqItem> found)
    {
        if (++_steps > MaxSteps)
        {
            return TooMuch;
        }

        switch (node)
        {
            case JqNode.Identity:
                found.Add(input);
                return null;
            case JqNode.Nothing:
                return null;
            case JqNode.Literal literal:
                found.Add(new(literal.Value, null));
                return null;
            case JqNode.Recurse:
                return Recurse(input, found);
            case JqNode.Index index:
                return Index(index, input, found);
            case JqNode.Slice slice:
                return Each(slice.Target, input, found, (item, into) => Quietly(slice.IsOptional, Slice(item, slice, into)));
            case JqNode.Iterate iterate:
                return Each(iterate.Target, input, found, (item, into) => Quietly(iterate.IsOptional, Iterate(item, into)));
            case JqNode.Optional optional:
                return Quietly(isQuiet: true, Run(optional.Target, input, found));
            case JqNode.Pipe pipe:
                return Each(pipe.Left, input, found, (item, into) => Run(pipe.Right, item, into));
            case JqNode.Comma comma:
                return Run(comma.Left, input, found) ?? Run(comma.Right, input, found);
            case JqNode.Alternative alternative:
                return Alternative(alternative, input, found);
            case JqNode.And and:
                return Each(and.Left, input, found, (item, into) => JqValues.IsTrue(item.Value) ? Truth(and.Right, input, into) : Say(false, into));
            case JqNode.Or or:
                return Each(or.Left, input, found, (item, into) => JqValues.IsTrue(item.Value) ? Say(true, into) : Truth(or.Right, input, into));
            case JqNode.Compare compare:
                return Each(compare.Right, input, found, (right, into) => Each(compare.Left, input, into, (left, results) =>
                    Say(IsSo(compare.How, JqValues.Compare(left.Value, right.Value)), results)));
            case JqNode.If choice:
                return Each(choice.Condition, input, found, (item, into) => Run(JqValues.IsTrue(item.Value) ? choice.Then : choice.Else, input, into));
            case JqNode.Select select:
                return Each(select.Condition, input, found, (item, into) => JqValues.IsTrue(item.Value) ? Run(new JqNode.Identity(), input, into) : null);
            case JqNode.Quantifier quantifier:
                return Quantify(quantifier, input, found);
            case JqNode.Test test:
                return Test(test, input.Value, found);
            case JqNode.Call call:
                return call.Arguments.IsEmpty
                    ? Call(call.Name, input.Value, null, found)
                    : Each(call.Arguments[0], input, found, (argument, into) => Call(call.Name, input.Value, argument.Value, into));
            default:
                throw new InvalidOperationException($"no such part of an expression: {node.GetType().Name}");
        }
    }

    private string? Each(JqNode first, JqItem input, List<JqItem> found, Func<JqItem, List<JqItem>, string?> then)
    {
        var items = new List<JqItem>();
        var stopped = Run(first, input, items);
        foreach (var item in items)
        {
            if (then(item, found) is { } problem)
            {
                return problem;
            }
        }

        return stopped;
    }

    // What runs out of work is no error of the object's.
    private static string? Quietly(bool isQuiet, string? problem) => isQuiet && problem != TooMuch ? null : problem;

    private string? Truth(JqNode node, JqItem input, List<JqItem> found) =>
        Each(node, input, found, static (item, into) => Say(JqValues.IsTrue(item.Value), into));

    private static string? Say(bool truth, List<JqItem> found)
    {
        found.Add(new(JsonValue.Create(truth), null));
        return null;
    }

    private string? Recurse(JqItem input, List<JqItem> found)
    {
        if (++_steps > MaxSteps)
        {
            return TooMuch;
        }

        found.Add(input);
        if (input.Value is not (JsonObject or JsonArray))
        {
            return null;
        }

        var below = new List<JqItem>();
        var stopped = Iterate(input, below);
        foreach (var item in below)
        {
            stopped ??= Recurse(item, found);
        }

        return stopped;
    }

    private string? Index(JqNode.Index index, JqItem input, List<JqItem> found) =>
        Each(index.Key, input, found, (key, into) => Each(index.Target, input, into, (item, results) => Quietly(index.IsOptional, Index(item, key.Value, results))));

    private static string? Index(JqItem item, JsonNode? key, List<JqItem> found)
    {
        switch (item.Value, JqValues.Kind(key))
        {
            case (null, JsonValueKind.String):
            case (JsonObject, JsonValueKind.String):
                var name = key!.GetValue<string>();
                found.Add(new((item.Value as JsonObject)?[name], item.Path?.Field(name)));
                return null;
            case (null, JsonValueKind.Number):
                found.Add(new(null, item.Path?.Item((int)Math.Clamp(JqValues.Number(key!), 0, int.MaxValue))));
                return null;
            case (JsonArray items, JsonValueKind.Number):
                var position = Math.Floor(JqValues.Number(key!));
                position = position < 0 ? position + items.Count : position;
                var isThere = position >= 0 && position < items.Count;
                if (isThere)
                {
                    found.Add(new(items[(int)position], item.Path?.Item((int)position)));
                }
                else
                {
                    // Nothing stands there: a path that leads nowhere.
                    found.Add(new(null, item.Path?.Item(int.MaxValue)));
                }

                return null;
            default:
                return $"{JqValues.TypeOf(item.Value)} cannot be indexed with {JqValues.TypeOf(key)}";
        }
    }

    private static string? Slice(JqItem item, JqNode.Slice slice, List<JqItem> found)
    {
        if (item.Value is null)
        {
            found.Add(item with { Path = item.Path?.Range(0, 0) });
            return null;
        }

        if (item.Value is not JsonArray items)
        {
            return $"{JqValues.TypeOf(item.Value)} has no items to take a range of";
        }

        var from = Bound(slice.From ?? 0, items.Count);
        var to = Math.Max(from, Bound(slice.To ?? items.Count, items.Count));
        found.Add(new(new JsonArray([.. items.Skip(from).Take(to - from).Select(static value => value?.DeepClone())]), item.Path?.Range(from, to - from)));
        return null;
    }

    private static int Bound(int bound, int count) => Math.Clamp(bound < 0 ? bound + count : bound, 0, count);

    private static string? Iterate(JqItem item, List<JqItem> found)
    {
        switch (item.Value)
        {
            case JsonObject fields:
                foreach (var (name, value) in fields)
                {
                    found.Add(new(value, item.Path?.Field(name)));
                }

                return null;
            case JsonArray items:
                for (var i = 0; i < items.Count; i++)
                {
                    found.Add(new(items[i], item.Path?.Item(i)));
                }

                return null;
            default:
                return $"{JqValues.TypeOf(item.Value)} has nothing to iterate over";
        }
    }

    private string? Alternative(JqNode.Alternative alternative, JqItem input, List<JqItem> found)
    {
        var first = new List<JqItem>();
        if (Run(alternative.Left, input, first) == TooMuch)
        {
            return TooMuch;
        }

        first.RemoveAll(static item => !JqValues.IsTrue(item.Value));
        found.AddRange(first);
        return first.Count > 0 ? null : Run(alternative.Right, input, found);
    }

    private string? Quantify(JqNode.Quantifier quantifier, JqItem input, List<JqItem> found)
    {
        var items = new List<JqItem>();
        var stopped = Run(quantifier.Generator, input, items);
        foreach (var item in items)
        {
            var truths = new List<JqItem>();
            var problem = Run(quantifier.Condition, item, truths);
            if (truths.Exists(truth => JqValues.IsTrue(truth.Value) != quantifier.IsAll))
            {
                return Say(!quantifier.IsAll, found);
            }

            if (problem is not null)
            {
                return problem;
            }
        }

        return stopped ?? Say(quantifier.IsAll, found);
    }

    private static string? Test(JqNode.Test test, JsonNode? input, List<JqItem> found)
    {
        if (JqValues.Kind(input) != JsonValueKind.String)
        {
            return $"{JqValues.TypeOf(input)} cannot be matched: it is no string";
        }

        try
        {
            return Say(test.Pattern.IsMatch(input!.GetValue<string>()), found);
        }
        catch (RegexMatchTimeoutException)
        {
            return TooMuch;
        }
    }

    private static string? Call(string name, JsonNode? input, JsonNode? argument, List<JqItem> found)
    {
        var (kind, other) = (JqValues.Kind(input), JqValues.Kind(argument));
        JsonNode? result;
        switch (name)
        {
            case "not":
                return Say(!JqValues.IsTrue(input), found);
            case "type":
                result = JsonValue.Create(JqValues.TypeOf(input));
                break;
            case "startswith" when kind == JsonValueKind.String && other == JsonValueKind.String:
                return Say(input!.GetValue<string>().StartsWith(argument!.GetValue<string>(), StringComparison.Ordinal), found);
            case "endswith" when kind == JsonValueKind.String && other == JsonValueKind.String:
                return Say(input!.GetValue<string>().EndsWith(argument!.GetValue<string>(), StringComparison.Ordinal), found);
            case "contains" when JqValues.Contains(input, argument) is { } contains:
                return Say(contains, found);
            case "has" when input is JsonObject fields && other == JsonValueKind.String:
                return Say(fields.ContainsKey(argument!.GetValue<string>()), found);
            case "has" when input is JsonArray items && other == JsonValueKind.Number:
                return Say(JqValues.Number(argument!) is var position && position >= 0 && position < items.Count, found);
            case "keys" when input is JsonObject named:
                result = new JsonArray([.. JqValues.SortedKeys(named).Select(static key => (JsonNode?)key)]);
                break;
            case "keys" when input is JsonArray list:
                result = new JsonArray([.. Enumerable.Range(0, list.Count).Select(static index => (JsonNode?)index)]);
                break;
            case "length" when kind is not (JsonValueKind.True or JsonValueKind.False):
                result = JsonValue.Create(Length(input));
                break;
            case "tostring":
                result = JsonValue.Create(kind == JsonValueKind.String ? input!.GetValue<string>() : KubernetesJson.ToText(input));
                break;
            case "ascii_downcase" when kind == JsonValueKind.String:
                result = JsonValue.Create(Lower(input!.GetValue<string>()));
                break;
            default:
                return $"{name} cannot be asked of {JqValues.TypeOf(input)}";
        }

        found.Add(new(result, null));
        return null;
    }

    private static double Length(JsonNode? value) => value switch
    {
        null => 0,
        JsonObject fields => fields.Count,
        JsonArray items => items.Count,
        _ when JqValues.Kind(value) == JsonValueKind.String => value.GetValue<string>().EnumerateRunes().Count(),
        _ => Math.Abs(JqValues.Number(value)),
    };

    private static string Lower(string text)
    {
        var lower = new StringBuilder(text.Length);
        foreach (var letter in text)
        {
            lower.Append(char.IsAsciiLetterUpper(letter) ? char.ToLowerInvariant(letter) : letter);
        }

        return lower.ToString();
    }

    private static bool IsSo(JqComparison how, int order) => how switch
    {
        JqComparison.Equal => order == 0,
        JqComparison.NotEqual => order != 0,
        JqComparison.Less => order < 0,
        JqComparison.LessOrEqual => order <= 0,
        JqComparison.Greater => order > 0,
        _ => order >= 0,
    };
}

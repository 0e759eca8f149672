using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;

namespace GitOps.Kubernetes.Objects;

/// <summary>A parsed labelSelector: all its requirements must hold.</summary>
public sealed class LabelSelector
{
    public static readonly LabelSelector Everything = new([]);

    private readonly ImmutableArray<Requirement> _requirements;

    private LabelSelector(ImmutableArray<Requirement> requirements) => _requirements = requirements;

    private enum Operator
    {
        In,
        NotIn,
        Exists,
        Absent,
        Greater,
        Less,
    }

    public bool IsEmpty => _requirements.IsEmpty;

    /// <summary>Reads <c>a=b,c!=d,e in (f,g),h notin (i),j,!k,l&gt;1</c>.</summary>
    /// <exception cref="SelectorException">It is not a selector.</exception>
    public static LabelSelector Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return Everything;
        }

        var reader = new SelectorText(text);
        var requirements = ImmutableArray.CreateBuilder<Requirement>();
        do
        {
            requirements.Add(ReadRequirement(ref reader));
        }
        while (reader.TryTake(","));

        return reader.IsAtEnd ? new(requirements.ToImmutable()) : throw new SelectorException($"unable to parse requirement: {text}");
    }

    /// <summary>A selector as it stands in objects: <c>{matchLabels, matchExpressions}</c>; an empty one selects everything.</summary>
    /// <exception cref="SelectorException">An operator is not known.</exception>
    public static LabelSelector Of(JsonObject selector)
    {
        static string Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : string.Empty;

        var requirements = ImmutableArray.CreateBuilder<Requirement>();
        foreach (var (key, value) in selector["matchLabels"] as JsonObject ?? [])
        {
            requirements.Add(new(key, Operator.In, [Text(value)]));
        }

        foreach (var expression in (selector["matchExpressions"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var kind = Text(expression["operator"]) switch
            {
                "In" => Operator.In,
                "NotIn" => Operator.NotIn,
                "Exists" => Operator.Exists,
                "DoesNotExist" => Operator.Absent,
                var other => throw new SelectorException($"\"{other}\" is not a valid label selector operator"),
            };
            requirements.Add(new(Text(expression["key"]), kind, [.. (expression["values"] as JsonArray ?? []).Select(Text)]));
        }

        return new(requirements.ToImmutable());
    }

    /// <summary>Refuses keys and values that could not stand in labels.</summary>
    /// <param name="keyProblem">What is wrong with a key; null: nothing.</param>
    /// <param name="valueProblem">What is wrong with a value; null: nothing.</param>
    /// <exception cref="SelectorException">The first that is wrong.</exception>
    public void Check(Func<string, string?> keyProblem, Func<string, string?> valueProblem)
    {
        foreach (var requirement in _requirements)
        {
            requirement.Check(keyProblem, valueProblem);
        }
    }

    /// <param name="find">The value of a label; null where the object does not have it.</param>
    public bool Matches(Func<string, string?> find)
    {
        foreach (var requirement in _requirements)
        {
            if (!requirement.Matches(find(requirement.Key)))
            {
                return false;
            }
        }

        return true;
    }

    private static Requirement ReadRequirement(ref SelectorText reader)
    {
        if (reader.TryTake("!"))
        {
            return new(Key(ref reader), Operator.Absent, []);
        }

        var key = Key(ref reader);
        if (reader.TryTake("!="))
        {
            return new(key, Operator.NotIn, [reader.TakeName()]);
        }

        if (reader.TryTake("==") || reader.TryTake("="))
        {
            return new(key, Operator.In, [reader.TakeName()]);
        }

        if (reader.TryTake(">"))
        {
            return new(key, Operator.Greater, [Number(ref reader)]);
        }

        if (reader.TryTake("<"))
        {
            return new(key, Operator.Less, [Number(ref reader)]);
        }

        if (reader.TryTakeWord("in"))
        {
            return new(key, Operator.In, Values(ref reader));
        }

        return reader.TryTakeWord("notin") ? new(key, Operator.NotIn, Values(ref reader)) : new(key, Operator.Exists, []);
    }

    private static string Key(ref SelectorText reader)
    {
        var key = reader.TakeName();
        return key.Length > 0 ? key : throw new SelectorException("unable to parse requirement: expected a label key");
    }

    private static string Number(ref SelectorText reader)
    {
        var text = reader.TakeName();
        return long.TryParse(text, CultureInfo.InvariantCulture, out _)
            ? text
            : throw new SelectorException($"for 'Gt', 'Lt' operators, the value must be an integer: {text}");
    }

    private static ImmutableArray<string> Values(ref SelectorText reader)
    {
        reader.Expect("(");
        var values = ImmutableArray.CreateBuilder<string>();
        do
        {
            values.Add(reader.TakeName());
        }
        while (reader.TryTake(","));

        reader.Expect(")");
        return values.ToImmutable();
    }

    private sealed record Requirement(string Key, Operator Operator, ImmutableArray<string> Values)
    {
        /// <exception cref="SelectorException">The key or a value could not stand in labels.</exception>
        public void Check(Func<string, string?> keyProblem, Func<string, string?> valueProblem)
        {
            if (keyProblem(Key) is { } wrongKey)
            {
                throw new SelectorException($"unable to parse requirement: key: Invalid value: \"{Key}\": {wrongKey}");
            }

            if (Operator is Operator.In or Operator.NotIn && Values.Select(valueProblem).FirstOrDefault(static problem => problem is not null) is { } wrongValue)
            {
                throw new SelectorException($"unable to parse requirement: values: Invalid value: {wrongValue}");
            }
        }

        public bool Matches(string? value) =>
            Operator switch
            {
                Operator.In => value is not null && Values.Contains(value, StringComparer.Ordinal),
                Operator.NotIn => value is null || !Values.Contains(value, StringComparer.Ordinal),
                Operator.Exists => value is not null,
                Operator.Absent => value is null,
                _ => long.TryParse(value, CultureInfo.InvariantCulture, out var number)
                    && long.Parse(Values[0], CultureInfo.InvariantCulture) is var limit
                    && (Operator == Operator.Greater ? number > limit : number < limit),
            };
    }
}

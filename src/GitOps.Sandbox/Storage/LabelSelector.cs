using System.Collections.Immutable;
using System.Globalization;

namespace GitOps.Sandbox.Storage;

/// <summary>A parsed labelSelector: all its requirements must hold.</summary>
internal sealed class LabelSelector
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

    public bool Matches(LabelSet labels)
    {
        foreach (var requirement in _requirements)
        {
            if (!requirement.Matches(labels))
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
        public bool Matches(LabelSet labels)
        {
            var value = labels.Find(Key);
            return Operator switch
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
}

using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health.Tables;

/// <summary>If all of these facts hold, this is the health.</summary>
/// <param name="Code">The verdict.</param>
/// <param name="Facts">None: it always is.</param>
internal sealed record Clause(HealthCode Code, ImmutableArray<Fact> Facts)
{
    /// <summary>Where the message is; null: what the facts say.</summary>
    public FieldName? Message { get; init; }

    public Clause Saying(string path) => this with { Message = path };

    public bool Holds(JsonObject root)
    {
        foreach (var fact in Facts)
        {
            if (!fact.Holds(root, root))
            {
                return false;
            }
        }

        return true;
    }

    public HealthStatus Verdict(JsonObject root) => new(Code, Message?.ReadText(root) is { Length: > 0 } text ? text : Says(root));

    public override string ToString() =>
        Facts.IsEmpty ? $"otherwise {Code}" : $"{string.Join(", ", Facts.Select(static fact => fact.ToString()))} → {Code}";

    private string? Says(JsonObject root)
    {
        foreach (var fact in Facts)
        {
            if (fact.Says(root) is { } text)
            {
                return text;
            }
        }

        return null;
    }
}

/// <summary>A kind whose rule is data: the first clause that holds decides, and what none decides is Progressing.</summary>
internal sealed record TableRule(string Group, string Kind, ImmutableArray<Clause> Clauses) : KindRule(Group, Kind)
{
    private const string Waiting = "Waiting for its status";

    public override string Summary => Clauses is [{ Facts.IsEmpty: true } always] ? $"always {always.Code}" : string.Join("; ", Clauses.Select(static clause => clause.ToString()))
        + (IsComplete ? string.Empty : $"{(Clauses.IsEmpty ? string.Empty : "; ")}otherwise {HealthCode.Progressing}");

    /// <summary>The last clause decides whatever the others leave.</summary>
    private bool IsComplete => Clauses is [.., { Facts.IsEmpty: true }];

    public override HealthStatus Assess(KubernetesObject found)
    {
        var root = found.Json;
        foreach (var clause in Clauses)
        {
            if (clause.Holds(root))
            {
                return clause.Verdict(root);
            }
        }

        return new(HealthCode.Progressing, Hint(root) ?? Waiting);
    }

    /// <summary>What the object says about what the rule goes by, though it decides nothing.</summary>
    private string? Hint(JsonObject root)
    {
        foreach (var clause in Clauses)
        {
            foreach (var fact in clause.Facts)
            {
                var text = fact is ConditionFact condition ? condition.Mentions(root) : fact is ValueFact value ? value.Says(root) : null;
                if (text is not null)
                {
                    return text;
                }
            }
        }

        return null;
    }
}

using System.Collections.Immutable;
using GitOps.Operator.Health.Tables;

namespace GitOps.Operator.Tests.Health;

/// <summary>A rule with one of its parts taken out: for each there has to be a case that tells it from the rule.</summary>
internal static class RuleMutants
{
    public static IEnumerable<(string What, TableRule Rule)> Of(TableRule rule)
    {
        for (var i = 0; i < rule.Clauses.Length; i++)
        {
            var clause = rule.Clauses[i];
            yield return ($"without the clause: {clause}", rule with { Clauses = rule.Clauses.RemoveAt(i) });
            if (clause.Message is not null)
            {
                yield return ($"without the message of: {clause}", rule with { Clauses = rule.Clauses.SetItem(i, clause with { Message = null }) });
            }

            foreach (var (what, facts) in Of(clause.Facts))
            {
                yield return ($"{what}, of: {clause}", rule with { Clauses = rule.Clauses.SetItem(i, clause with { Facts = facts }) });
            }
        }
    }

    private static IEnumerable<(string What, ImmutableArray<Fact> Facts)> Of(ImmutableArray<Fact> facts)
    {
        for (var i = 0; i < facts.Length; i++)
        {
            yield return ($"without: {facts[i]}", facts.RemoveAt(i));
            foreach (var (what, fact) in Of(facts[i]))
            {
                yield return (what, facts.SetItem(i, fact));
            }
        }
    }

    private static IEnumerable<(string What, Fact Fact)> Of(Fact fact) => fact switch
    {
        ConditionFact condition => Of(condition),
        ValueFact { Values.Length: > 1 } value => value.Values.Select(one =>
            ($"without the value {one}", (Fact)(value with { Values = [.. value.Values.Where(other => other != one)] }))),
        UnobservedFact unobserved => [("with the opposite for what says no generation", unobserved with { CountsAbsent = !unobserved.CountsAbsent })],
        NotFact not => Of(not.Inner).Select(static inner => (inner.What, (Fact)new NotFact(inner.Fact))),
        AnyFact any => Of([.. any.Inner]).Select(static inner => (inner.What, (Fact)new AnyFact([.. inner.Facts]))),
        SomeFact some => Of([.. some.Inner]).Select(inner => (inner.What, (Fact)(some with { Inner = [.. inner.Facts] }))),
        _ => [],
    };

    private static IEnumerable<(string What, Fact Fact)> Of(ConditionFact condition)
    {
        if (condition.Reason is not null)
        {
            yield return ($"with any reason instead of {condition.Reason}", condition with { Reason = null, HasOtherReason = false });
        }

        if (condition.Status is not null)
        {
            yield return ($"with any status instead of {condition.Status}", condition with { Status = null });
        }

        if (condition.Type is not null)
        {
            yield return ($"with any type instead of {condition.Type}", condition with { Type = null });
        }

        if (condition.IsObserved)
        {
            yield return ("whatever generation it is about", condition with { IsObserved = false });
        }
    }
}

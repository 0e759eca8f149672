using System.Collections.Immutable;
using GitOps.Operator.Api;
using GitOps.Operator.Model.Ignoring;

namespace GitOps.Operator.Tests.Ignoring;

internal static class Rules
{
    public static IgnoreRules Pointers(params string[] pointers) => Of(new IgnoreDifference { Group = "*", Kind = "*", JsonPointers = [.. pointers] });

    public static IgnoreRules Jq(params string[] expressions) => Of(new IgnoreDifference { Group = "*", Kind = "*", JqPathExpressions = [.. expressions] });

    public static IgnoreRules Managers(params string[] managers) => Of(new IgnoreDifference { Group = "*", Kind = "*", ManagedFieldsManagers = [.. managers] });

    public static IgnoreRules Of(params IgnoreDifference[] rules)
    {
        var errors = new SpecErrors();
        var read = IgnoreRuleReader.Check(rules.ToImmutableArray(), "rules", errors);
        errors.ToSorted().ShouldBeEmpty();
        return read;
    }
}

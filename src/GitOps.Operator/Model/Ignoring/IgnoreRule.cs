using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Plain;
using GitOps.Operator.Model.Ignoring.Jq;

namespace GitOps.Operator.Model.Ignoring;

/// <summary>Which fields of which objects are left out of comparisons: an item of Argo CD's <c>ignoreDifferences</c>.</summary>
internal sealed record IgnoreRule
{
    /// <summary>Of the API group; the core group is the empty string.</summary>
    public required GlobPattern Group { get; init; }

    public required GlobPattern Kind { get; init; }

    /// <summary>Null: any.</summary>
    public GlobPattern? Name { get; init; }

    /// <summary>Null: any, and objects without one.</summary>
    public GlobPattern? Namespace { get; init; }

    public ImmutableArray<JsonPointer> Pointers { get; init; } = [];

    public ImmutableArray<JqExpression> Expressions { get; init; } = [];

    /// <summary>Field managers whose values are right, whatever the manifest says.</summary>
    public ImmutableArray<string> Managers { get; init; } = [];

    /// <summary>The same text for the same rule.</summary>
    public required string Text { get; init; }

    public bool IsAbout(ObjectKey key) =>
        Group.IsMatch(key.Group) && Kind.IsMatch(key.Kind)
        && Name?.IsMatch(key.Name) != false && Namespace?.IsMatch(key.Namespace) != false;
}

/// <summary>All rules that count for an Application: its own, and those of the operator.</summary>
internal sealed class IgnoreRules
{
    public static readonly IgnoreRules None = new([]);

    private readonly ImmutableArray<IgnoreRule> _rules;

    public IgnoreRules(ImmutableArray<IgnoreRule> rules)
    {
        _rules = rules;
        Text = string.Join('\n', rules.Select(static rule => rule.Text));
    }

    /// <summary>The same text for the same rules.</summary>
    public string Text { get; }

    public bool IsEmpty => _rules.IsEmpty;

    public IgnoreRules With(IgnoreRules more) => more.IsEmpty ? this : IsEmpty ? more : new([.. _rules, .. more._rules]);

    /// <summary>Whether a rule is about this object; what it ignores of it is another question.</summary>
    public bool AreAbout(ObjectKey key)
    {
        foreach (var rule in _rules)
        {
            if (rule.IsAbout(key))
            {
                return true;
            }
        }

        return false;
    }

    public IEnumerable<IgnoreRule> For(ObjectKey key) => _rules.Where(rule => rule.IsAbout(key));
}

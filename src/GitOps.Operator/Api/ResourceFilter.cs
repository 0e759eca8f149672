using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Plain;

namespace GitOps.Operator.Api;

/// <summary>One entry of a list of resources in Argo CD's form. An empty list matches everything.</summary>
/// <param name="ApiGroups">Globs; the core group is the empty string.</param>
/// <param name="Kinds">Kinds, or <c>*</c>.</param>
/// <param name="Clusters">Globs of API servers' URLs.</param>
internal sealed record ResourceRule(ImmutableArray<string> ApiGroups, ImmutableArray<string> Kinds, ImmutableArray<string> Clusters)
{
    private readonly ImmutableArray<GlobPattern> _groups = [.. ApiGroups.Select(GlobPattern.Parse)];
    private readonly ImmutableArray<GlobPattern> _clusters = [.. Clusters.Select(GlobPattern.Parse)];

    public bool Matches(GroupKind kind, string cluster) =>
        (_groups.IsEmpty || _groups.Any(glob => glob.IsMatch(kind.Group)))
        && (Kinds.IsEmpty || Kinds.Any(name => name == "*" || name == kind.Kind))
        && (_clusters.IsEmpty || _clusters.Any(glob => glob.IsMatch(cluster)));
}

/// <summary>
/// The kinds that the operator works with at all. What it leaves alone is neither written nor deleted, whoever wants it: it does
/// not even know it.
/// </summary>
/// <param name="Inclusions">Empty: everything.</param>
/// <param name="Exclusions">Of what is included.</param>
internal sealed record ResourceFilter(ImmutableArray<ResourceRule> Inclusions, ImmutableArray<ResourceRule> Exclusions)
{
    public static readonly ResourceFilter Everything = new([], []);

    /// <summary>The same text for the same rules.</summary>
    public string Text { get; } = string.Join(';', Inclusions.Select(Describe)) + "\n" + string.Join(';', Exclusions.Select(Describe));

    public bool IsEverything => Inclusions.IsEmpty && Exclusions.IsEmpty;

    /// <summary>Which option leaves the kind alone; null: it is worked with.</summary>
    public string? Leaves(GroupKind kind) =>
        !Inclusions.IsEmpty && !Inclusions.Any(rule => rule.Matches(kind, SpecValidator.InClusterServer)) ? "--resource-inclusions"
        : Exclusions.Any(rule => rule.Matches(kind, SpecValidator.InClusterServer)) ? "--resource-exclusions"
        : null;

    private static string Describe(ResourceRule rule) =>
        $"{string.Join(',', rule.ApiGroups)}|{string.Join(',', rule.Kinds)}|{string.Join(',', rule.Clusters)}";
}

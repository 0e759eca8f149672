using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Foreign;

/// <summary>What one other reconciler says of an Application's objects.</summary>
/// <param name="Tool">Which program.</param>
/// <param name="Namespace">Of what it manages them for; empty where that has none, or does not say.</param>
/// <param name="Name">What it manages them for.</param>
/// <param name="IsActive">It has written one of them since we did.</param>
/// <param name="Objects">Sorted.</param>
internal sealed record ForeignGroup(ForeignTool Tool, string Namespace, string Name, bool IsActive, ImmutableArray<ObjectKey> Objects)
{
    /// <summary>Why it is not known whether there still is such a thing; null: it is known, or there is no telling for this program.</summary>
    public string? Doubt { get; init; }

    /// <summary>By program and name; what is active first.</summary>
    public static ImmutableArray<ForeignGroup> Of(IEnumerable<(ObjectKey Key, ForeignMark Mark)> marked) =>
    [
        .. marked.GroupBy(static item => (item.Mark.Tool, item.Mark.Namespace, item.Mark.Name))
            .Select(static group => new ForeignGroup(
                group.Key.Tool, group.Key.Namespace, group.Key.Name, group.Any(static item => item.Mark.IsActive),
                [.. group.Select(static item => item.Key).Order()]))
            .OrderBy(static group => !group.IsActive).ThenBy(static group => group.Tool)
            .ThenBy(static group => group.Namespace, StringComparer.Ordinal).ThenBy(static group => group.Name, StringComparer.Ordinal),
    ];
}

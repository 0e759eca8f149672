using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Deleting;

/// <summary>
/// In which order the objects of a deleted Application go: the waves in reverse. A namespace goes with the last of what is in
/// it, and a definition with the last object of its group, as they came with the first. Pure.
/// </summary>
internal static class DeletionWaves
{
    private static readonly GroupKind Namespace = new(string.Empty, "Namespace");
    private static readonly GroupKind Definition = new("apiextensions.k8s.io", "CustomResourceDefinition");

    /// <returns>What goes at the same time, first to go first.</returns>
    public static ImmutableArray<ImmutableArray<InventoryEntry>> Of(IReadOnlyCollection<InventoryEntry> entries)
    {
        var namespaces = Lowest(entries, static entry => entry.Key.Namespace);
        var groups = Lowest(entries, static entry => entry.Key.Group);
        return
        [
            .. entries.GroupBy(WaveOf).OrderByDescending(static wave => wave.Key)
                .Select(static wave => wave.OrderBy(static entry => entry.Key).ToImmutableArray()),
        ];

        int WaveOf(InventoryEntry entry) =>
            entry.Key.GroupKind == Namespace ? Math.Min(entry.Wave, namespaces.GetValueOrDefault(entry.Key.Name, int.MaxValue))
            : entry.Key.GroupKind == Definition ? Math.Min(entry.Wave, groups.GetValueOrDefault(GroupOf(entry.Key.Name), int.MaxValue))
            : entry.Wave;
    }

    /// <summary>Whether other objects cannot be without it.</summary>
    public static bool HoldsOthers(InventoryEntry entry) => entry.Key.GroupKind == Namespace || entry.Key.GroupKind == Definition;

    /// <summary>Whether a hook that has still to run cannot be without this object.</summary>
    public static bool Needs(HookObject hook, InventoryEntry entry) =>
        (entry.Key.GroupKind == Namespace && entry.Key.Name == hook.Key.Namespace)
        || (entry.Key.GroupKind == Definition && GroupOf(entry.Key.Name) == hook.Key.Group);

    private static Dictionary<string, int> Lowest(IEnumerable<InventoryEntry> entries, Func<InventoryEntry, string> of) =>
        entries.Where(entry => of(entry).Length > 0).GroupBy(of, StringComparer.Ordinal)
            .ToDictionary(static group => group.Key, static group => group.Min(static entry => entry.Wave), StringComparer.Ordinal);

    // A definition is named PLURAL.GROUP.
    private static string GroupOf(string definition) => definition[(definition.IndexOf('.', StringComparison.Ordinal) + 1)..];
}

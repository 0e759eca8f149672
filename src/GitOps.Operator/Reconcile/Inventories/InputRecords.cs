using System.Collections.Immutable;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Inventories;

/// <summary>
/// Recorded inputs as they are kept in an inventory. A directory's object id stands for everything below it, so what lies
/// below a recorded directory is left out: the same commits hold, and the record stays short.
/// </summary>
internal static class InputRecords
{
    private const int MaxRecords = 500;

    /// <summary>Empty if there are too many: then a restart renders.</summary>
    public static ImmutableArray<InventoryInput> Compact(RecordedInputs inputs)
    {
        var kept = inputs.Entries
            .Where(entry => !IsBelowRecorded(inputs, entry.Key))
            .Select(static entry => new InventoryInput { Path = entry.Key, Id = entry.Value })
            .ToImmutableArray();
        return kept.Length <= MaxRecords ? kept : [];
    }

    /// <returns>Null if the header has none.</returns>
    public static RecordedInputs? Restore(InventoryHeader header) => header.Inputs.IsEmpty
        ? null
        : new(header.Inputs.ToImmutableSortedDictionary(static input => input.Path, static input => input.Id, StringComparer.Ordinal));

    // An absent path stands for nothing: only a recorded directory has an id that covers what is in it. A file has nothing below.
    private static bool IsBelowRecorded(RecordedInputs inputs, string path)
    {
        for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            if (inputs.Entries.TryGetValue(path[..slash], out var id) && id is not null)
            {
                return true;
            }
        }

        return path.Length > 0 && inputs.Entries.TryGetValue(string.Empty, out var root) && root is not null;
    }
}

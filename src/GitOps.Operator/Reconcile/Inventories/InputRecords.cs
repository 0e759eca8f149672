using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Inventories;

/// <summary>
/// Recorded inputs as they are kept in an inventory. Few are kept as they are; of many, the ids of directories take the place of
/// what is below them, so that the record stays short.
/// </summary>
internal static class InputRecords
{
    /// <summary>Each takes some 100 bytes of every write of the inventory's first page.</summary>
    private const int MaxExact = 100;

    private const int MaxRecords = 500;

    /// <summary>Empty if there are too many: then a restart renders.</summary>
    public static ImmutableArray<InventoryInput> Compact(RecordedInputs inputs)
    {
        var kept = inputs.Entries.Count <= MaxExact ? inputs : inputs.Coarse();
        return kept.Entries.Count <= MaxRecords
            ? [.. kept.Entries.Select(static entry => new InventoryInput { Path = entry.Key, Id = entry.Value })]
            : [];
    }

    /// <summary>Tells whether all the records are there.</summary>
    public static string HashOf(ImmutableArray<InventoryInput> inputs) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', inputs.OrderBy(static input => input.Path, StringComparer.Ordinal).Select(static input => $"{input.Path}\0{input.Id}")))))[..16];

    /// <returns>Null if the header has none.</returns>
    public static RecordedInputs? Restore(InventoryHeader header) => header.Inputs.IsEmpty
        ? null
        : new(header.Inputs.ToImmutableSortedDictionary(static input => input.Path, static input => input.Id, StringComparer.Ordinal));
}

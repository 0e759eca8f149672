using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

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
    public static ImmutableArray<InventoryInput> Compact(SourceInputs inputs)
    {
        var isShort = inputs.Items.Sum(static item => item.Entries.Count) <= MaxExact;
        var kept = inputs.Items.SelectMany((item, source) => (isShort ? item : item.Coarse()).Entries
            .Select(entry => new InventoryInput { Path = entry.Key, Id = entry.Value, Source = source == 0 ? null : source })).ToList();
        return kept.Count <= MaxRecords ? [.. kept] : [];
    }

    /// <summary>Tells whether all the records are there.</summary>
    public static string HashOf(ImmutableArray<InventoryInput> inputs) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', inputs.OrderBy(static input => input.Source ?? 0).ThenBy(static input => input.Path, StringComparer.Ordinal)
            .Select(static input => $"{input.Path}\0{input.Id}{(input.Source is { } source ? $"\0{source}" : null)}")))))[..16];

    /// <returns>Null if the header has none.</returns>
    public static SourceInputs? Restore(InventoryHeader header) => header.Inputs.IsEmpty || header.Revision is not { } revision
        ? null
        : new([.. Revisions.Split(revision).Select((_, source) => new RecordedInputs(header.Inputs
            .Where(input => (input.Source ?? 0) == source)
            .ToImmutableSortedDictionary(static input => input.Path, static input => input.Id, StringComparer.Ordinal)))]);
}

using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Inventories;

namespace GitOps.Operator.Reconcile.Syncing;

/// <summary>
/// Counts what was done since the last sync that succeeded, over all passes. The inventory has it as well, each object where its
/// entry is: what is stored there is counted by the next process, and what is not is done by it once more.
/// </summary>
internal sealed class SyncProgress
{
    private readonly HashSet<ObjectKey> _created = [];
    private readonly HashSet<ObjectKey> _adopted = [];
    private readonly HashSet<ObjectKey> _updated = [];
    private readonly HashSet<ObjectKey> _deleted = [];
    private HistoryEntry? _before;

    public void Count(IEnumerable<ApplyResult> results)
    {
        foreach (var result in results)
        {
            if (result.Outcome == ApplyOutcome.Created)
            {
                _created.Add(result.Key);
            }
            else if (result.Adoption is not null)
            {
                _adopted.Add(result.Key);
            }
            else if (result.Outcome == ApplyOutcome.Configured && !_created.Contains(result.Key) && !_adopted.Contains(result.Key))
            {
                _updated.Add(result.Key);
            }
        }
    }

    public void Count(IEnumerable<PruneResult> results) =>
        _deleted.UnionWith(results.Where(static result => result.Outcome == PruneOutcome.Gone).Select(static result => result.Key));

    /// <summary>Whether an object was created, adopted or updated; null: none of them.</summary>
    public EntryChange? ChangeOf(ObjectKey key) =>
        _created.Contains(key) ? EntryChange.Created
        : _adopted.Contains(key) ? EntryChange.Adopted
        : _updated.Contains(key) ? EntryChange.Updated
        : null;

    /// <summary>Takes over what a former process has stored.</summary>
    public void Restore(ApplicationInventory inventory)
    {
        foreach (var entry in inventory.Entries.Values)
        {
            switch (entry.Change)
            {
                case EntryChange.Created:
                    _created.Add(entry.Key);
                    break;
                case EntryChange.Adopted:
                    _adopted.Add(entry.Key);
                    break;
                case EntryChange.Updated:
                    _updated.Add(entry.Key);
                    break;
                default:
                    break;
            }
        }

        _deleted.UnionWith(inventory.Deleted);
    }

    /// <summary>Takes over what a former process had counted together when it was about to end this very sync.</summary>
    public void Restore(HistoryEntry before) => _before = before;

    /// <summary>What was done, in a stable order; counting begins anew.</summary>
    public (ChangeCounts Changes, ImmutableArray<ChangedObject> Objects) Take()
    {
        var before = _before?.Changes ?? new();
        var changes = new ChangeCounts
        {
            Create = before.Create + _created.Count,
            Adopt = (before.Adopt ?? 0) + _adopted.Count is > 0 and var adopted ? adopted : null,
            Update = before.Update + _updated.Count,
            Delete = before.Delete + _deleted.Count,
        };
        ImmutableArray<ChangedObject> all =
        [
            .. _before?.Objects ?? [],
            .. Rows(ChangeAction.Create, _created), .. Rows(ChangeAction.Adopt, _adopted), .. Rows(ChangeAction.Update, _updated),
            .. Rows(ChangeAction.Delete, _deleted),
        ];
        _created.Clear();
        _adopted.Clear();
        _updated.Clear();
        _deleted.Clear();
        _before = null;
        return (changes, all);
    }

    private static IEnumerable<ChangedObject> Rows(ChangeAction action, HashSet<ObjectKey> keys) => keys.Order().Select(key => new ChangedObject
    {
        Action = action,
        Group = key.Group.NullIfEmpty(),
        Kind = key.Kind,
        Namespace = key.Namespace.NullIfEmpty(),
        Name = key.Name,
    });
}

/// <summary>A sync that succeeded.</summary>
/// <param name="Operation">What it was.</param>
/// <param name="Entry">What the history says of it, without its id.</param>
/// <param name="EndedAt">When.</param>
internal sealed record SyncRecord(SyncOperation Operation, HistoryEntry Entry, DateTimeOffset EndedAt)
{
    public string Revision => Operation.Revision;

    public ChangeCounts Changes => Entry.Changes!;

    /// <summary>What was done, for people.</summary>
    public string Describe() => $"{Changes.Create} created, {(Changes.Adopt is { } adopted ? $"{adopted} adopted, " : string.Empty)}{Changes.Update} updated, "
        + $"{Changes.Delete} deleted{Reports.SourceChanges.Behind(Entry.SourceChanges)}";

    /// <summary>
    /// One that a former process has ended, of which the stored status does not know; null: there is none.
    /// </summary>
    public static SyncRecord? Restore(InventoryHeader? header, ApplicationStatus status)
    {
        if (header is not { Pending: not true, Sync: { Entry: { FullRevision: { } revision, DeployedAt: { } ended } entry } done }
            || status.History.LastOrDefault()?.DeployedAt >= ended
            || status.OperationState?.FinishedAt >= ended || status.OperationState?.StartedAt > ended)
        {
            return null;
        }

        var started = entry.DeployStartedAt ?? ended;
        var operation = status.OperationState is { } state && state.Id == done.Id ? SyncOperation.Restore(state) : null;
        return new(
            operation ?? new()
            {
                Id = done.Id,
                Revision = revision,
                StartedAt = started,
                AttemptStartedAt = started,
                Trigger = entry.Trigger ?? SyncTrigger.Commit,
                InitiatedBy = entry.InitiatedBy is { Automated: true } ? null : entry.InitiatedBy,
                ApprovedBy = entry.ApprovedBy,
                Supersedes = entry.Supersedes,
            },
            entry, ended);
    }
}

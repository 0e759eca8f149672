using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Model;

/// <summary>An object as it is to be applied.</summary>
/// <param name="Key">Group, kind, namespace and name.</param>
/// <param name="Type">As it stands in the manifest, version included.</param>
/// <param name="Json">UTF-8, normalised and marked.</param>
/// <param name="DesiredHash">Of <paramref name="Json"/>, independent of the order of its keys.</param>
/// <param name="Location">Where it came from, for messages: file and document.</param>
internal sealed record DesiredObject(ObjectKey Key, GroupVersionKind Type, byte[] Json, string DesiredHash, string Location)
{
    /// <summary>Within the sync: waves are written in ascending order.</summary>
    public int Wave { get; init; }

    /// <summary>How it is written, compared and deleted.</summary>
    public ObjectOptions Options { get; init; } = ObjectOptions.None;

    public KubernetesObject Parse() => KubernetesObject.Parse(Json);
}

internal enum ObservedKind
{
    /// <summary>Nothing is known (yet). Never taken for absence.</summary>
    Unknown,

    /// <summary>Known not to exist.</summary>
    Missing,

    /// <summary>As our last apply left it.</summary>
    InSync,

    /// <summary>There, and our fields are not as we left them.</summary>
    Drifted,

    /// <summary>There with our values, which are not all ours any more: the next apply owns them again, quietly.</summary>
    OwnershipLost,

    /// <summary>Another object of that name.</summary>
    Recreated,

    /// <summary>Being deleted.</summary>
    Terminating,
}

/// <summary>What is known of the live object when a plan is made.</summary>
/// <param name="Kind">How it relates to our last apply.</param>
/// <param name="Uid">Of the live object; null where unknown or missing.</param>
/// <param name="Detail">For people: the drifted fields, the finalizers; null if there is nothing to say.</param>
/// <param name="PruneRefusal">Why the live object must not be pruned; null if it may, or if that was not looked at.</param>
internal sealed record ObservedState(ObservedKind Kind, string? Uid = null, string? Detail = null, string? PruneRefusal = null)
{
    public static readonly ObservedState Unknown = new(ObservedKind.Unknown);
    public static readonly ObservedState Missing = new(ObservedKind.Missing);
}

internal enum PlannedAction
{
    /// <summary>Known not to exist: apply.</summary>
    Create,

    /// <summary>What is desired changed, or was never confirmed: apply.</summary>
    Update,

    /// <summary>What is desired did not change, the live object did: apply.</summary>
    Heal,

    /// <summary>No request.</summary>
    Unchanged,

    /// <summary>In the inventory and no longer desired: delete, if the live object allows it.</summary>
    Prune,

    /// <summary>No longer desired, and protected: stays in the cluster and in the inventory.</summary>
    KeepProtected,
}

/// <param name="Action">What to do.</param>
/// <param name="Key">To which object.</param>
/// <param name="Desired">What to apply; null where the object is no longer desired.</param>
/// <param name="Entry">Its inventory entry; null if it has none.</param>
/// <param name="Reason">For people.</param>
internal sealed record PlannedChange(
    PlannedAction Action, ObjectKey Key, DesiredObject? Desired, InventoryEntry? Entry, string Reason)
{
    /// <summary>
    /// Whether a sync has to write it: what is desired is not what was applied. An object that somebody else changed or deleted
    /// is drift, and set right by healing.
    /// </summary>
    public bool IsNew => Action is PlannedAction.Create or PlannedAction.Update
        && !(Entry is { Fingerprint: not null } && Desired is not null
            && Entry.DesiredHash == Desired.DesiredHash && Entry.Version == Desired.Type.Version);

    /// <summary>Whether a sync has to send a request for it.</summary>
    public bool IsWrite => Action is PlannedAction.Create or PlannedAction.Update or PlannedAction.Heal or PlannedAction.Prune;
}

/// <summary>Everything a sync would do, as data: for the apply, the status, a dry run and the tests alike.</summary>
/// <param name="Changes">Sorted: desired objects in their order, then what is no longer desired by key.</param>
internal sealed record SyncPlan(ImmutableArray<PlannedChange> Changes)
{
    public static readonly SyncPlan Empty = new([]);

    public int Creates => Count(PlannedAction.Create);

    public int Updates => Count(PlannedAction.Update);

    public int Heals => Count(PlannedAction.Heal);

    public int Prunes => Count(PlannedAction.Prune);

    public int Unchanged => Count(PlannedAction.Unchanged);

    public int Protected => Count(PlannedAction.KeepProtected);

    public bool HasWrites => Changes.Any(static change => change.IsWrite);

    public IEnumerable<PlannedChange> Of(PlannedAction action) => Changes.Where(change => change.Action == action);

    private int Count(PlannedAction action) => Changes.Count(change => change.Action == action);
}

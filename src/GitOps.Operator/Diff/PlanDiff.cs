using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Diff;

/// <summary>
/// What has to be done so that the cluster equals the desired objects: by hashes and by what watches saw, without a request.
/// </summary>
internal static class PlanDiff
{
    /// <param name="desired">In the order in which they are to be reported.</param>
    /// <param name="inventory">What the Application manages, the entries of objects that vanished included.</param>
    /// <param name="observed">What is known of an object now.</param>
    public static SyncPlan Compare(
        IReadOnlyList<DesiredObject> desired,
        IReadOnlyDictionary<ObjectKey, InventoryEntry> inventory,
        Func<ObjectKey, ObservedState> observed)
    {
        var changes = ImmutableArray.CreateBuilder<PlannedChange>(desired.Count);
        var keys = new HashSet<ObjectKey>(desired.Count);
        foreach (var wanted in desired)
        {
            keys.Add(wanted.Key);
            var entry = inventory.GetValueOrDefault(wanted.Key);
            var (action, reason) = Wanted(wanted, entry, observed(wanted.Key));
            changes.Add(new(action, wanted.Key, wanted, entry, reason));
        }

        foreach (var entry in inventory.Values.Where(entry => !keys.Contains(entry.Key)).OrderBy(static entry => entry.Key))
        {
            var (action, reason) = Unwanted(observed(entry.Key));
            changes.Add(new(action, entry.Key, null, entry, reason));
        }

        return new(changes.DrainToImmutable());
    }

    private static (PlannedAction Action, string Reason) Wanted(DesiredObject wanted, InventoryEntry? entry, ObservedState state)
    {
        if (state.Kind == ObservedKind.Terminating)
        {
            // The server would answer 200 to an apply, and the object would go all the same.
            return (PlannedAction.Unchanged, With("is being deleted; it is created again when it is gone", state.Detail));
        }

        if (state.Kind == ObservedKind.Missing)
        {
            return (PlannedAction.Create, entry?.Fingerprint is null ? "is not in the cluster" : "was deleted from the cluster");
        }

        if (entry is null)
        {
            return (PlannedAction.Update, "is not managed yet");
        }

        if (entry.Fingerprint is null)
        {
            return (PlannedAction.Update, "its last apply was not confirmed");
        }

        if (entry.DesiredHash != wanted.DesiredHash)
        {
            return (PlannedAction.Update, "its manifest changed");
        }

        if (entry.Version != wanted.Type.Version)
        {
            return (PlannedAction.Update, $"its apiVersion changed from {entry.Version} to {wanted.Type.Version}");
        }

        return state.Kind switch
        {
            ObservedKind.Drifted => (PlannedAction.Heal, With("was changed in the cluster", state.Detail)),
            ObservedKind.Recreated => (PlannedAction.Heal, "was deleted and made again by somebody else"),
            ObservedKind.OwnershipLost => (PlannedAction.Heal, "has our values under another owner"),
            ObservedKind.InSync => (PlannedAction.Unchanged, "in sync"),
            _ => (PlannedAction.Unchanged, "not observed yet"),
        };
    }

    private static (PlannedAction Action, string Reason) Unwanted(ObservedState state) => state switch
    {
        { Kind: ObservedKind.Missing } => (PlannedAction.Prune, "no longer desired, and gone already"),
        { Kind: ObservedKind.Terminating } => (PlannedAction.Prune, With("no longer desired, and being deleted", state.Detail)),
        { PruneRefusal: { } refusal } => (PlannedAction.KeepProtected, refusal),
        _ => (PlannedAction.Prune, "no longer desired"),
    };

    private static string With(string reason, string? detail) => detail is null ? reason : $"{reason}: {detail}";
}

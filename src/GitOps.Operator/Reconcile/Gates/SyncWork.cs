namespace GitOps.Operator.Reconcile.Gates;

/// <summary>What there is for a sync to do, if it may.</summary>
/// <param name="Writes">Something desired is not what was applied.</param>
/// <param name="Prunes">Something is no longer desired, and may be deleted.</param>
/// <param name="Unfinished">A sync has begun and not ended.</param>
/// <param name="IsAsked">Somebody asked for a sync, whatever it finds to do.</param>
/// <param name="IsNewRevision">A commit that changed what was read but not what came of it: to be synced to all the same.</param>
internal readonly record struct SyncWork(bool Writes, bool Prunes, bool Unfinished, bool IsAsked, bool IsNewRevision)
{
    public bool IsAny => Writes || Prunes || Unfinished || IsAsked || IsNewRevision;

    public static SyncWork Of(ReconcileContext context)
    {
        var runtime = context.Runtime;
        return new(
            context.Plan.Changes.Any(static change => change.IsNew),
            context.Plan.Prunes > 0 && context.Spec.Prune && context.PruneBlocked is null,
            runtime.Target is not null && (runtime.Operation is not null || runtime.Inventory is { Header: null or { Pending: true } }),
            context.Request is not null,
            runtime is { Target: { } target, Inventory.Header: { } header }
                && (header.Revision != target.Revision || header.OptionsHash != target.OptionsHash));
    }
}

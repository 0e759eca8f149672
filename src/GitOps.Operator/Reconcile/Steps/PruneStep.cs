using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Apply;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Diff;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>
/// Deletes what is not desired any more, after everything else has been applied without an error. What is still going stays
/// in the inventory until it is seen gone.
/// </summary>
internal sealed class PruneStep : IReconcileStep
{
    private readonly Pruner _pruner;
    private readonly ManagedObjects _objects;

    public PruneStep(Pruner pruner, ManagedObjects objects)
    {
        _pruner = pruner;
        _objects = objects;
    }

    public string Name => "prune";

    public async Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        if (!context.Syncing || !context.Spec.Prune || context.PruneBlocked is not null || context.Plan.Prunes == 0
            || context.Applied.Any(static result => result.IsFailure) || context.Shared.Count > 0)
        {
            return StepResult.Continue;
        }

        var entries = context.Plan.Of(PlannedAction.Prune).Select(change => Confirmed(context, change.Entry!)).ToList();
        context.Pruned = await _pruner.PruneAsync(context.Writer, entries, "Foreground", (live, entry) => Check(context, live, entry), cancellationToken);
        context.Runtime.Progress.Count(context.Pruned);
        foreach (var result in context.Pruned)
        {
            TakeIn(context, result);
        }

        return StepResult.Continue;
    }

    /// <summary>What to do with a live object that is not desired any more.</summary>
    public static PruneVerdict Verdict(KubernetesObject live, InventoryEntry entry, NamespacedName application)
    {
        if (PruneFilter.Check(live, entry, application) is not { } reason)
        {
            return PruneVerdict.Delete;
        }

        // Another object of that name, or one that says it belongs to somebody else, is none of ours. Everything else that
        // stays is: it is kept in sight.
        var owner = Marks.Owner(live);
        var foreign = entry.Uid.Length == 0 ? owner != application : live.Uid != entry.Uid || (owner is not null && owner != application);
        return new(foreign ? PruneDecision.Release : PruneDecision.Keep, $"{entry.Key} stays: {reason}");
    }

    private static PruneVerdict Check(ReconcileContext context, KubernetesObject live, InventoryEntry entry)
    {
        var verdict = Verdict(live, entry, context.Key);
        if (verdict.Decision == PruneDecision.Delete && !context.Spec.PruneUnmarked && Annotations.SyncOption(live, "Prune") != "true")
        {
            verdict = new(PruneDecision.Keep, $"{entry.Key} stays: the Application's sync options say Prune=false");
        }

        if (verdict.Decision == PruneDecision.Keep)
        {
            lock (context.Runtime.PruneRefusals)
            {
                context.Runtime.PruneRefusals[entry.Key] = (live.ResourceVersion, verdict.Reason!);
            }
        }

        return verdict;
    }

    /// <summary>
    /// An apply whose answer never came left an entry without a uid. The object that carries our label and names this
    /// Application and itself in its tracking id is the one.
    /// </summary>
    private InventoryEntry Confirmed(ReconcileContext context, InventoryEntry entry) =>
        entry.Uid.Length == 0 && _objects.StateOf(entry.Key)?.Suspect is { Uid: { } uid } seen && Marks.Owner(seen) == context.Key
            ? entry with { Uid = uid }
            : entry;

    private void TakeIn(ReconcileContext context, PruneResult result)
    {
        if (result.Outcome is PruneOutcome.Gone or PruneOutcome.Released)
        {
            context.Runtime.Inventory!.Remove(result.Key);
            context.Runtime.Content.Remove(result.Key);
            context.Runtime.Heals.Remove(result.Key);
            context.Runtime.Drift.Remove(result.Key);
            context.Runtime.PruneRefusals.Remove(result.Key);
            _objects.Release(result.Key);
        }
    }
}

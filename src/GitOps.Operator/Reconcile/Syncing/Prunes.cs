using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Apply;
using GitOps.Operator.Auditing;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Diff;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Syncing;

/// <summary>
/// Deletes what is not desired any more. What is still going stays in the inventory until it is seen gone.
/// </summary>
internal sealed class Prunes
{
    private readonly Pruner _pruner;
    private readonly ManagedObjects _objects;

    public Prunes(Pruner pruner, ManagedObjects objects)
    {
        _pruner = pruner;
        _objects = objects;
    }

    /// <summary>Deletes these objects, as far as nothing protects them.</summary>
    public async Task<ImmutableArray<PruneResult>> DeleteAsync(
        ReconcileContext context, IEnumerable<InventoryEntry> entries, CancellationToken cancellationToken)
    {
        var confirmed = entries.Select(entry => Confirmed(context, entry)).ToList();
        using var audit = AuditScope.For(AuditReason.Prune);
        var results = await _pruner.PruneAsync(
            context.Writer, confirmed, context.Options.PrunePropagation, (live, entry) => Check(context, live, entry), cancellationToken);
        context.Add(results);
        context.Runtime.Progress.Count(results);
        foreach (var result in results)
        {
            TakeIn(context, result);
        }

        return results;
    }

    /// <summary>What to do with a live object that is not desired any more.</summary>
    /// <param name="live">Just read.</param>
    /// <param name="entry">Its entry in the inventory.</param>
    /// <param name="application">Whose it is.</param>
    /// <param name="asks">Whether a person is asked about what says <c>Prune=confirm</c>.</param>
    public static PruneVerdict Verdict(KubernetesObject live, InventoryEntry entry, NamespacedName application, bool asks = false)
    {
        var reason = PruneFilter.Check(live, entry, application, asks);
        if (reason is null && entry.Options.HasFlag(EntryOptions.ManagedNamespace))
        {
            reason = "CreateNamespace makes a namespace, and never deletes it";
        }

        if (reason is null)
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
        if (entry.Options.HasFlag(EntryOptions.ManagedNamespace) && live.Uid == entry.Uid && Marks.Owner(live) == context.Key)
        {
            return new(PruneDecision.LetGo, $"{entry.Key} stays: managedNamespaceMetadata is only taken off it");
        }

        var verdict = Verdict(live, entry, context.Key, asks: true);
        if (verdict.Decision == PruneDecision.Delete)
        {
            verdict = Consented(context, live, entry);
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

    /// <summary>What the object says of its pruning goes before what the Application's options say of all.</summary>
    private static PruneVerdict Consented(ReconcileContext context, KubernetesObject live, InventoryEntry entry)
    {
        var own = SyncOptionRules.ConsentOf(Annotations.SyncOption(live, "Prune"));
        return (own == DeletionConsent.Unsaid ? context.Options.Prune : own) switch
        {
            DeletionConsent.No => new(PruneDecision.Keep, $"{entry.Key} stays: the Application's sync options say Prune=false"),
            DeletionConsent.Confirm when !IsApproved(context) => new(PruneDecision.Confirm, entry.Key.ToString()),
            _ => PruneVerdict.Delete,
        };
    }

    // In whole seconds, as the status says when the operation began.
    private static bool IsApproved(ReconcileContext context) =>
        ApplicationAnnotationRules.DeletionApproved(context.Application.Metadata.Annotations) is { } approved
        && context.Runtime.Operation is { } operation
        && approved.ToUnixTimeSeconds() >= operation.StartedAt.ToUnixTimeSeconds();

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
            context.Runtime.Inventory!.Remove(result.Key, isDeleted: result.Outcome == PruneOutcome.Gone);
            context.Runtime.Content.Remove(result.Key);
            context.Runtime.Fights.Remove(result.Key);
            context.Runtime.Drift.Remove(result.Key);
            context.Runtime.PruneRefusals.Remove(result.Key);
            _objects.Release(result.Key);
        }
    }
}

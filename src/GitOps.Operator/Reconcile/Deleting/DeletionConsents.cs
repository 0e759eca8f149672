using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Syncing;

namespace GitOps.Operator.Reconcile.Deleting;

/// <summary>
/// Whether a live object goes with its Application: what protects it from being pruned protects it here, then <c>Delete=…</c> of
/// the object, then of the Application. Pure.
/// </summary>
/// <param name="Application">The one that is being deleted.</param>
/// <param name="ForAll">What its sync options say of objects that say nothing.</param>
/// <param name="IsApproved">Whether a person has confirmed this deletion.</param>
internal sealed record DeletionConsents(NamespacedName Application, DeletionConsent ForAll, bool IsApproved)
{
    private const string Option = "Delete";

    /// <param name="application">The one that is being deleted.</param>
    /// <param name="problem">Set where its own option makes no sense: nobody knows what was meant.</param>
    public static DeletionConsents Of(ApplicationResource application, out string? problem)
    {
        problem = null;
        var all = DeletionConsent.Unsaid;
        foreach (var option in application.Spec.SyncPolicy?.SyncOptions ?? [])
        {
            if (!option.Trim().StartsWith(Option + "=", StringComparison.Ordinal))
            {
                continue;
            }

            var said = SyncOptionRules.ConsentOf(option.Trim()[(Option.Length + 1)..]);
            if (said == DeletionConsent.Unsaid || (all != DeletionConsent.Unsaid && said != all))
            {
                problem = $"{SyncOptionRules.SpecPath}: '{option}' is not clear; keep one of Delete=true, Delete=false and Delete=confirm";
            }

            all = said;
        }

        return new(application.Key, all, IsConfirmed(application.Metadata));
    }

    public PruneVerdict Judge(KubernetesObject live, InventoryEntry entry)
    {
        if (entry.Options.HasFlag(EntryOptions.ManagedNamespace) && live.Uid == entry.Uid && Marks.Owner(live) == Application)
        {
            return new(PruneDecision.LetGo, $"{entry.Key} stays: managedNamespaceMetadata is only taken off it");
        }

        var verdict = Prunes.Verdict(live, entry, Application);
        if (verdict.Decision != PruneDecision.Delete)
        {
            return verdict;
        }

        if (Annotations.SyncOption(live, Option) is not { } own)
        {
            return Judge(entry, ForAll, "the Application's sync options say");
        }

        return SyncOptionRules.ConsentOf(own) is var said && said != DeletionConsent.Unsaid
            ? Judge(entry, said, "its sync-options say")
            : new(PruneDecision.Keep, $"{entry.Key} stays: its sync-options say Delete={own}, which is neither true, false nor confirm");
    }

    // Both are in whole seconds: the command that the condition names approves just this deletion.
    private static bool IsConfirmed(ObjectMeta metadata) =>
        TimestampConverter.TryParse(metadata.DeletionTimestamp, out var deleted)
        && ApplicationAnnotationRules.DeletionApproved(metadata.Annotations) is { } approved
        && approved >= deleted;

    private PruneVerdict Judge(InventoryEntry entry, DeletionConsent consent, string who) => consent switch
    {
        DeletionConsent.No => new(PruneDecision.Keep, $"{entry.Key} stays: {who} Delete=false"),
        DeletionConsent.Confirm when !IsApproved => new(PruneDecision.Confirm, entry.Key.ToString()),
        _ => PruneVerdict.Delete,
    };
}

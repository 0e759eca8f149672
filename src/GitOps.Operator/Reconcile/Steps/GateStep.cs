using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>Whether what the plan says may be done now: mode, retries, and everything that guards deletions.</summary>
internal sealed class GateStep : IReconcileStep
{
    private readonly ManagedObjects _objects;

    public GateStep(ManagedObjects objects) => _objects = objects;

    public string Name => "gate";

    public Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var writes = context.Plan.Changes.Any(static change => change.IsNew);
        var prunes = context.Plan.Prunes > 0;
        if (prunes && context.PruneBlocked is null)
        {
            context.PruneBlocked = PruneGate(context);
        }

        context.SyncBlocked = SyncGate(context);
        var mayPrune = prunes && context.Spec.Prune && context.PruneBlocked is null;
        var unfinished = context.Runtime.Inventory is { Header: null or { Pending: true } } && context.Runtime.Target is not null;
        context.Syncing = context.SyncBlocked is null && (writes || mayPrune || unfinished || IsNewRevision(context));
        return Task.FromResult(StepResult.Continue);
    }

    /// <summary>Names exactly these deletions at this revision: what an approval refers to.</summary>
    public static string HashOf(SyncPlan plan, string revision)
    {
        var text = new StringBuilder(revision);
        foreach (var change in plan.Of(PlannedAction.Prune))
        {
            text.Append('\n').Append(change.Key).Append('\0').Append(change.Entry?.Uid);
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..16];
    }

    // A commit that changed what was read but not what came of it: nothing to write, and still synced to that commit.
    private static bool IsNewRevision(ReconcileContext context) =>
        context.Runtime.Target is { } target && context.Runtime.Inventory?.Header is { } header
        && (header.Revision != target.Revision || header.OptionsHash != target.OptionsHash);

    private static (string Reason, string Message)? SyncGate(ReconcileContext context)
    {
        var spec = context.Spec;
        if (spec.Suspended)
        {
            return ("Suspended", "spec.suspend is true: nothing is written");
        }

        if (!spec.Automated)
        {
            return ("ManualSync", "spec.syncPolicy.automated is not set: nothing is written, the plan says what a sync would do");
        }

        if (context.Runtime.Attempt is { } attempt && attempt.Revision == context.Runtime.Target?.Revision
            && attempt.Generation == context.Application.Metadata.Generation)
        {
            if (attempt.Permanent)
            {
                return ("SyncFailed", attempt.Message ?? "the sync failed");
            }

            if (attempt.NotBefore > context.Now)
            {
                return ("Retrying", string.Create(CultureInfo.InvariantCulture,
                    $"{attempt.Message}; attempt {attempt.Failures + 1} at {attempt.NotBefore:HH:mm:ss} UTC"));
            }
        }

        return null;
    }

    private (string Reason, string Message)? PruneGate(ReconcileContext context)
    {
        var target = context.Runtime.Target!;
        if (target.Objects.IsEmpty && target.Unmapped.IsEmpty && !context.Spec.AllowEmpty)
        {
            return ("EmptyRendering", "the source renders to nothing, so nothing is deleted; set syncPolicy.automated.allowEmpty if that is meant");
        }

        var unknown = target.Unmapped.Select(static item => item.Type.GroupKind).ToHashSet();
        if (context.Plan.Of(PlannedAction.Prune).FirstOrDefault(change => unknown.Contains(change.Key.GroupKind)) is { } unsure)
        {
            return ("KindUnknown", $"{unsure.Key} may still be desired: the server does not say what {unsure.Key.GroupKind} is");
        }

        return context.Spec.DeletionBudget is { } budget ? BudgetGate(context, budget, target.Revision) : null;
    }

    private (string Reason, string Message)? BudgetGate(ReconcileContext context, DeletionBudget budget, string revision)
    {
        // What is going already was let through before.
        var prunes = context.Plan.Of(PlannedAction.Prune).Count(change => _objects.StateOf(change.Key)?.Presence != Presence.Terminating);
        var allowed = budget.Allowed(context.Runtime.Inventory!.Entries.Count);
        if (prunes <= allowed)
        {
            return null;
        }

        var hash = HashOf(context.Plan, revision);
        if (context.Application.Metadata.Annotations.TryGetValue(Names.ApprovedPlanAnnotation, out var approved) && approved == hash)
        {
            context.Runtime.ApprovedPrunes = (revision, [.. context.Plan.Of(PlannedAction.Prune).Select(static change => change.Key)]);
        }

        // Deleting takes several passes, and what is left of an approved plan has another hash.
        if (context.Runtime.ApprovedPrunes is { } known && known.Revision == revision
            && context.Plan.Of(PlannedAction.Prune).All(change => known.Keys.Contains(change.Key)))
        {
            return null;
        }

        var names = string.Join(", ", context.Plan.Of(PlannedAction.Prune).Take(10).Select(static change => change.Key.ToString()));
        return ("DeletionBudgetExceeded",
            $"{prunes} objects would be deleted, the budget allows {allowed}: {names}{(prunes > 10 ? ", …" : string.Empty)}; "
            + $"to let it through: kubectl annotate --overwrite applications.{Names.Group} {context.Key.Name} -n {context.Key.Namespace} {Names.ApprovedPlanAnnotation}={hash}");
    }
}

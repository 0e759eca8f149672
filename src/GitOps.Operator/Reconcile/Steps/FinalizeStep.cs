using GitOps.Kubernetes.Http;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Deleting;
using GitOps.Operator.Reconcile.Inventories;
using GitOps.Operator.Status;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>
/// An Application that is being deleted, as its finalizers say: PreDelete hooks, its objects in reverse waves, PostDelete hooks.
/// Without a resources finalizer its objects stay. The inventory is let go last of all, and the finalizers with it.
/// </summary>
internal sealed class FinalizeStep : IReconcileStep
{
    private const string Error = "DeletionError";

    private readonly ObserveStep _observe;
    private readonly DeletionAccounts _accounts;
    private readonly DeleteHooks _hooks;
    private readonly ObjectDeletions _deletions;
    private readonly ApplicationFinalizers _finalizers;
    private readonly InventoryStore _store;
    private readonly ManagedObjects _objects;
    private readonly OperatorEvents _events;
    private readonly ILogger<FinalizeStep> _log;

    public FinalizeStep(
        ObserveStep observe, DeletionAccounts accounts, DeleteHooks hooks, ObjectDeletions deletions, ApplicationFinalizers finalizers,
        InventoryStore store, ManagedObjects objects, OperatorEvents events, ILogger<FinalizeStep> log)
    {
        _observe = observe;
        _accounts = accounts;
        _hooks = hooks;
        _deletions = deletions;
        _finalizers = finalizers;
        _store = store;
        _objects = objects;
        _events = events;
        _log = log;
    }

    public string Name => "finalize";

    public async Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        if (!context.Application.Metadata.IsTerminating)
        {
            return StepResult.Continue;
        }

        StepResult result;
        try
        {
            result = await FinalizeAsync(context, cancellationToken);
        }
        catch (ApiException refusal) when (refusal.IsForbidden)
        {
            result = StepResult.Fail(
                Error, $"not allowed: {refusal.Message}; to leave what is left where it is: {WayOut.WithoutObjects(context.Application.Metadata)}");
        }

        if (result.Verdict is StepVerdict.Fail or StepVerdict.Stall || result.Reason == ObjectDeletions.Confirmation)
        {
            context.DeletionBlocked = (result.Reason!, result.Message!);
        }

        return result;
    }

    private async Task<StepResult> FinalizeAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var finalizers = context.Application.Metadata.Finalizers;
        if (context.Runtime.IsFinalized)
        {
            // Only the watch has still to say that it is gone; unless somebody put a finalizer of ours back meanwhile.
            return await ReleaseAsync(context, cancellationToken);
        }

        if (finalizers.FirstOrDefault(DeletionFinalizers.IsMisspelt) is { } misspelt)
        {
            return StepResult.Stall(Error, $"'{misspelt}' is no finalizer that anybody answers for, so nobody knows what is to be deleted; correct it, or take it off");
        }

        var account = await _accounts.FindAsync(context, cancellationToken);
        context.Writer = account.Writer;
        await _hooks.BreakOffAsync(context, account, cancellationToken);
        var cascade = ResourcesFinalizers.Of(finalizers);
        if (cascade != Cascade.Orphan || DeleteHooks.IsDue(context, SyncPhase.PreDelete) || DeleteHooks.IsDue(context, SyncPhase.PostDelete))
        {
            var observed = await _observe.RunAsync(context, cancellationToken);
            if (observed.Verdict != StepVerdict.Continue)
            {
                return observed;
            }

            var ended = account.IsGone ? Abandon(context, account, cascade) : await DeleteAsync(context, account, cascade, cancellationToken);
            if (ended is not null)
            {
                return ended;
            }
        }

        await ReleaseInventoryAsync(context, cancellationToken);
        context.Runtime.IsFinalized = true;
        return await ReleaseAsync(context, cancellationToken);
    }

    private async Task<StepResult?> DeleteAsync(ReconcileContext context, DeletionAccount account, Cascade cascade, CancellationToken cancellationToken)
    {
        if (cascade == Cascade.Orphan)
        {
            return await _hooks.RunAsync(context, SyncPhase.PreDelete, account, cancellationToken)
                ?? await _hooks.RunAsync(context, SyncPhase.PostDelete, account, cancellationToken);
        }

        if (context.Runtime.Inventory!.Unknown is { } unknown)
        {
            return StepResult.Fail(Error, $"the inventory is not whole ({unknown}): nothing is deleted until it is");
        }

        var consents = DeletionConsents.Of(context.Application, out var problem);
        if (problem is not null)
        {
            return StepResult.Stall(Error, problem);
        }

        if (await _deletions.SurveyAsync(context, consents, cancellationToken) is { } unconfirmed)
        {
            return unconfirmed;
        }

        if (await _hooks.RunAsync(context, SyncPhase.PreDelete, account, cancellationToken) is { } before)
        {
            return before;
        }

        var (first, last, ended) = await _hooks.SplitAsync(context, account, cancellationToken);
        if (ended is not null)
        {
            return ended;
        }

        var kept = new List<string>();
        var left = await _deletions.DeleteAsync(context, first, account, cascade, consents, kept, cancellationToken)
            ?? await _hooks.RunAsync(context, SyncPhase.PostDelete, account, cancellationToken)
            ?? await _deletions.DeleteAsync(context, last, account, cascade, consents, kept, cancellationToken);
        if (left is null)
        {
            Tell(context, kept);
        }

        return left;
    }

    private void Tell(ReconcileContext context, List<string> kept)
    {
        var state = context.Runtime.Deletion;
        List<string> stays = [.. kept, .. state.Released];
        if (stays.Count > 0)
        {
            _events.Normal(context.Application, "Kept", "Delete", string.Join("; ", stays));
        }

        Log.Finalized(_log, context.Key, state.Deleted, stays.Count);
    }

    /// <summary>Whoever deleted the account meant that nothing is done in its name any more: not even this.</summary>
    private StepResult? Abandon(ReconcileContext context, DeletionAccount account, Cascade cascade)
    {
        var left = cascade == Cascade.Orphan
            ? []
            : context.Runtime.Inventory!.Entries.Keys.Where(key => key != Accounts.KeyOf(account.Account!.Value)).Order().Select(static key => key.ToString()).ToList();
        var what = left.Count == 0 ? "nothing is left to delete" : $"{left.Count} object(s) stay: {string.Join(", ", left)}";
        _events.Warning(context.Application, Accounts.Gone, "Delete", $"ServiceAccount {account.Account} is gone, so nothing is deleted and no hook runs; {what}");
        Log.Finalized(_log, context.Key, context.Runtime.Deletion.Deleted, left.Count);
        return null;
    }

    private async Task ReleaseInventoryAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var inventory = context.Runtime.Inventory;
        if (inventory is null)
        {
            var selector = $"{Names.ApplicationLabel}={Marks.LabelValue(context.Key)}";
            var (pages, _) = await _store.ListAsync(context.Key.Namespace, selector, cancellationToken);
            inventory = ApplicationInventory.From([.. pages[context.Key]]);
        }

        await _store.DeleteAsync([.. inventory.Pages, .. inventory.Surplus], context.Key, cancellationToken);
        context.Runtime.Inventory = new();
        _objects.ReleaseAll(context.Key);
    }

    private async Task<StepResult> ReleaseAsync(ReconcileContext context, CancellationToken cancellationToken) =>
        await _finalizers.RemoveAsync(context.Application.Metadata, DeletionFinalizers.IsOne, cancellationToken)
            ? StepResult.Done
            : StepResult.Fail("Conflict", "the Application changes faster than its finalizer can be taken off", TimeSpan.FromSeconds(1));
}

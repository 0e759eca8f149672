using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Apply;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Inventories;
using GitOps.Operator.Status;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>
/// An Application that is being deleted: with a resources finalizer its objects go first, and the finalizer is taken off when
/// they are gone; without one they stay. The inventory is let go last of all.
/// </summary>
internal sealed class FinalizeStep : IReconcileStep
{
    private const int MaxNamed = 5;
    private static readonly ApiResource Namespace = ApiResource.Of("v1", "Namespace", "namespaces", namespaced: false, "status");

    private readonly IKubernetesClient _client;
    private readonly TrustPolicy _policy;
    private readonly ObserveStep _observe;
    private readonly Pruner _pruner;
    private readonly InventoryStore _store;
    private readonly ManagedObjects _objects;
    private readonly OperatorEvents _events;
    private readonly ILogger<FinalizeStep> _log;

    public FinalizeStep(
        IKubernetesClient client, TrustPolicy policy, ObserveStep observe, Pruner pruner, InventoryStore store, ManagedObjects objects,
        OperatorEvents events, ILogger<FinalizeStep> log)
    {
        _client = client;
        _policy = policy;
        _observe = observe;
        _pruner = pruner;
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

        if (context.Runtime.IsFinalized)
        {
            // Only the watch has still to say that it is gone; unless somebody put a finalizer of ours back meanwhile.
            return await RemoveFinalizersAsync(context, cancellationToken);
        }

        var cascade = ResourcesFinalizers.Of(context.Application.Metadata.Finalizers);
        if (cascade != Cascade.Orphan)
        {
            var observed = await _observe.RunAsync(context, cancellationToken);
            if (observed.Verdict != StepVerdict.Continue)
            {
                return observed;
            }

            if (context.Runtime.Inventory!.Unknown is { } unknown)
            {
                return StepResult.Fail("DeletionError", $"the inventory is not whole ({unknown}): nothing is deleted until it is");
            }

            if (await DeleteAsync(context, cascade, cancellationToken) is { } waiting)
            {
                return waiting;
            }
        }

        await ReleaseInventoryAsync(context, cancellationToken);
        context.Runtime.IsFinalized = true;
        return await RemoveFinalizersAsync(context, cancellationToken);
    }

    private async Task<StepResult?> DeleteAsync(ReconcileContext context, Cascade cascade, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        var inventory = runtime.Inventory!;
        if (inventory.Entries.Count == 0)
        {
            return null;
        }

        var writer = await WriterAsync(context, cancellationToken);
        var results = await _pruner.PruneAsync(
            writer, [.. inventory.Entries.Values.Select(entry => Confirmed(context, entry))],
            cascade == Cascade.Background ? "Background" : "Foreground",
            (live, entry) => Check(live, entry, context.Key), cancellationToken);
        runtime.DeletedObjects += results.Count(static result => result.Outcome == PruneOutcome.Gone);
        foreach (var result in results.Where(static result => result.Outcome is PruneOutcome.Gone or PruneOutcome.Released))
        {
            inventory.Remove(result.Key);
            _objects.Release(result.Key);
        }

        if (results.FirstOrDefault(static result => result.Outcome == PruneOutcome.Failed) is { } failed)
        {
            return StepResult.Fail("DeletionError", failed.Message ?? failed.Key.ToString(), failed.RetryAfter);
        }

        var pending = results.Where(static result => result.Outcome == PruneOutcome.Pending).ToList();
        if (pending.Count > 0 || results.Length < runtime.Inventory!.Entries.Count)
        {
            return StepResult.Wait(
                "Deleting",
                pending.Count == 0 ? "deleting" : string.Join("; ", pending.Take(MaxNamed).Select(static result => result.Message)),
                pending.Count == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(5));
        }

        var kept = results.Where(static result => result.Outcome == PruneOutcome.Kept).ToList();
        if (kept.Count > 0)
        {
            _events.Normal(context.Application, "Kept", "Delete", string.Join("; ", kept.Take(MaxNamed).Select(static result => result.Message)));
        }

        Log.Finalized(_log, context.Key, runtime.DeletedObjects, kept.Count);
        return null;
    }

    private static PruneVerdict Check(KubernetesObject live, InventoryEntry entry, NamespacedName application)
    {
        if (Annotations.SyncOption(live, "Delete") == "false")
        {
            return new(PruneDecision.Keep, $"{entry.Key} stays: its sync-options say Delete=false");
        }

        return PruneStep.Verdict(live, entry, application);
    }

    private InventoryEntry Confirmed(ReconcileContext context, InventoryEntry entry) =>
        entry.Uid.Length == 0 && _objects.StateOf(entry.Key)?.Suspect is { Uid: { } uid } seen && Marks.Owner(seen) == context.Key
            ? entry with { Uid = uid }
            : entry;

    /// <summary>
    /// Deletes are made as the Application's account. With its namespace the account and its rights go too, in no order; what is
    /// left to delete then carries our marks and the recorded uid, and is deleted as the operator.
    /// </summary>
    private async Task<IKubernetesClient> WriterAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var identity = Identity(context.Application);
        if (identity is null)
        {
            return _client;
        }

        var home = await _client.GetAsync(Namespace, string.Empty, context.Key.Namespace, cancellationToken);
        return home is null or { IsTerminating: true } ? _client : _client.As(identity);
    }

    // The spec may have become invalid: whoever could write the objects may delete them.
    private Impersonation? Identity(ApplicationResource application)
    {
        var name = application.Spec.ServiceAccountName;
        if (string.IsNullOrEmpty(name) && !_policy.Trusts(application.Metadata.Namespace))
        {
            name = _policy.DefaultServiceAccount;
        }

        return string.IsNullOrEmpty(name) ? null : Impersonation.ServiceAccount(application.Metadata.Namespace, name);
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

    private async Task<StepResult> RemoveFinalizersAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var live = await _client.GetAsync(Names.Application, context.Key.Namespace, context.Key.Name, cancellationToken);
            if (live is null || live.Uid != context.Application.Metadata.Uid)
            {
                return StepResult.Done;
            }

            var left = live.Finalizers.Where(static finalizer => !ResourcesFinalizers.IsOne(finalizer)).ToList();
            if (left.Count == live.Finalizers.Count)
            {
                return StepResult.Done;
            }

            var patch = new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["resourceVersion"] = live.ResourceVersion,
                    ["finalizers"] = new JsonArray([.. left.Select(static finalizer => (JsonNode)finalizer)]),
                },
            };
            try
            {
                await _client.PatchAsync(
                    Names.Application, context.Key.Namespace, context.Key.Name, PatchType.Merge, patch,
                    new WriteOptions(Names.StatusFieldManager), cancellationToken);
                return StepResult.Done;
            }
            catch (ApiException refusal) when (refusal.IsConflict || refusal.IsNotFound)
            {
                // It changed, or went, in between: look again.
            }
        }

        return StepResult.Fail("Conflict", "the Application changes faster than its finalizer can be taken off", TimeSpan.FromSeconds(1));
    }
}

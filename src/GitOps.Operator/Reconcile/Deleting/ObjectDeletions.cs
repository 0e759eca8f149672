using System.Collections.Immutable;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Apply;
using GitOps.Operator.Auditing;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Deleting;

/// <summary>
/// Deletes the objects of an Application, wave by wave: the next one only when nothing of the one before is left but what has
/// to stay. What is going is watched; looking again after a while is for kinds whose watch cannot tell.
/// </summary>
internal sealed class ObjectDeletions
{
    public const string Confirmation = "ConfirmationRequired";
    private const int MaxNamed = 5;
    private static readonly TimeSpan Fallback = TimeSpan.FromSeconds(30);

    private readonly IKubernetesClient _client;
    private readonly Pruner _pruner;
    private readonly ManagedObjects _objects;

    public ObjectDeletions(IKubernetesClient client, Pruner pruner, ManagedObjects objects)
    {
        _client = client;
        _pruner = pruner;
        _objects = objects;
    }

    /// <summary>Before anything goes: whether objects ask for a person's word first.</summary>
    /// <returns>Null: nothing has to be waited for.</returns>
    public async Task<StepResult?> SurveyAsync(ReconcileContext context, DeletionConsents consents, CancellationToken cancellationToken)
    {
        var state = context.Runtime.Deletion;
        if (consents.IsApproved || state.IsSurveyed)
        {
            return null;
        }

        var entries = context.Runtime.Inventory!.Entries;
        var waiting = new List<ObjectKey>();
        foreach (var type in entries.Values.Select(static entry => new GroupVersionKind(entry.Key.Group, entry.Version, entry.Key.Kind)).Distinct())
        {
            var found = await _client.Discovery.FindAsync(type, cancellationToken);
            if (found.Outcome == LookupOutcome.Absent)
            {
                found = await _client.Discovery.FindPreferredAsync(type.GroupKind, cancellationToken);
            }

            if (found.Outcome == LookupOutcome.Unknown)
            {
                return StepResult.Fail("DeletionError", $"discovery of {type.Group} is incomplete, so nothing is deleted");
            }

            // A kind that is gone has no objects; one without our label is not deleted.
            if (found.Resource is { } resource)
            {
                var options = new ListOptions($"{Names.ApplicationLabel}={Marks.LabelValue(context.Key)}", MetadataOnly: true);
                var places = entries.Keys.Where(key => key.GroupKind == type.GroupKind).Select(static key => key.Namespace).Distinct(StringComparer.Ordinal);
                waiting.AddRange((await ListAsync(resource, places, options, cancellationToken))
                    .Where(live => !live.IsTerminating && entries.TryGetValue(KeyOf(type, live), out var entry)
                        && consents.Judge(live, Confirmed(context, entry)).Decision == PruneDecision.Confirm)
                    .Select(live => KeyOf(type, live)));
            }
        }

        if (waiting.Count > 0)
        {
            return Confirm(context, waiting);
        }

        state.IsSurveyed = true;
        return null;
    }

    /// <summary>Deletes these entries of the inventory.</summary>
    /// <param name="context">The pass.</param>
    /// <param name="entries">Of the inventory.</param>
    /// <param name="account">As whom.</param>
    /// <param name="cascade">Foreground or Background.</param>
    /// <param name="consents">What may go.</param>
    /// <param name="kept">Takes what stays, a sentence each.</param>
    /// <param name="cancellationToken">Stops before the next request.</param>
    /// <returns>Null: nothing is left of them but what stays.</returns>
    public async Task<StepResult?> DeleteAsync(
        ReconcileContext context, IReadOnlyCollection<InventoryEntry> entries, DeletionAccount account, Cascade cascade, DeletionConsents consents,
        List<string> kept, CancellationToken cancellationToken)
    {
        foreach (var wave in DeletionWaves.Of(entries))
        {
            using var audit = AuditScope.For(AuditReason.Delete);
            var results = await _pruner.PruneAsync(
                account.Writer, [.. wave.Select(entry => Confirmed(context, entry))],
                cascade == Cascade.Background ? "Background" : "Foreground", consents.Judge, cancellationToken);
            TakeIn(context, results);
            kept.AddRange(results.Where(static result => result.Outcome == PruneOutcome.Kept).Select(static result => result.Message!).Order(StringComparer.Ordinal));
            if (Unfinished(context, wave, results, kept) is { } unfinished)
            {
                return unfinished;
            }
        }

        return null;
    }

    /// <summary>Where not all of the cluster may be listed, only where there are objects of the kind.</summary>
    private async Task<IReadOnlyList<KubernetesObject>> ListAsync(
        ApiResource resource, IEnumerable<string> namespaces, ListOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return (await _client.ListAsync(resource, string.Empty, options, cancellationToken)).Items;
        }
        catch (ApiException refusal) when (refusal.IsForbidden && resource.Namespaced)
        {
            var found = new List<KubernetesObject>();
            foreach (var @namespace in namespaces)
            {
                found.AddRange((await _client.ListAsync(resource, @namespace, options, cancellationToken)).Items);
            }

            return found;
        }
    }

    private static StepResult? Unfinished(
        ReconcileContext context, ImmutableArray<InventoryEntry> wave, ImmutableArray<PruneResult> results, List<string> kept)
    {
        var pending = Messages(results, PruneOutcome.Pending);
        if (results.Any(static result => result.Outcome == PruneOutcome.Failed))
        {
            var message = Name([.. Messages(results, PruneOutcome.Failed), .. pending]);
            return StepResult.Fail(
                "DeletionError", $"{message}; to leave what is left where it is: {WayOut.WithoutObjects(context.Application.Metadata)}",
                results.Max(static result => result.RetryAfter));
        }

        // Asked for only after all had been looked at.
        var asked = results.Where(static result => result.Outcome == PruneOutcome.AwaitsApproval).Select(static result => result.Key).ToList();
        if (asked.Count > 0)
        {
            return Confirm(context, asked);
        }

        return pending.Count > 0 || results.Length < wave.Length
            ? StepResult.Wait(
                "Deleting", pending.Count == 0 ? "deleting" : Name([.. pending, .. kept]), pending.Count == 0 ? TimeSpan.Zero : Fallback)
            : null;
    }

    private static StepResult Confirm(ReconcileContext context, IReadOnlyCollection<ObjectKey> keys) => StepResult.Wait(
        Confirmation,
        $"nothing is deleted until somebody confirms the deletion of {Name([.. keys.Order().Select(static key => key.ToString())], ", ")} (Delete=confirm): "
        + WayOut.Confirm(context.Application.Metadata));

    private static List<string> Messages(ImmutableArray<PruneResult> results, PruneOutcome outcome) =>
        [.. results.Where(result => result.Outcome == outcome).Select(static result => result.Message ?? result.Key.ToString()).Order(StringComparer.Ordinal)];

    private static string Name(List<string> all, string separator = "; ") =>
        string.Join(separator, all.Take(MaxNamed)) + (all.Count > MaxNamed ? $"{separator}and {all.Count - MaxNamed} more" : string.Empty);

    private static ObjectKey KeyOf(GroupVersionKind type, KubernetesObject live) => new(type.Group, type.Kind, live.Namespace, live.Name);

    private void TakeIn(ReconcileContext context, ImmutableArray<PruneResult> results)
    {
        var state = context.Runtime.Deletion;
        foreach (var result in results.Where(static result => result.Outcome is PruneOutcome.Gone or PruneOutcome.Released))
        {
            state.Deleted += result.Outcome == PruneOutcome.Gone ? 1 : 0;
            if (result is { Outcome: PruneOutcome.Released, Message: { } reason })
            {
                state.Released.Add(reason);
            }

            context.Runtime.Inventory!.Remove(result.Key);
            _objects.Release(result.Key);
        }
    }

    private InventoryEntry Confirmed(ReconcileContext context, InventoryEntry entry) =>
        entry.Uid.Length == 0 && _objects.StateOf(entry.Key)?.Suspect is { Uid: { } uid } seen && Marks.Owner(seen) == context.Key
            ? entry with { Uid = uid }
            : entry;
}

using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Model;

namespace GitOps.Operator.Apply;

/// <summary>
/// Deletes objects that are in the inventory and not desired any more, last stage first. Each is read, checked, and deleted
/// under the uid and resourceVersion of that very reading: what changed in between is read again.
/// </summary>
internal sealed class Pruner
{
    private const int MaxReadings = 5;

    private readonly IKubernetesClient _reader;
    private readonly int _parallel;

    /// <param name="reader">Reads as the operator.</param>
    /// <param name="parallel">Objects at a time for one Application.</param>
    public Pruner(IKubernetesClient reader, int parallel)
    {
        _reader = reader;
        _parallel = parallel;
    }

    /// <summary>Deletes what the check allows.</summary>
    /// <param name="writer">Deletes as the Application's identity.</param>
    /// <param name="entries">What may go.</param>
    /// <param name="propagation"><c>Foreground</c>, <c>Background</c> or <c>Orphan</c>.</param>
    /// <param name="check">Says why a live object stays, or null.</param>
    /// <param name="cancellationToken">Stops before the next request.</param>
    public async Task<ImmutableArray<PruneResult>> PruneAsync(
        IKubernetesClient writer,
        IReadOnlyCollection<InventoryEntry> entries,
        string propagation,
        Func<KubernetesObject, InventoryEntry, PruneVerdict> check,
        CancellationToken cancellationToken)
    {
        var results = new ConcurrentBag<PruneResult>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = _parallel, CancellationToken = cancellationToken };
        foreach (var stage in entries.GroupBy(static entry => KindOrder.StageOf(entry.Key.GroupKind)).OrderByDescending(static stage => stage.Key))
        {
            await Parallel.ForEachAsync(stage, options, async (entry, token) =>
                results.Add(await PruneAsync(writer, entry, propagation, check, token)));

            // What is still going may need what comes earlier (a namespace's content, a custom resource's definition).
            if (results.Any(static result => result.Outcome is PruneOutcome.Pending or PruneOutcome.Failed or PruneOutcome.AwaitsApproval))
            {
                break;
            }
        }

        return [.. results];
    }

    private async Task<PruneResult> PruneAsync(
        IKubernetesClient writer, InventoryEntry entry, string propagation, Func<KubernetesObject, InventoryEntry, PruneVerdict> check,
        CancellationToken cancellationToken)
    {
        try
        {
            var type = new GroupVersionKind(entry.Key.Group, entry.Version, entry.Key.Kind);
            var found = await _reader.Discovery.FindAsync(type, cancellationToken);
            if (found.Outcome == LookupOutcome.Absent)
            {
                found = await _reader.Discovery.FindPreferredAsync(entry.Key.GroupKind, cancellationToken);
            }

            return found.Outcome switch
            {
                // The kind is gone, and with it every object of it.
                LookupOutcome.Absent => new(entry.Key, PruneOutcome.Gone),
                LookupOutcome.Unknown => new(entry.Key, PruneOutcome.Failed,
                    $"{entry.Key}: discovery of {entry.Key.Group} is incomplete, so nothing is deleted"),
                _ => await DeleteAsync(writer, found.Resource!, entry, propagation, check, cancellationToken),
            };
        }
        catch (ApiException refusal)
        {
            return new(entry.Key, PruneOutcome.Failed, $"{entry.Key}: {ApplyFailures.Describe(entry.Key, refusal)}", refusal.RetryAfter)
            {
                IsUnavailable = refusal.IsTransient || refusal.IsConflict || refusal.IsUnauthorized,
            };
        }
        catch (ApiConnectionException failure)
        {
            return new(entry.Key, PruneOutcome.Failed, $"{entry.Key}: no answer from the API server: {failure.Message}") { IsUnavailable = true };
        }
    }

    private async Task<PruneResult> DeleteAsync(
        IKubernetesClient writer, ApiResource resource, InventoryEntry entry, string propagation,
        Func<KubernetesObject, InventoryEntry, PruneVerdict> check, CancellationToken cancellationToken)
    {
        for (var reading = 0; reading < MaxReadings; reading++)
        {
            var live = await _reader.GetAsync(resource, entry.Key.Namespace, entry.Key.Name, cancellationToken);
            if (live is null)
            {
                return new(entry.Key, PruneOutcome.Gone);
            }

            var verdict = check(live, entry);
            if (verdict.Decision != PruneDecision.Delete)
            {
                return await SpareAsync(writer, resource, entry, verdict, cancellationToken);
            }

            if (live.IsTerminating)
            {
                return Pending(entry.Key, live);
            }

            try
            {
                var options = new DeleteOptions(propagation, live.Uid, live.ResourceVersion);
                var outcome = await writer.DeleteAsync(resource, entry.Key.Namespace, entry.Key.Name, options, cancellationToken);
                return outcome == DeleteOutcome.Gone ? new(entry.Key, PruneOutcome.Gone) : Pending(entry.Key, live);
            }
            catch (ApiException refusal) when (refusal.IsConflict && reading < MaxReadings - 1)
            {
                // It changed after it was read: what was checked is no longer what is there.
            }
        }

        return new(entry.Key, PruneOutcome.Failed, $"{entry.Key}: it changes faster than it can be read and deleted");
    }

    private static async Task<PruneResult> SpareAsync(
        IKubernetesClient writer, ApiResource resource, InventoryEntry entry, PruneVerdict verdict, CancellationToken cancellationToken)
    {
        if (verdict.Decision == PruneDecision.LetGo)
        {
            // To apply nothing is to own nothing: the server removes what only we had set.
            var nothing = new KubernetesObject(new JsonObject
            {
                ["apiVersion"] = resource.GroupVersionKind.ApiVersion,
                ["kind"] = resource.Kind,
                ["metadata"] = new JsonObject { ["name"] = entry.Key.Name },
            });
            await writer.ApplyAsync(resource, nothing, new ApplyOptions(Api.Names.FieldManager), cancellationToken);
        }

        return new(entry.Key, verdict.Decision switch
        {
            PruneDecision.Keep => PruneOutcome.Kept,
            PruneDecision.Confirm => PruneOutcome.AwaitsApproval,
            _ => PruneOutcome.Released,
        }, verdict.Reason);
    }

    private static PruneResult Pending(ObjectKey key, KubernetesObject live) =>
        new(key, PruneOutcome.Pending, DeletionHolders.Describe(key, live));
}

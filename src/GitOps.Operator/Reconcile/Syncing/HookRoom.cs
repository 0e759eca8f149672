using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Sync;

namespace GitOps.Operator.Reconcile.Syncing;

/// <summary>What is to be done about an object that has the name of a hook that is to be created; all null: nothing, apply over it.</summary>
/// <param name="Failure">It stays, and the hook cannot run.</param>
/// <param name="Waiting">It is going.</param>
/// <param name="Retry">When to look again; null: its watch tells.</param>
/// <param name="DeletesLeftover">It is a hook of before, and has to be deleted first.</param>
internal sealed record HookRoomVerdict(SyncFailure? Failure = null, string? Waiting = null, TimeSpan? Retry = null, bool DeletesLeftover = false);

/// <summary>
/// Makes room for hooks: a hook of a former run goes as its delete policy says, a managed object that has become a hook leaves
/// the inventory as if it were pruned, and what is somebody else's stays.
/// </summary>
internal sealed class HookRoom
{
    private static readonly HookRoomVerdict Nothing = new();
    private static readonly TimeSpan PruneRetry = TimeSpan.FromSeconds(5);

    /// <summary>They run once: to apply one again that has ended would run nothing.</summary>
    private static readonly GroupKind[] RunOnce = [new("batch", "Job"), new(string.Empty, "Pod"), new("argoproj.io", "Workflow")];

    private readonly Prunes _prunes;

    public HookRoom(Prunes prunes) => _prunes = prunes;

    /// <param name="context">The pass.</param>
    /// <param name="task">The hook.</param>
    /// <param name="live">What has its name, and is not of this run.</param>
    /// <param name="cancellationToken">Stops before the next request.</param>
    public async Task<HookRoomVerdict> MakeAsync(ReconcileContext context, SyncTask task, KubernetesObject live, CancellationToken cancellationToken)
    {
        var place = $"{task.Key} ({task.Hook!.Location})";
        if (Marks.Owner(live) == context.Key && context.Runtime.Inventory!.TryGet(task.Key, out var entry))
        {
            return await ReplaceManagedAsync(context, place, entry, cancellationToken);
        }

        if (Stranger(live, context.Key) is { } reason)
        {
            return new(new SyncFailure(task.Key, $"{place} {reason}"));
        }

        if (live.IsTerminating || task.Hook.Marks.Deletion.HasFlag(HookDeletion.BeforeHookCreation))
        {
            return new(DeletesLeftover: true);
        }

        return RunOnce.Contains(task.Key.GroupKind)
            ? new(new SyncFailure(task.Key, $"{place} is left from before and would not run again: "
                + $"add BeforeHookCreation to its {Annotations.HookDeletePolicy}, or give it generateName in place of a name"))
            : Nothing;
    }

    /// <summary>It was an ordinary object, and is a hook now.</summary>
    private async Task<HookRoomVerdict> ReplaceManagedAsync(
        ReconcileContext context, string place, InventoryEntry entry, CancellationToken cancellationToken)
    {
        if (context.PruneBlocked is { } blocked)
        {
            return new(new SyncFailure(entry.Key, $"{place} has become a hook, and nothing may be deleted: {blocked.Message}"));
        }

        var result = (await _prunes.DeleteAsync(context, [entry], cancellationToken)).Single();
        return result.Outcome switch
        {
            PruneOutcome.Gone => Nothing,
            PruneOutcome.Pending => new(Waiting: $"waiting for the object it was before to go: {result.Message}"),
            PruneOutcome.AwaitsApproval => new(Waiting: "waiting for pruning confirmation of the object it was before", Retry: PruneRetry),
            PruneOutcome.Failed when result.IsUnavailable => new(Waiting: result.Message, Retry: result.RetryAfter ?? PruneRetry),
            _ => new(new SyncFailure(entry.Key, $"{place} has become a hook, and the object it was before stays: {result.Message}")),
        };
    }

    /// <summary>Why an object of a hook's name is not one that may be replaced; null if it is.</summary>
    private static string? Stranger(KubernetesObject live, NamespacedName application)
    {
        if (live.Annotation(Names.HookOfAnnotation) is { } owner)
        {
            return owner == application.ToString() ? null : $"is a hook of Application {owner}; give one of the two another name";
        }

        // Another tool's hook of this name is what this one follows.
        return Annotations.Find(live, Annotations.Hook) is not null || live.Annotation(MarkReader.HelmHook) is not null
            ? null
            : "exists already and is no hook; delete it, or give the hook another name";
    }
}

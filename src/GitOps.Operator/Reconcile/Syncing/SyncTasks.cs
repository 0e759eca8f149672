using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Steps;
using GitOps.Operator.Sync;

namespace GitOps.Operator.Reconcile.Syncing;

/// <summary>How the tasks of a sync stand, and the doing of them.</summary>
internal sealed class SyncTasks
{
    /// <summary>
    /// What was just written may still show the state of before, where a kind does not say which generation its status is about:
    /// it is not taken for failed at once.
    /// </summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    /// <summary>How often an object is read that is waited for and that no watch tells of.</summary>
    private static readonly TimeSpan ReadAgain = TimeSpan.FromSeconds(5);

    /// <summary>How a pass ends that cannot read what it has to apply.</summary>
    public static readonly StepResult Unavailable = StepResult.Fail("RevisionUnavailable", "what is to be applied cannot be read from the repository");

    private readonly ManagedObjects _objects;
    private readonly ObjectWrites _writes;
    private readonly Prunes _prunes;
    private readonly HookRunner _hooks;
    private readonly RenderStep _renderer;
    private readonly Preflight _preflight;
    private readonly TimeProvider _time;

    public SyncTasks(
        ManagedObjects objects, ObjectWrites writes, Prunes prunes, HookRunner hooks, RenderStep renderer, Preflight preflight, TimeProvider time)
    {
        _objects = objects;
        _writes = writes;
        _prunes = prunes;
        _hooks = hooks;
        _renderer = renderer;
        _preflight = preflight;
        _time = time;
    }

    /// <summary>How an object stands; reads it where it is waited for and no watch tells of it.</summary>
    public async ValueTask<TaskState> ApplyStateAsync(
        ReconcileContext context, SyncOperation operation, SyncSchedule schedule, SyncTask task, CancellationToken cancellationToken)
    {
        var state = ApplyState(context, operation, schedule, task);
        if (!schedule.HasSteps || state.Progress is TaskProgress.Waiting or TaskProgress.Failed || task.Change!.Desired is not { } desired
            || _objects.StateOf(context.Key, task.Key) is not { } seen)
        {
            return state;
        }

        // What was written without a health check has none; what was not seen may have one.
        var problem = context.WatchProblem(desired.Type, task.Key.Namespace);
        if (seen.Presence != Presence.Unseen && !(problem is not null && seen.Health is not null))
        {
            return state;
        }

        var why = problem ?? "its kind has not been listed yet";
        if (await _writes.ReadAsync(context, task.Key, desired.Type, cancellationToken) is { } unread)
        {
            context.LookAgain(context.Now + ReadAgain);
            return new(TaskProgress.Running, $"nobody knows whether {task.Key} is healthy: it is not watched ({why}), and cannot be read ({unread})");
        }

        state = ApplyState(context, operation, schedule, task);
        if (state.Progress != TaskProgress.Running)
        {
            return state;
        }

        context.LookAgain(context.Now + ReadAgain);
        return state with { Message = $"{state.Message}; it is not watched ({why}), so it is read every {ReadAgain.TotalSeconds:0} s" };
    }

    public TaskState ApplyState(ReconcileContext context, SyncOperation operation, SyncSchedule schedule, SyncTask task)
    {
        if (operation.Failures.TryGetValue(task.Key, out var failure))
        {
            return new(TaskProgress.Failed, failure.Message);
        }

        if (context.Shared.TryGetValue(task.Key, out var holder))
        {
            return new(TaskProgress.Failed, $"{task.Key} belongs to Application {holder}; remove it from one of the two");
        }

        switch (context.AppliedTo(task.Key)?.Outcome)
        {
            case null when task.Change!.Action is PlannedAction.Create or PlannedAction.Update or PlannedAction.Heal:
                return new(TaskProgress.Waiting);
            case ApplyOutcome.WaitingForKind:
                return new(TaskProgress.Running, $"{task.Key} waits for its kind to be served");
            case ApplyOutcome.Terminating when operation.Remade.Contains(task.Key):
            case null when operation.Remade.Contains(task.Key) && _objects.StateOf(context.Key, task.Key) is { Presence: Presence.Terminating }:
                return new(TaskProgress.Running, $"{task.Key} is being deleted, and made again when it is gone");
            default:
                return schedule.HasSteps ? Health(context, operation, task) : new(TaskProgress.Succeeded);
        }
    }

    public static TaskState PruneState(ReconcileContext context, SyncOperation operation, SyncTask task) =>
        operation.Failures.TryGetValue(task.Key, out var failure) ? new(TaskProgress.Failed, failure.Message)
        : context.PrunedOf(task.Key) is not { } result ? new(TaskProgress.Waiting)
        : result.Outcome == PruneOutcome.Pending ? new(TaskProgress.Running, result.Message)
        : result.Outcome == PruneOutcome.AwaitsApproval ? new(TaskProgress.Running, result.Message, AwaitsApproval: true)
        : new(TaskProgress.Succeeded);

    /// <summary>The end of a sentence; empty without a reason.</summary>
    public static string Because(string? message) => string.IsNullOrEmpty(message) ? string.Empty : $": {message}";

    /// <summary>Asks the server about all that a sync of several steps will write.</summary>
    /// <returns>What it refuses; null: what is to be applied cannot be read from the repository.</returns>
    public async Task<ImmutableArray<SyncFailure>?> CheckAsync(ReconcileContext context, SyncSchedule schedule, CancellationToken cancellationToken)
    {
        var contents = new List<DesiredObject>();
        foreach (var task in schedule.Batches.SelectMany(static batch => batch.Tasks).Where(static task =>
            task is { Kind: TaskKind.Apply, Change.Action: PlannedAction.Create or PlannedAction.Update or PlannedAction.Heal }))
        {
            if (await ContentAsync(context, task, cancellationToken) is not { } desired)
            {
                return null;
            }

            contents.Add(desired);
        }

        return await _preflight.CheckAsync(context, schedule, contents, cancellationToken);
    }

    /// <summary>Does what was decided: objects and hooks by the order of their kinds, and prunes.</summary>
    /// <returns>Null: go on; else how the pass ends.</returns>
    public async Task<StepResult?> RunAsync(
        ReconcileContext context, SyncDecision.Run decided, IReadOnlyDictionary<ObjectKey, HealCandidate> heals, CancellationToken cancellationToken)
    {
        var operation = context.Runtime.Operation!;
        var items = new Dictionary<ObjectKey, DesiredObject>();
        foreach (var task in decided.Tasks.Where(static task => task.Kind == TaskKind.Apply))
        {
            if (await ContentAsync(context, task, cancellationToken) is not { } desired)
            {
                return Unavailable;
            }

            items[task.Key] = desired;
        }

        var isNoted = ObjectWrites.Note(context, HookRunner.All(operation, context.Request?.RunsHooks == false ? [] : context.Runtime.Target!.Hooks), operation.PruneWaves);
        if (items.Count > 0 && await _writes.PrepareAsync(context, items, syncs: true, cancellationToken) is { } ended)
        {
            return ended;
        }

        if (isNoted)
        {
            await _writes.SaveAsync(context, cancellationToken);
        }

        var hooks = decided.Tasks.Where(static task => task.Kind == TaskKind.Hook).ToList();
        if (hooks.Count > 0)
        {
            await _hooks.AnnounceAsync(context, operation, hooks, cancellationToken);
        }

        await CreateNamespaceAsync(context, decided, cancellationToken);
        var stages = decided.Tasks.Where(static task => task.Kind != TaskKind.Prune)
            .GroupBy(static task => KindOrder.StageOf(task.Key.GroupKind)).OrderBy(static stage => stage.Key);
        foreach (var stage in stages)
        {
            await WriteAsync(context, operation, stage.Where(task => items.ContainsKey(task.Key)).ToDictionary(
                static task => task.Key, task => items[task.Key]), heals, cancellationToken);
            foreach (var hook in stage.Where(static task => task.Kind == TaskKind.Hook))
            {
                await _hooks.StartAsync(context, operation, hook, cancellationToken);
            }
        }

        await PruneAsync(context, operation, [.. decided.Tasks.Where(static task => task.Kind == TaskKind.Prune)], cancellationToken);
        return null;
    }

    private TaskState Health(ReconcileContext context, SyncOperation operation, SyncTask task)
    {
        if (_objects.StateOf(context.Key, task.Key) is not { } state)
        {
            return new(TaskProgress.Succeeded);
        }

        if (state.Presence == Presence.Terminating)
        {
            return new(TaskProgress.Running, $"{task.Key} is being deleted, and made again when it is gone");
        }

        var why = Because(state.Health?.Message);
        switch (state.Health?.Code)
        {
            case null or HealthCode.Healthy:
                return new(TaskProgress.Succeeded);
            case HealthCode.Degraded:
                if (operation.WrittenAt.TryGetValue(task.Key, out var written) && written + Settling > _time.GetUtcNow())
                {
                    context.LookAgain(written + Settling);
                    return new(TaskProgress.Running, $"{task.Key} is degraded{why}");
                }

                return new(TaskProgress.Failed, $"{task.Key} is degraded{why}");
            case { } code:
                return new(TaskProgress.Running, $"{task.Key} is {code.ToString().ToLowerInvariant()}{why}");
        }
    }

    /// <summary>What a task applies; read from the repository where only its hash was known. Null: it cannot be read.</summary>
    private async Task<DesiredObject?> ContentAsync(ReconcileContext context, SyncTask task, CancellationToken cancellationToken)
    {
        var desired = task.Change!.Desired!;
        if (desired.Json.Length > 0)
        {
            return desired;
        }

        if (context.Runtime.Content.GetValueOrDefault(task.Key) is not { } known || known.DesiredHash != desired.DesiredHash)
        {
            if (await _renderer.RenderAppliedAsync(context, cancellationToken) is not { } rendering)
            {
                return null;
            }

            context.Runtime.Remember(rendering.Objects);
        }

        return context.Runtime.Content.GetValueOrDefault(task.Key);
    }

    private static async Task CreateNamespaceAsync(ReconcileContext context, SyncDecision.Run decided, CancellationToken cancellationToken)
    {
        // For objects, preparing them has done it.
        if (context.Options.CreateNamespace && context.Spec.DestinationNamespace is { } name
            && decided.Tasks.Any(task => task.Kind == TaskKind.Hook && task.Key.Namespace == name)
            && decided.Tasks.All(task => task.Kind == TaskKind.Hook || task.Key.Namespace != name)
            && !decided.Tasks.Any(task => task.Key == new ObjectKey(string.Empty, "Namespace", string.Empty, name)))
        {
            await ObjectWrites.CreateNamespaceAsync(context.Writer, name, cancellationToken);
        }
    }

    private async Task WriteAsync(
        ReconcileContext context, SyncOperation operation, Dictionary<ObjectKey, DesiredObject> items,
        IReadOnlyDictionary<ObjectKey, HealCandidate> heals, CancellationToken cancellationToken)
    {
        if (items.Count == 0)
        {
            return;
        }

        var results = await _writes.WriteAsync(context, items, heals, cancellationToken);
        var progress = context.Runtime.Progress;
        progress.Count(results.Where(result => !heals.ContainsKey(result.Key)));
        foreach (var result in results)
        {
            if (context.Runtime.Inventory!.TryGet(result.Key, out var entry))
            {
                context.Runtime.Inventory.Set(entry with { Change = progress.ChangeOf(result.Key) });
            }
        }

        foreach (var result in results)
        {
            if (result.IsFailure)
            {
                operation.Failures[result.Key] = new(result.Key, result.Message ?? "failed", result.IsPermanent, result.RetryAfter)
                {
                    IsUnavailable = result.Outcome == ApplyOutcome.Unavailable,
                };
            }
            else
            {
                operation.WrittenAt[result.Key] = _time.GetUtcNow();
            }
        }
    }

    private async Task PruneAsync(ReconcileContext context, SyncOperation operation, IReadOnlyCollection<SyncTask> tasks, CancellationToken cancellationToken)
    {
        if (tasks.Count == 0)
        {
            return;
        }

        foreach (var result in await _prunes.DeleteAsync(context, tasks.Select(static task => task.Change!.Entry!), cancellationToken))
        {
            if (result.Outcome == PruneOutcome.Failed)
            {
                operation.Failures[result.Key] = new(result.Key, result.Message ?? "failed", Permanent: false, result.RetryAfter)
                {
                    IsUnavailable = result.IsUnavailable,
                };
            }
        }
    }
}

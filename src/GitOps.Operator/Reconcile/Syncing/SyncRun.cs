using System.Collections.Immutable;
using GitOps.Operator.Model;
using GitOps.Operator.Sync;

namespace GitOps.Operator.Reconcile.Syncing;

/// <summary>One pass of one sync: its schedule, and how far it is.</summary>
internal sealed class SyncRun
{
    private readonly ReconcileContext _context;
    private readonly SyncTasks _tasks;
    private readonly HookRunner _hooks;

    public SyncRun(ReconcileContext context, SyncOperation operation, SyncTasks tasks, HookRunner hooks)
    {
        _context = context;
        _tasks = tasks;
        _hooks = hooks;
        Operation = operation;
        var request = context.Request;
        var plan = request is { IsSelective: true } ? new SyncPlan([.. context.Plan.Changes.Where(change => request.Selects(change.Key))]) : context.Plan;
        Schedule = SyncScheduler.Build(new(
            plan, request?.RunsHooks == false ? [] : context.Runtime.Target!.Hooks, operation.Revision, operation.AttemptStartedAt,
            context.Spec.Prune && context.PruneBlocked is null,
            change => context.Options.PruneLast || change.Entry?.Options.HasFlag(EntryOptions.PruneLast) == true)
        {
            PruneWaves = operation.PruneWaves,
        });
        Schedule = Schedule with { AwaitsStep = Wanted.Any(item => item.Phase <= SyncPhase.PostSync && IsStep(item)) };
        foreach (var task in Schedule.Batches.SelectMany(static batch => batch.Tasks).Where(static task => task.Kind == TaskKind.Prune))
        {
            operation.PruneWaves[task.Key] = task.Wave;
        }
    }

    public SyncOperation Operation { get; }

    public SyncSchedule Schedule { get; }

    /// <summary>What keeps a sync of several steps from beginning; null: nothing. One of a single step does what it can.</summary>
    public ImmutableArray<SyncFailure>? Refusal =>
        Wanted.Where(item => !MayCome(item)).ToList() is { Count: > 0 } missing && (Schedule.HasSteps || missing.Exists(IsStep))
            ? [.. missing.Select(FailureOf)]
            : null;

    /// <summary>Objects of kinds that the server does not serve.</summary>
    public ImmutableArray<SyncFailure> Unmapped => [.. Wanted.Select(FailureOf)];

    /// <summary>What to do next: of the sync, or of its failure.</summary>
    public async Task<SyncDecision> NextAsync(CancellationToken cancellationToken)
    {
        var batches = Operation.FailedWith is null ? Schedule.Batches : Schedule.OnFailure;
        var decision = await SyncMachine.NextAsync(batches, task => StateOfAsync(task, cancellationToken));
        if (decision is SyncDecision.Fail { } failed && Operation.FailedWith is null)
        {
            Operation.Fail([.. failed.Failures.Select(item => FailureOf(item.Task, item.State))]);
            return await NextAsync(cancellationToken);
        }

        if (Operation.FailedWith is null && Missing(decision) is { } missing)
        {
            return missing;
        }

        if (decision is SyncDecision.Run { } run)
        {
            Operation.Enter(run.Batch, _context.Now);
        }

        return decision;
    }

    private IEnumerable<UnmappedObject> Wanted => _context.Runtime.Target!.Unmapped.Where(item =>
        _context.Request is not { } request || (item.IsHook ? request.RunsHooks : request.Selects(item.Key)));

    /// <summary>What is scheduled is one step, because the server does not serve what would have been another.</summary>
    private bool IsStep(UnmappedObject item) =>
        item.IsHook || Schedule.Batches.Any(batch => (batch.Phase, batch.Wave) != (item.Phase, item.Wave));

    private static SyncFailure FailureOf(UnmappedObject item) => new(item.Key, $"{item.Location}: {item.Reason}");

    /// <summary>Something of this very sync may bring the kind (<c>SkipDryRunOnMissingResource</c>).</summary>
    private bool MayCome(UnmappedObject item) => item.SkipDryRun ?? _context.Options.SkipDryRunOnMissingResource;

    /// <summary>Waits for kinds whose objects are to be written before what was decided; null: there are none.</summary>
    private SyncDecision.Wait? Missing(SyncDecision decision)
    {
        var next = decision switch
        {
            SyncDecision.Run { Batch: var batch } => batch,
            SyncDecision.Wait { Batch: var batch } => batch,
            _ => null,
        };
        if (decision is SyncDecision.Fail)
        {
            return null;
        }

        var due = Wanted.Where(MayCome).Where(item => item.Phase <= SyncPhase.PostSync
            && (next is null || (item.Phase, item.Wave).CompareTo((next.Phase, next.Wave)) < 0)).ToList();
        if (due.Count == 0)
        {
            return null;
        }

        var tasks = due.Select(static item => new SyncTask(TaskKind.Apply, item.Phase, item.Wave, item.Key)).ToImmutableArray();
        _context.Add([.. due
            .Where(item => _context.AppliedTo(item.Key) is null)
            .Select(static item => new ApplyResult(item.Key, ApplyOutcome.WaitingForKind, Message: $"{item.Location}: {item.Reason}"))]);
        return new(
            new(due.Min(static item => item.Phase), due.MinBy(static item => (item.Phase, item.Wave))!.Wave, tasks),
            [.. tasks.Select(static task => (task, new TaskState(TaskProgress.Running, $"{task.Key} waits for its kind to be served")))]);
    }

    private SyncFailure FailureOf(SyncTask task, TaskState state) =>
        Operation.Failures.GetValueOrDefault(task.Key) ?? new(task.Key, state.Message ?? $"{task.Key} failed");

    private ValueTask<TaskState> StateOfAsync(SyncTask task, CancellationToken cancellationToken) => task.Kind == TaskKind.Hook
        ? new(_hooks.StateOfAsync(_context, Operation, task, cancellationToken))
        : task.Kind == TaskKind.Prune ? new(SyncTasks.PruneState(_context, Operation, task))
        : _tasks.ApplyStateAsync(_context, Operation, Schedule, task, cancellationToken);
}

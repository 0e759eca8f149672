using System.Collections.Immutable;
using System.Globalization;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Reports;
using GitOps.Operator.Reconcile.Syncing;
using GitOps.Operator.Status;
using GitOps.Operator.Sync;

namespace GitOps.Operator.Reconcile.Deleting;

/// <summary>
/// Runs the hooks of a deletion: PreDelete before anything is deleted, PostDelete when everything is gone. One that fails is
/// deleted and run again, later each time; the others are not. Their results are stored before the finalizer that asks for them
/// is taken off, so that a restart neither forgets one nor runs it twice.
/// </summary>
internal sealed class DeleteHooks
{
    private const int MaxNamed = 5;

    private readonly AppliedHooks _applied;
    private readonly HookRunner _hooks;
    private readonly DeletionAccounts _accounts;
    private readonly ApplicationFinalizers _finalizers;
    private readonly OperatorEvents _events;
    private readonly TimeProvider _time;

    public DeleteHooks(
        AppliedHooks applied, HookRunner hooks, DeletionAccounts accounts, ApplicationFinalizers finalizers, OperatorEvents events, TimeProvider time)
    {
        _applied = applied;
        _hooks = hooks;
        _accounts = accounts;
        _finalizers = finalizers;
        _events = events;
        _time = time;
    }

    /// <summary>
    /// A sync that was under way will not go on, nor will hooks whose finalizer somebody has taken off: what still runs of them is
    /// deleted, and nothing keeps our finalizer.
    /// </summary>
    public async Task BreakOffAsync(ReconcileContext context, DeletionAccount account, CancellationToken cancellationToken)
    {
        SyncRestorer.Restore(context);
        var runtime = context.Runtime;
        if (runtime.Operation is { } operation && !(operation.At?.Phase is { } phase && IsDue(context, phase)))
        {
            await _hooks.AbandonAsync(context.Key, operation, account.IsGone ? null : account.Writer, cancellationToken);
            runtime.Finished = OperationRows.Running(operation, null) with
            {
                Phase = OperationPhase.Failed,
                Message = "broken off: the Application is being deleted",
                FinishedAt = _time.GetUtcNow(),
                AttemptStartedAt = null,
                Progress = null,
            };
            runtime.Operation = null;
        }
    }

    /// <summary>Whether hooks of this phase are asked for and have not run yet.</summary>
    public static bool IsDue(ReconcileContext context, SyncPhase phase) =>
        phase is SyncPhase.PreDelete or SyncPhase.PostDelete && !context.Runtime.Deletion.Done.Contains(phase)
        && DeletionFinalizers.Runs(phase, context.Application.Metadata.Finalizers);

    /// <summary>Parts what goes before the PostDelete hooks from what goes after them: what they need, and the account that they run as.</summary>
    public async Task<(List<InventoryEntry> Before, List<InventoryEntry> After, StepResult? Ended)> SplitAsync(
        ReconcileContext context, DeletionAccount account, CancellationToken cancellationToken)
    {
        var entries = context.Runtime.Inventory!.Entries.Values.ToList();
        ImmutableArray<HookObject> hooks = [];
        if (IsDue(context, SyncPhase.PostDelete) && account.WithoutHooks is null && entries.Exists(DeletionWaves.HoldsOthers))
        {
            var (applied, ended) = await _applied.FindAsync(context, SyncPhase.PostDelete, cancellationToken);
            if (ended is not null)
            {
                return ([], [], ended);
            }

            hooks = [.. applied?.Hooks.Where(static hook => hook.Marks.Phases.Contains(SyncPhase.PostDelete)) ?? []];
        }

        var parts = entries.ToLookup(entry =>
            (account.Account is { } name && entry.Key == Accounts.KeyOf(name)) || hooks.Any(hook => DeletionWaves.Needs(hook, entry)));
        return ([.. parts[false]], [.. parts[true]], null);
    }

    /// <returns>Null: they have run.</returns>
    public async Task<StepResult?> RunAsync(ReconcileContext context, SyncPhase phase, DeletionAccount account, CancellationToken cancellationToken)
    {
        if (!IsDue(context, phase))
        {
            return null;
        }

        if (account.WithoutHooks is { } why)
        {
            _events.Warning(context.Application, "HooksSkipped", "Delete", $"the {phase} hooks do not run: {why}");
            context.Runtime.Deletion.Done.Add(phase);
            return null;
        }

        var (applied, ended) = await _applied.FindAsync(context, phase, cancellationToken);
        if (ended is not null)
        {
            return ended;
        }

        if (applied is null)
        {
            _events.Normal(context.Application, "HooksSkipped", "Delete", $"there are no {phase} hooks: no sync has ever succeeded");
        }

        return applied is null || !applied.Hooks.Any(hook => hook.Marks.Phases.Contains(phase))
            ? await EndAsync(context, phase, cancellationToken)
            : await RunAsync(context, phase, applied, cancellationToken);
    }

    private static SyncOperation Begin(Rendering applied, SyncPhase phase, DateTimeOffset now) => new()
    {
        Id = $"{SyncOperation.IdOf(applied.Revision, now)}-{phase.ToString().ToLowerInvariant()}",
        Revision = applied.Revision,
        OptionsHash = applied.OptionsHash,
        StartedAt = now,
        AttemptStartedAt = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond)),
    };

    private async Task<StepResult?> RunAsync(ReconcileContext context, SyncPhase phase, Rendering applied, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        var operation = runtime.Operation ??= Begin(applied, phase, context.Now);
        var batches = SyncScheduler.Of(phase, applied.Hooks, operation.Revision, operation.AttemptStartedAt);
        operation.Enter(operation.At is null ? batches[0] : batches.FirstOrDefault(batch => batch.Wave == operation.At.Wave) ?? batches[0], context.Now);
        if (await AgainAsync(context, operation, batches, cancellationToken) is { } tooEarly)
        {
            return tooEarly;
        }

        while (true)
        {
            var decision = await SyncMachine.NextAsync(
                batches, task => new(_hooks.StateOfAsync(context, operation, task, cancellationToken)));
            switch (decision)
            {
                case SyncDecision.Run run:
                    operation.Enter(run.Batch, context.Now);
                    if (await StartAsync(context, phase, operation, run, cancellationToken) is { } blocked)
                    {
                        return blocked;
                    }

                    break;
                case SyncDecision.Wait wait:
                    return StepResult.Wait("Deleting", $"{wait.Batch}: {Name(wait.On.Select(static item => item.State.Message!))}");
                case SyncDecision.Fail failed:
                    return await FailAsync(context, phase, operation, failed, cancellationToken);
                default:
                    await _hooks.CleanUpAsync(
                        context, operation, DeletionFinalizers.CleansUp(phase, context.Application.Metadata.Finalizers), cancellationToken);
                    return await EndAsync(context, phase, cancellationToken);
            }
        }
    }

    private async Task<StepResult?> StartAsync(
        ReconcileContext context, SyncPhase phase, SyncOperation operation, SyncDecision.Run run, CancellationToken cancellationToken)
    {
        foreach (var home in run.Tasks.Select(static task => task.Key.Namespace).Where(static name => name.Length > 0).Distinct(StringComparer.Ordinal))
        {
            if (!await _accounts.IsThereAsync(home, cancellationToken))
            {
                var hook = run.Tasks.First(task => task.Key.Namespace == home);
                return StepResult.Fail(
                    "DeletionError",
                    $"{phase} hook {hook.Key} ({hook.Hook!.Location}) cannot run: namespace {home} is gone or being deleted. "
                    + $"To delete without the {phase} hooks: {WayOut.WithoutHooks(context.Application.Metadata, phase)}");
            }
        }

        await _hooks.AnnounceAsync(context, operation, run.Tasks, cancellationToken);
        foreach (var task in run.Tasks)
        {
            await _hooks.StartAsync(context, operation, task, cancellationToken);
        }

        return null;
    }

    /// <summary>Hooks that have failed are run again when it is time: each is deleted, and made anew when it is gone.</summary>
    private async Task<StepResult?> AgainAsync(
        ReconcileContext context, SyncOperation operation, ImmutableArray<SyncBatch> batches, CancellationToken cancellationToken)
    {
        var state = context.Runtime.Deletion;
        if (state.Retry is { } retry)
        {
            if (retry.At > _time.GetUtcNow())
            {
                return StepResult.Fail("DeletionError", retry.Message, retry.At - _time.GetUtcNow());
            }

            state.Retry = null;
        }

        foreach (var task in batches.SelectMany(static batch => batch.Tasks))
        {
            if (operation.Hooks.TryGetValue((task.Key, task.Phase), out var outcome) && outcome is { HasEnded: true, Phase: not OperationPhase.Succeeded }
                && !await _hooks.ClearAsync(context, operation, task, cancellationToken))
            {
                return StepResult.Wait("Deleting", $"waiting for {task.Key}, which has failed, to go before it is run again");
            }
        }

        return null;
    }

    private async Task<StepResult> FailAsync(
        ReconcileContext context, SyncPhase phase, SyncOperation operation, SyncDecision.Fail failed, CancellationToken cancellationToken)
    {
        // Whatever becomes of it: an ended hook is not held by us any more.
        await _hooks.CleanUpAsync(context, operation, deletes: false, cancellationToken);
        var state = context.Runtime.Deletion;
        state.Failures++;
        var wait = context.Spec.Retry.Next(state.Failures - 1) ?? context.Spec.Retry.MaxDuration;
        var at = _time.GetUtcNow() + wait;
        var message = string.Create(CultureInfo.InvariantCulture,
            $"{failed.Batch} has failed, and nothing goes on without it: {Name(failed.Failures.Select(static item => item.State.Message ?? item.Task.Key.ToString()))}; "
            + $"run again at {at:HH:mm:ss} UTC. To delete without the {phase} hooks: {WayOut.WithoutHooks(context.Application.Metadata, phase)}");
        state.Retry = (at, message);
        _events.Warning(context.Application, "DeletionError", "Delete", message);
        return StepResult.Fail("DeletionError", message, wait);
    }

    private async Task<StepResult?> EndAsync(ReconcileContext context, SyncPhase phase, CancellationToken cancellationToken)
    {
        if (!await _finalizers.RemoveAsync(context.Application.Metadata, finalizer => DeletionFinalizers.IsOf(phase, finalizer), cancellationToken))
        {
            return StepResult.Fail("Conflict", "the Application changes faster than its finalizer can be taken off", TimeSpan.FromSeconds(1));
        }

        var runtime = context.Runtime;
        runtime.Deletion.Done.Add(phase);
        runtime.Deletion.Failures = 0;
        if (runtime.Operation is { } operation)
        {
            _events.Normal(context.Application, "HooksSucceeded", "Delete", $"{phase}: {Name(operation.Hooks.Keys.Select(static id => id.Key.ToString()).Order(StringComparer.Ordinal))}");
            runtime.Finished = OperationRows.Running(operation, $"the {phase} hooks have succeeded") with
            {
                Phase = OperationPhase.Succeeded,
                FinishedAt = _time.GetUtcNow(),
                AttemptStartedAt = null,
                Progress = null,
            };
            runtime.Operation = null;
        }

        return null;
    }

    private static string Name(IEnumerable<string> all)
    {
        var items = all.ToList();
        return string.Join("; ", items.Take(MaxNamed)) + (items.Count > MaxNamed ? $"; and {items.Count - MaxNamed} more" : string.Empty);
    }
}

using System.Collections.Immutable;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Observability;
using GitOps.Operator.Reconcile.Reports;
using GitOps.Operator.Reconcile.Syncing;
using GitOps.Operator.Sync;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>
/// Writes what heals, and takes the sync as far as it can go: wave by wave until it is done, has failed, or has to wait. It
/// never waits itself: what it waits for is watched, and begins another pass.
/// </summary>
internal sealed class SyncStep : IReconcileStep
{
    private static readonly ImmutableDictionary<ObjectKey, HealCandidate> NoHeals = ImmutableDictionary<ObjectKey, HealCandidate>.Empty;

    private readonly IDiscovery _discovery;
    private readonly ObjectWrites _writes;
    private readonly SyncTasks _tasks;
    private readonly SyncOperations _operations;
    private readonly HookRunner _hooks;
    private readonly StatusReporter _reporter;

    public SyncStep(
        IDiscovery discovery, ObjectWrites writes, SyncTasks tasks, SyncOperations operations, HookRunner hooks, StatusReporter reporter)
    {
        _reporter = reporter;
        _discovery = discovery;
        _writes = writes;
        _tasks = tasks;
        _operations = operations;
        _hooks = hooks;
    }

    public string Name => "sync";

    public async Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        if (context.Runtime.WaitingForKindSince is not null)
        {
            // A definition of this set was applied: its kind is served any moment now.
            await _discovery.RefreshAsync(cancellationToken);
        }

        if (context.Syncing)
        {
            await _operations.BeginAsync(context, cancellationToken);
            await StoreApprovalAsync(context, cancellationToken);
        }

        var run = context.Syncing ? new SyncRun(context, context.Runtime.Operation!, _tasks, _hooks) : null;
        if (run?.Refusal is { } refused)
        {
            context.End = await _operations.RefuseAsync(context, run.Operation, refused, cancellationToken);
        }

        var step = context.End is null && run is not null ? await run.NextAsync(cancellationToken) : null;
        if (step is SyncDecision.Run && await CheckAsync(context, run!, cancellationToken) is { } unreadable)
        {
            return unreadable;
        }

        step = context.End is null ? step : null;
        if (await HealAsync(context, step, cancellationToken) is { } interrupted)
        {
            return interrupted;
        }

        while (step is SyncDecision.Run batch)
        {
            using var wave = OperatorTracing.BeginWave(batch.Batch.Phase, batch.Batch.Wave);
            if (await _tasks.RunAsync(context, batch, Heals(context), cancellationToken) is { } ended)
            {
                return ended;
            }

            step = await run!.NextAsync(cancellationToken);
        }

        if (step is not null)
        {
            context.End = await _operations.EndAsync(context, run!, step, cancellationToken);
        }

        return StepResult.Continue;
    }

    /// <summary>
    /// Before the first write of an approved plan: what is left of it has another hash, and another process has to know that it
    /// was approved.
    /// </summary>
    private async Task StoreApprovalAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        if (context.Runtime is not { Approved: { } approved, Operation: { } operation })
        {
            return;
        }

        operation.ApprovedBy = approved.By;
        if (!approved.IsStored)
        {
            await _reporter.ReportAsync(context, StepResult.Wait("Progressing", "the sync is under way"), cancellationToken);
            context.Runtime.Approved = approved with { IsStored = true };
        }
    }

    /// <summary>Once in an attempt, before its first write: a refusal in any of its steps ends it here.</summary>
    private async Task<StepResult?> CheckAsync(ReconcileContext context, SyncRun run, CancellationToken cancellationToken)
    {
        if (run.Operation.IsChecked || run.Operation.FailedWith is not null || !run.Schedule.HasSteps)
        {
            return null;
        }

        if (await _tasks.CheckAsync(context, run.Schedule, cancellationToken) is not { } refused)
        {
            return SyncTasks.Unavailable;
        }

        run.Operation.IsChecked = true;
        foreach (var failure in refused)
        {
            run.Operation.Failures[failure.Key] = failure;
        }

        if (!refused.IsEmpty)
        {
            context.End = new(refused) { Headline = Preflight.Headline };
        }

        return null;
    }

    /// <summary>Sets right what the sync does not write anyway at this point.</summary>
    private async Task<StepResult?> HealAsync(ReconcileContext context, SyncDecision? step, CancellationToken cancellationToken)
    {
        var written = step is SyncDecision.Run batch ? batch.Tasks.Select(static task => task.Key).ToHashSet() : [];
        var items = context.Heals.Where(heal => !written.Contains(heal.Desired.Key)).ToDictionary(static heal => heal.Desired.Key, static heal => heal.Desired);
        if (items.Count == 0)
        {
            return null;
        }

        if (await _writes.PrepareAsync(context, items, syncs: false, cancellationToken) is { } ended)
        {
            return ended;
        }

        await _writes.WriteAsync(context, items, Heals(context), cancellationToken);
        return null;
    }

    private static ImmutableDictionary<ObjectKey, HealCandidate> Heals(ReconcileContext context) => context.Heals.Count == 0
        ? NoHeals
        : context.Heals.ToImmutableDictionary(static heal => heal.Desired.Key);
}

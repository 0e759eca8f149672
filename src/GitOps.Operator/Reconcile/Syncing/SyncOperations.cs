using System.Collections.Immutable;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Observability;
using GitOps.Operator.Reconcile.Reports;
using GitOps.Operator.Status;
using GitOps.Operator.Sync;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Reconcile.Syncing;

/// <summary>Begins syncs, takes up those of a former process, and ends them: done, failed, late, or overtaken by a newer target.</summary>
internal sealed class SyncOperations
{
    private const int MaxNamed = 5;

    /// <summary>One that is repeated without end is not news each time.</summary>
    private const int MaxToldRetries = 10;
    private static readonly TimeSpan KindRetry = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan KindPatience = TimeSpan.FromSeconds(30);

    private readonly HookRunner _hooks;
    private readonly OperatorEvents _events;
    private readonly OperatorMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<SyncOperations> _log;

    public SyncOperations(HookRunner hooks, OperatorEvents events, OperatorMetrics metrics, TimeProvider time, ILogger<SyncOperations> log)
    {
        _hooks = hooks;
        _events = events;
        _metrics = metrics;
        _time = time;
        _log = log;
    }

    public async Task BeginAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        var target = runtime.Target!;
        string? superseded = null;
        if (runtime.Operation is { } running && !running.IsOf(target))
        {
            superseded = running.Revision;
            await SupersedeAsync(context, running, cancellationToken);
        }

        if (runtime.Operation is null)
        {
            var before = runtime.Attempt is { } attempt && attempt.IsOf(context) ? attempt : null;
            if (before is null && runtime.Attempt is { Permanent: false } failing && failing.Revision != target.Revision)
            {
                superseded = failing.Revision;
                Superseded(context, failing.Revision, $"it failed {failing.Failures} time(s)");
            }

            runtime.Operation = Begin(context, target, before, superseded);
            runtime.Finished = null;
            if (before is null)
            {
                runtime.ForgetAdopted();
                Log.SyncBegan(_log, context.Key, Describe(runtime.Operation), runtime.Operation.Id);
                var changes = SourceChanges.Of(context.Spec, runtime.Inventory?.Header?.Sync?.Entry, target.Revision, context.Resolved);
                _events.Normal(
                    context.Application, "SyncStarted", "Sync", $"{Describe(runtime.Operation)}, operation {runtime.Operation.Id}{SourceChanges.Behind(changes)}");
            }
            else if (before.Failures <= MaxToldRetries)
            {
                _events.Normal(context.Application, "Retrying", "Sync", $"attempt {before.Failures + 1} at {Revisions.Short(target.Revision)}, operation {runtime.Operation.Id}");
            }
        }

        context.SyncCause = runtime.Operation.Cause;
    }

    /// <summary>For people: what is synced, and why.</summary>
    public static string Describe(SyncOperation operation) => $"syncing {Revisions.Short(operation.Revision)}{operation.Trigger switch
    {
        SyncTrigger.Operation => ", asked for in the field operation",
        SyncTrigger.Annotation => $", asked for by the annotation {Annotations.Sync}",
        SyncTrigger.Rollback => ", to roll back",
        _ => string.Empty,
    }}{(operation.Supersedes is { } former ? $", in place of {Revisions.Short(former)}" : string.Empty)}";

    private static SyncOperation Begin(ReconcileContext context, Rendering target, SyncAttempt? before, string? superseded)
    {
        var runtime = context.Runtime;
        var started = context.Now.AddTicks(-(context.Now.Ticks % TimeSpan.TicksPerSecond));
        if (started <= runtime.LastAttemptAt)
        {
            // Hooks are named after the second in which the attempt began: no two attempts share one.
            started = runtime.LastAttemptAt.AddSeconds(1);
        }

        runtime.LastAttemptAt = started;
        var trigger = context.Request?.Asked.Trigger
            ?? (context.Rollback is not null ? SyncTrigger.Rollback
                : runtime.Inventory?.Header?.Revision == target.Revision ? SyncTrigger.Spec
                : SyncTrigger.Commit);
        return new()
        {
            Id = before?.Id ?? SyncOperation.IdOf(target.Revision, context.Now),
            Revision = target.Revision,
            OptionsHash = target.OptionsHash,
            StartedAt = before?.StartedAt ?? context.Now,
            AttemptStartedAt = started,
            Retries = before?.Failures ?? 0,
            Trigger = before?.Trigger ?? trigger,
            Cause = before is null ? SyncCauses.Of(context, trigger) : before.Cause is { } first ? first with { After = SyncCauses.Retry } : null,
            Asked = context.Request?.Asked,
            InitiatedBy = before?.InitiatedBy ?? context.Request?.Asked.InitiatedBy
                ?? (context.Rollback?.By is { } asker ? new() { Username = asker.Manager } : null),
            Supersedes = before?.Supersedes ?? superseded,
        };
    }

    /// <summary>What the last decision of a pass means for the whole.</summary>
    public async Task<SyncEnd> EndAsync(ReconcileContext context, SyncRun run, SyncDecision decision, CancellationToken cancellationToken)
    {
        var operation = run.Operation;
        if (operation.FailedWith is null && decision is SyncDecision.Wait late && Overdue(context, operation, late) is { } overdue)
        {
            operation.Fail(overdue);
            decision = await run.NextAsync(cancellationToken);
        }

        switch (decision)
        {
            case SyncDecision.Wait wait:
                return Wait(context, wait);
            case SyncDecision.Run next:
                return SyncEnd.Wait($"{next.Batch} begins", TimeSpan.Zero);
            case SyncDecision.Fail when operation.FailedWith is { } failures:
                await _hooks.ReleaseAsync(context, operation, HookDeletion.HookFailed, cancellationToken);
                return new(failures.AddRange(operation.Failures.Values.Where(failure => !failures.Contains(failure))));
            default:
                break;
        }

        if (operation.FailedWith is { } failedWith)
        {
            await _hooks.ReleaseAsync(context, operation, HookDeletion.HookFailed, cancellationToken);
            return new(failedWith);
        }

        if (!run.Unmapped.IsEmpty)
        {
            return new(run.Unmapped);
        }

        await _hooks.ReleaseAsync(context, operation, HookDeletion.HookSucceeded, cancellationToken);
        return SyncEnd.Succeeded;
    }

    /// <summary>It cannot go on; hooks of an attempt that was under way are let go.</summary>
    public async Task<SyncEnd> RefuseAsync(
        ReconcileContext context, SyncOperation operation, ImmutableArray<SyncFailure> failures, CancellationToken cancellationToken)
    {
        await _hooks.ReleaseAsync(context, operation, HookDeletion.HookFailed, cancellationToken);
        return new(failures);
    }

    /// <summary>A newer target takes the place of a sync that waits or fails: what still runs of it is broken off.</summary>
    private async Task SupersedeAsync(ReconcileContext context, SyncOperation running, CancellationToken cancellationToken)
    {
        var target = context.Runtime.Target!;
        await _hooks.BreakOffAsync(context, running, cancellationToken);
        Superseded(context, running.Revision, running.At is { } at ? $"it was at wave {at.Wave} of {at.Phase}" : "it had just begun");
        context.Runtime.Operation = null;
    }

    private void Superseded(ReconcileContext context, string revision, string how)
    {
        _metrics.SyncEnded(context.Key, MetricLabels.SyncResult.Superseded);
        _events.Normal(context.Application, "Superseded", "Sync", $"the sync of {Revisions.Short(revision)} gives way to {Revisions.Short(context.Runtime.Target!.Revision)}; {how}");
    }

    private ImmutableArray<SyncFailure>? Overdue(ReconcileContext context, SyncOperation operation, SyncDecision.Wait wait)
    {
        operation.Enter(wait.Batch, context.Now);
        var now = _time.GetUtcNow();
        var kinds = WaitingForKind(context);
        context.Runtime.WaitingForKindSince = kinds.Count == 0 ? null : context.Runtime.WaitingForKindSince ?? context.Now;
        if (now - context.Runtime.WaitingForKindSince > KindPatience)
        {
            return [.. kinds.Select(static result => new SyncFailure(result.Key, result.Message!))];
        }

        var deadlines = context.Spec.Deadlines;
        var asked = wait.On.Any(static item => item.State.AwaitsApproval);
        operation.Ask(asked, context.Now);
        if (asked)
        {
            return null;
        }

        var waves = wait.On.Where(static item => item.Task.Kind != TaskKind.Hook).ToList();
        if (waves.Count > 0)
        {
            var due = operation.At!.Since + deadlines.Wave;
            if (due <= now)
            {
                return [.. waves.Select(item => new SyncFailure(
                    item.Task.Key, $"{wait.Batch} has not ended within {GoDuration.Format(deadlines.Wave)} (spec.deadlines.wave): {item.State.Message}"))];
            }

            context.LookAgain(due);
        }

        var begun = operation.CountsFrom > operation.AttemptStartedAt ? operation.CountsFrom : operation.AttemptStartedAt;
        var end = begun + deadlines.Operation;
        if (end <= now)
        {
            return [.. wait.On.Select(item => new SyncFailure(
                item.Task.Key, $"the sync has not ended within {GoDuration.Format(deadlines.Operation)} (spec.deadlines.operation): {item.State.Message}"))];
        }

        context.LookAgain(end);
        return null;
    }

    private static SyncEnd Wait(ReconcileContext context, SyncDecision.Wait wait)
    {
        if (context.Runtime.WaitingForKindSince is not null)
        {
            return SyncEnd.Wait($"waiting for {WaitingForKind(context).Count} object(s) whose kind is not served yet", KindRetry);
        }

        var held = wait.On.Where(static item => item.State.AwaitsApproval).ToList();
        if (held.Count > 0)
        {
            return SyncEnd.Wait($"waiting for pruning confirmation of {Named(held.Select(static item => item.State.Message))}; to confirm: kubectl annotate --overwrite "
                + $"applications.{Names.Group} {context.Key.Name} -n {context.Key.Namespace} {Annotations.Prefix}{Annotations.DeletionApproved}=$(date -u +%FT%TZ)");
        }

        var messages = string.Join("; ", wait.On.Take(MaxNamed).Select(static item => item.State.Message))
            + (wait.On.Length > MaxNamed ? $"; and {wait.On.Length - MaxNamed} more" : string.Empty);
        return wait.On.All(static item => item.Task.Kind == TaskKind.Prune)
            ? SyncEnd.Wait($"waiting for deletion: {messages}", TimeSpan.FromSeconds(30))
            : SyncEnd.Wait($"{wait.Batch}: {messages}");
    }

    private static string Named(IEnumerable<string?> names)
    {
        var all = names.ToList();
        return string.Join(", ", all.Take(MaxNamed)) + (all.Count > MaxNamed ? $" and {all.Count - MaxNamed} more" : string.Empty);
    }

    private static List<ApplyResult> WaitingForKind(ReconcileContext context) =>
        [.. context.Applied.Where(static result => result.Outcome == ApplyOutcome.WaitingForKind)];
}

using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Controllers;
using GitOps.Operator.Git;
using GitOps.Operator.Model;
using GitOps.Operator.Observability;
using GitOps.Operator.Reconcile.Inventories;
using GitOps.Operator.Status;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>Writes down how a sync ended: the inventory, the attempt, the history; and pins the commit that was applied.</summary>
internal sealed class RecordStep : IReconcileStep
{
    private const int MaxNamed = 5;
    private static readonly TimeSpan KindPatience = TimeSpan.FromSeconds(30);

    private readonly InventoryStore _store;
    private readonly RenderStep _renderer;
    private readonly IGitRepositories _repositories;
    private readonly OperatorMetrics _metrics;
    private readonly OperatorEvents _events;
    private readonly IReconcileTrigger _trigger;
    private readonly TimeProvider _time;
    private readonly ILogger<RecordStep> _log;

    public RecordStep(
        InventoryStore store, RenderStep renderer, IGitRepositories repositories, OperatorMetrics metrics, OperatorEvents events,
        IReconcileTrigger trigger, TimeProvider time, ILogger<RecordStep> log)
    {
        _store = store;
        _renderer = renderer;
        _repositories = repositories;
        _metrics = metrics;
        _events = events;
        _trigger = trigger;
        _time = time;
        _log = log;
    }

    public string Name => "record";

    public async Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        var inventory = runtime.Inventory!;
        var ended = context.Syncing ? Judge(context) : null;
        if (ended is { Failed: false, Waiting: null })
        {
            await SucceedAsync(context, cancellationToken);
        }
        else if (inventory.IsDirty)
        {
            await _store.SaveAsync(inventory, context.Key, context.Application.Metadata.Uid, cancellationToken);
        }

        return ended switch
        {
            null => StepResult.Continue,
            { Failed: true } => Fail(context, ended),
            { Waiting: { } waiting } => StepResult.Wait("Progressing", waiting, ended.After),
            _ => StepResult.Continue,
        };
    }

    private Outcome Judge(ReconcileContext context)
    {
        var failures = context.Applied.Where(static result => result.IsFailure)
            .Select(static result => (result.Key, Message: result.Message ?? "failed", Permanent: result.IsPermanent, result.RetryAfter))
            .Concat(context.Pruned.Where(static result => result.Outcome == PruneOutcome.Failed)
                .Select(static result => (result.Key, Message: result.Message ?? "failed", Permanent: false, result.RetryAfter)))
            .Concat(context.Shared.Select(static pair => (
                pair.Key, Message: $"{pair.Key} belongs to Application {pair.Value}; remove it from one of the two", Permanent: false, RetryAfter: (TimeSpan?)null)))
            .ToList();
        var waitingForKind = context.Applied.Where(static result => result.Outcome == ApplyOutcome.WaitingForKind).ToList();
        if (waitingForKind.Count > 0)
        {
            context.Runtime.WaitingForKindSince ??= context.Now;
            if (_time.GetUtcNow() - context.Runtime.WaitingForKindSince > KindPatience)
            {
                failures.AddRange(waitingForKind.Select(static result => (result.Key, result.Message!, false, (TimeSpan?)null)));
            }
        }
        else
        {
            context.Runtime.WaitingForKindSince = null;
        }

        failures.AddRange(context.Runtime.Target!.Unmapped.Select(static item => (
            new ObjectKey(item.Type.Group, item.Type.Kind, string.Empty, item.Name), $"{item.Location}: {item.Reason}", false, (TimeSpan?)null)));
        if (failures.Count > 0)
        {
            return new(true, failures);
        }

        if (waitingForKind.Count > 0)
        {
            return new(false, [], $"waiting for {waitingForKind.Count} object(s) whose kind is not served yet", TimeSpan.FromMilliseconds(500));
        }

        var pending = context.Pruned.Where(static result => result.Outcome == PruneOutcome.Pending).ToList();
        return pending.Count > 0
            ? new(false, [], $"waiting for deletion: {string.Join("; ", pending.Take(MaxNamed).Select(static result => result.Message))}", TimeSpan.FromSeconds(30))
            : new(false, []);
    }

    private async Task SucceedAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        var target = runtime.Target!;
        var inventory = runtime.Inventory!;
        var desired = target.Objects.Select(static item => item.Key).ToHashSet();
        foreach (var leftover in inventory.Entries.Values.Where(entry => !desired.Contains(entry.Key) && entry.DesiredHash.Length > 0).ToList())
        {
            // Not desired any more, and still there: an empty hash says so to whoever reads the inventory.
            inventory.Set(leftover with { DesiredHash = string.Empty });
        }

        inventory.SetHeader(_renderer.HeaderFor(target));
        if (inventory.IsDirty)
        {
            await _store.SaveAsync(inventory, context.Key, context.Application.Metadata.Uid, cancellationToken);
        }

        var now = _time.GetUtcNow();
        var changes = runtime.Progress.Take();
        runtime.Synced(target, context.Now, runtime.Attempt, now, changes);
        runtime.Attempt = null;
        _metrics.SyncEnded(MetricLabels.Succeeded);
        if (target.Commit is { } commit)
        {
            _metrics.CommitSynced(now - commit.CommittedAt);
        }

        Log.Synced(_log, context.Key, target.Revision[..7], changes.Create, changes.Update, changes.Delete);
        _events.Normal(context.Application, "Synced", "Sync",
            $"synced to {target.Revision[..7]}: {changes.Create} created, {changes.Update} updated, {changes.Delete} deleted");
        await PinAsync(context, target.Revision, cancellationToken);
    }

    private async Task PinAsync(ReconcileContext context, string revision, CancellationToken cancellationToken)
    {
        try
        {
            await _repositories.PinAsync(context.Spec.RepoUrl, context.Key.ToString(), revision, cancellationToken);
        }
        catch (GitException failure)
        {
            // The mirror can be made again, and the commit fetched by its id when it is needed.
            Log.StepFailed(_log, context.Key, Name, failure.Message);
        }
    }

    private StepResult Fail(ReconcileContext context, Outcome ended)
    {
        var runtime = context.Runtime;
        var target = runtime.Target!;
        var generation = context.Application.Metadata.Generation;
        var before = runtime.Attempt is { } attempt && attempt.Revision == target.Revision && attempt.Generation == generation ? attempt : null;
        var failures = (before?.Failures ?? 0) + 1;
        var permanent = ended.Failures.TrueForAll(static failure => failure.Permanent);
        var wait = context.Spec.Retry.Next(failures - 1) ?? context.Spec.Retry.MaxDuration;
        var told = ended.Failures.Max(static failure => failure.RetryAfter ?? TimeSpan.Zero);
        wait = wait < told ? told : wait;
        var message = string.Join("; ", ended.Failures.Take(MaxNamed).Select(static failure => failure.Message))
            + (ended.Failures.Count > MaxNamed ? $"; and {ended.Failures.Count - MaxNamed} more" : string.Empty);
        runtime.Attempt = new(
            target.Revision, generation, before?.StartedAt ?? context.Now, failures, permanent ? null : _time.GetUtcNow() + wait, permanent,
            message, ended.Failures.GroupBy(static failure => failure.Key).ToImmutableDictionary(static group => group.Key, static group => group.First().Message));
        _metrics.SyncEnded(MetricLabels.Failed);
        if (before is null || before.Message != message)
        {
            Log.SyncFailed(_log, context.Key, target.Revision[..7], message);
            _events.Warning(context.Application, "SyncFailed", "Sync", message);
        }

        if (!permanent)
        {
            _trigger.TriggerAfter(context.Key, wait);
        }

        return permanent ? StepResult.Stall("SyncFailed", message) : StepResult.Fail("SyncFailed", message, wait);
    }

    private sealed record Outcome(
        bool Failed, List<(ObjectKey Key, string Message, bool Permanent, TimeSpan? RetryAfter)> Failures, string? Waiting = null, TimeSpan? After = null);
}

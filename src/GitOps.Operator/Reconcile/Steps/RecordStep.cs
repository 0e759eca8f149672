using System.Collections.Immutable;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Git;
using GitOps.Operator.Model;
using GitOps.Operator.Observability;
using GitOps.Operator.Reconcile.Inventories;
using GitOps.Operator.Reconcile.Reports;
using GitOps.Operator.Reconcile.Requests;
using GitOps.Operator.Reconcile.Sources;
using GitOps.Operator.Reconcile.Syncing;
using GitOps.Operator.Status;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>Writes down how a sync ended: the inventory, the attempt, the history; and pins the commit that was applied.</summary>
internal sealed class RecordStep : IReconcileStep
{
    private const int MaxNamed = 5;
    private const string DryRun = "DryRun";
    private readonly InventoryStore _store;
    private readonly RenderStep _renderer;
    private readonly SourceAccess _access;
    private readonly OperatorMetrics _metrics;
    private readonly OperatorEvents _events;
    private readonly SyncRequests _requests;
    private readonly StatusReporter _reporter;
    private readonly ManagedObjects _objects;
    private readonly TimeProvider _time;
    private readonly ILogger<RecordStep> _log;

    public RecordStep(
        InventoryStore store, RenderStep renderer, SourceAccess access, OperatorMetrics metrics, OperatorEvents events,
        SyncRequests requests, StatusReporter reporter, ManagedObjects objects, TimeProvider time, ILogger<RecordStep> log)
    {
        _store = store;
        _renderer = renderer;
        _access = access;
        _metrics = metrics;
        _events = events;
        _requests = requests;
        _reporter = reporter;
        _objects = objects;
        _time = time;
        _log = log;
    }

    public string Name => "record";

    public async Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        var inventory = runtime.Inventory!;
        if (context.Request is { DryRun: true } dryRun && context.SyncBlocked?.Reason == DryRun)
        {
            await ReportDryRunAsync(context, dryRun, cancellationToken);
        }

        if (context.End is { HasFailed: false, Waiting: null })
        {
            await SucceedAsync(context, cancellationToken);
        }
        else if (inventory.IsDirty)
        {
            await _store.SaveAsync(inventory, context.Key, context.Application.Metadata.Uid, cancellationToken);
        }

        var result = context.End switch
        {
            { HasFailed: true } failed => await FailAsync(context, failed, cancellationToken),
            { Waiting: { } waiting } waits => StepResult.Wait("Progressing", waiting, waits.After),
            _ => StepResult.Continue,
        };
        if (context.End is not null || context.Request is { DryRun: true })
        {
            SyncRequests.LookForMore(context);
        }

        return result;
    }

    private async Task SucceedAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        var target = runtime.Target!;
        var inventory = runtime.Inventory!;
        var operation = runtime.Operation!;
        var isWhole = context.Request is not { IsSelective: true };
        await StoreRequestAsync(context, operation, cancellationToken);
        var now = _time.GetUtcNow();
        var counted = runtime.Progress.Take();
        var syncs = (inventory.Header?.Syncs ?? 0) + 1;
        var done = new SyncRecord(operation, HistoryRows.EntryOf(context, operation, CommitRows.OfSync(context, target), counted, now), now);
        if (isWhole)
        {
            IgnoredManifests.Settle(context, _objects);
            var desired = target.Objects.Select(static item => item.Key).ToHashSet();
            foreach (var leftover in inventory.Entries.Values.Where(entry => !desired.Contains(entry.Key) && entry.DesiredHash.Length > 0).ToList())
            {
                // Not desired any more, and still there: an empty hash says so to whoever reads the inventory.
                inventory.Set(leftover with { DesiredHash = string.Empty });
            }

            inventory.SetHeader(_renderer.HeaderFor(target) with { Sync = new() { Id = operation.Id, Entry = done.Entry }, Syncs = syncs });
        }
        else if (inventory.IsDirty || inventory.Header is not null)
        {
            // Objects of several commits: a restart may not take them for those of one.
            inventory.SetHeader((inventory.Header ?? new InventoryHeader()) with { Pending = true, Hooks = null, Syncs = syncs });
        }

        if (inventory.IsDirty)
        {
            await _store.SaveAsync(inventory, context.Key, context.Application.Metadata.Uid, cancellationToken);
        }

        inventory.ForgetChanges();
        await EndRequestAsync(context, operation, cancellationToken);
        runtime.Attempt = null;
        runtime.Operation = null;
        _metrics.SyncEnded(context.Key, MetricLabels.Succeeded);
        _metrics.SyncSucceeded(operation.Trigger.ToString().ToLowerInvariant(), now - operation.StartedAt);
        Log.Synced(_log, context.Key, Revisions.Short(target.Revision), done.Changes.Create, done.Changes.Update, done.Changes.Delete);
        var what = done.Describe();
        if (!isWhole)
        {
            // As in Argo CD, no entry of the history: the Application is not at this commit.
            runtime.Finished = OperationReport.Of(done) with { Message = $"{what}, of the objects that were named" };
            _events.Normal(context.Application, "Synced", "Sync", $"synced named objects to {Revisions.Short(target.Revision)}: {what}");
            context.LookAgain(context.Now);
            return;
        }

        runtime.Synced(done);
        if (target.Commit is { } commit && operation.Trigger == SyncTrigger.Commit && syncs > 1)
        {
            // Of a first sync, or one that something else began, the commit may be of any age: that says nothing of how long it took.
            _metrics.CommitSynced(now - commit.CommittedAt);
            _metrics.DetectedSynced(now - target.DetectedAt);
            runtime.CommitToBeHealthy = commit.CommittedAt;
        }

        _events.Normal(context.Application, "Synced", "Sync",
            $"synced to {Revisions.Short(target.Revision)}: {what}{OperationRows.InPlaceOf(operation.Supersedes)}");
        await PinAsync(context, target.Revision, cancellationToken);
    }

    /// <summary>
    /// The status has the operation before its request is taken off, and only afterwards what became of it: cut off anywhere, it
    /// is neither forgotten nor done a second time.
    /// </summary>
    private async Task EndRequestAsync(ReconcileContext context, SyncOperation operation, CancellationToken cancellationToken)
    {
        await StoreRequestAsync(context, operation, cancellationToken);
        if (operation.Asked is not null)
        {
            await _requests.EndAsync(context, operation.Asked, cancellationToken);
        }
    }

    private async Task StoreRequestAsync(ReconcileContext context, SyncOperation operation, CancellationToken cancellationToken)
    {
        if (operation is { Asked: not null, IsStored: false })
        {
            await _reporter.ReportAsync(context, StepResult.Wait("Progressing", "the sync is about to end"), cancellationToken);
        }
    }

    private async Task ReportDryRunAsync(ReconcileContext context, SyncRequest request, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        var target = runtime.Target!;
        var rows = PlanRows.Of(context).Where(row => PlanRows.IsDone(context, row)).ToImmutableArray();
        var counts = $"{rows.Count(static row => row.Action == PlanAction.Create)} created, "
            + $"{rows.Count(static row => row.Action == PlanAction.Update)} updated, {rows.Count(static row => row.Action == PlanAction.Delete)} deleted";
        var finished = new OperationState
        {
            Id = SyncOperation.IdOf(target.Revision, context.Now),
            Phase = OperationPhase.Succeeded,
            Message = $"dry run of {Revisions.Short(target.Revision)}, nothing was written: {counts}",
            StartedAt = context.Now,
            FinishedAt = _time.GetUtcNow(),
            Trigger = request.Asked.Trigger,
            InitiatedBy = request.Asked.InitiatedBy,
            Operation = request.Asked.Operation,
            SyncResult = SyncResult.Of(target.Revision, [.. rows.Select(static row => PlanRows.AsResult(row))]),
        };
        await _requests.EndAsync(context, request.Asked, cancellationToken);
        runtime.Finished = finished;
        _events.Normal(context.Application, "DryRun", "Sync", finished.Message);
    }

    private async Task PinAsync(ReconcileContext context, string revision, CancellationToken cancellationToken)
    {
        try
        {
            await _access.PinAsync(context.Spec.Sources, context.Key.ToString(), revision, cancellationToken);
        }
        catch (GitException failure)
        {
            // The mirror can be made again, and the commit fetched by its id when it is needed.
            Log.StepFailed(_log, context.Key, Name, failure.Message);
        }
    }

    private async Task<StepResult> FailAsync(ReconcileContext context, SyncEnd end, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        var ended = end.Failures;
        var operation = runtime.Operation!;
        var before = runtime.Attempt is { } known && known.IsOf(context) ? known : null;
        var message = (end.Headline is null ? string.Empty : end.Headline + ": ") + string.Join("; ", ended.Take(MaxNamed).Select(static failure => failure.Message))
            + (ended.Length > MaxNamed ? $"; and {ended.Length - MaxNamed} more" : string.Empty);
        var failures = (before?.Failures ?? 0) + 1;
        var unavailable = (before?.Unavailable ?? 0) + (ended.All(static failure => failure.IsUnavailable) ? 1 : 0);
        var wait = RetryDecision.After(context.Spec.Retry, ended, failures, unavailable);
        var attempt = new SyncAttempt(
            operation.Revision, context.Application.Metadata.Generation, operation.StartedAt, failures, wait is null ? null : _time.GetUtcNow() + wait,
            wait is null, message, ended.GroupBy(static failure => failure.Key).ToImmutableDictionary(static group => group.Key, static group => group.First().Message))
        {
            Id = operation.Id,
            SpecHash = runtime.SpecHash,
            Trigger = operation.Trigger,
            Cause = operation.Cause,
            Asked = operation.Asked,
            InitiatedBy = operation.InitiatedBy,
            ApprovedBy = operation.ApprovedBy,
            Supersedes = operation.Supersedes,
            EndedAt = _time.GetUtcNow(),
            Unavailable = unavailable,
            Sick = [.. ended.Select(static failure => failure.Key).Where(key => _objects.StateOf(key)?.Health is { Code: not HealthCode.Healthy })],
            Rows = OperationRows.Of(operation),
        };
        if (wait is null)
        {
            await EndRequestAsync(context, operation, cancellationToken);
        }

        runtime.Operation = null;
        runtime.WaitingForKindSince = null;
        _metrics.SyncEnded(context.Key, MetricLabels.Failed);
        if (before is null || before.Message != message || wait is null)
        {
            Log.SyncFailed(_log, context.Key, Revisions.Short(operation.Revision), message);
            _events.Warning(context.Application, "SyncFailed", "Sync", wait is { } pause
                ? $"{message}; retry {failures} in {GoDuration.Format(pause)}"
                : $"{message}; not tried again until something changes");
        }

        if (context.Request is { IsSelective: true } && wait is null)
        {
            // Some objects could not be synced: that says nothing about all of them.
            runtime.Attempt = null;
            runtime.Finished = OperationReport.Of(attempt, _time.GetUtcNow()) with { SpecHash = null };
            context.LookAgain(context.Now);
            return StepResult.Continue;
        }

        runtime.Attempt = attempt;
        return wait is { } retry ? StepResult.Fail("SyncFailed", message, retry) : StepResult.Stall("SyncFailed", message);
    }
}

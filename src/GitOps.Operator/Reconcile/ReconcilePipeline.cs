using GitOps.Kubernetes.Http;
using GitOps.Manifests.Helm;
using GitOps.Operator.Auditing;
using GitOps.Operator.Controllers;
using GitOps.Operator.Git;
using GitOps.Operator.Model;
using GitOps.Operator.Observability;
using GitOps.Operator.Reconcile.Reports;
using GitOps.Operator.Reconcile.Steps;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Reconcile;

/// <summary>
/// START HERE. One pass over an Application is the list of steps below, run in order. A step reads and fills the
/// <see cref="ReconcileContext"/> and says how it ended; the runner alone makes of that the report, the requeue and the metrics.
/// A pass is level-based: it looks at what is, not at what happened, and one that was cut off anywhere is simply run again.
/// </summary>
internal sealed class ReconcilePipeline
{
    private const string Panic = "InternalError";
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(2);

    private readonly IReadOnlyList<IReconcileStep> _steps;
    private readonly QuietCheck _quiet;
    private readonly StatusReporter _reporter;
    private readonly IReconcileTrigger _trigger;
    private readonly OperatorMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<ReconcilePipeline> _log;

    public ReconcilePipeline(
        FinalizeStep finalize, AdmitStep admit, RefreshStep refresh, RequestStep request, ObserveStep observe, RenderStep render,
        TakeUpStep takeUp, DriftStep drift, DiffStep diff, GateStep gate,
        PreviewStep preview, AccountStep account, ForeignStep foreign, SyncStep sync, ForeignManagerStep marks, RecordStep record, HoldStep hold,
        QuietCheck quiet, StatusReporter reporter, IReconcileTrigger trigger,
        OperatorMetrics metrics, TimeProvider time, ILogger<ReconcilePipeline> log)
    {
        _steps =
        [
            finalize, // deleted? take its objects along, as its finalizer says
            admit,    // spec valid, as whom
            refresh,  // asked for by annotation
            request,  // break off, go back, sync now: what people ask for beside the spec
            observe,  // inventory known, everything in it watched
            render,   // ref -> commit -> desired objects
            takeUp,   // may what was asked for begin
            drift,    // what somebody else changed, and who
            diff,     // desired + inventory + observed -> plan
            gate,     // mode, retries, deletion guards
            preview,  // what a sync would do, where none is made
            account,  // is there still somebody to write as
            foreign,  // what others have added beside what is ours
            sync,     // heal; create, update, run hooks and prune, wave by wave
            marks,    // who else has his mark on the objects
            record,   // inventory, history, attempt
            hold,     // finalizers, where hooks for the deletion were applied
        ];
        _quiet = quiet;
        _reporter = reporter;
        _trigger = trigger;
        _metrics = metrics;
        _time = time;
        _log = log;
    }

    public IEnumerable<string> StepNames => _steps.Select(static step => step.Name);

    /// <summary>Runs one pass. Throws only on cancellation.</summary>
    public async Task RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        if (context.Cause is { Name: (Triggers.Webhook or Triggers.Poll or Triggers.Refresh) and var name })
        {
            context.Runtime.Noticed = new() { Name = name };
        }

        if (_quiet.Holds(context))
        {
            _metrics.ReconcileEnded(MetricLabels.ReconcileResult.Done);
            LookAtHealthAgain(context);
            if (context.Runtime.Quiet is { Until: { } until })
            {
                _trigger.TriggerAfter(context.Key, until - context.Now);
            }

            return;
        }

        using var trace = PassTrace.Begin(context);
        var started = _time.GetTimestamp();
        var took = new List<(string Step, TimeSpan Time)>(_steps.Count + 1);
        using var audit = AuditScope.Pass(context.Application, () => AuditFactsOf.Pass(context));
        var result = StepResult.Continue;
        foreach (var step in _steps)
        {
            result = await RunAsync(step, context, took, cancellationToken);
            if (result.Verdict != StepVerdict.Continue)
            {
                break;
            }
        }

        var isReported = await ReportAsync(context, result, took, cancellationToken);
        if (isReported)
        {
            QuietCheck.Note(context, result);
        }

        // Only now it shows whether the trace is kept: what is measured names it.
        PassTrace.End(trace, context, result, isReported, _time.GetUtcNow());
        Measure(context, result, took, _time.GetElapsedTime(started));
        if (!isReported)
        {
            return;
        }

        context.Runtime.Failures = result.Verdict == StepVerdict.Fail ? context.Runtime.Failures + 1 : 0;
        _metrics.ReconcileEnded(Label(result));
        Requeue(context, result);
    }

    private void Measure(ReconcileContext context, StepResult result, List<(string Step, TimeSpan Time)> took, TimeSpan all)
    {
        foreach (var (step, time) in took)
        {
            _metrics.StepEnded(step, time);
        }

        _metrics.ReconcileTook(Label(result), all);
        if (context.SourceProblem is { } problem)
        {
            _metrics.SourceFailed(problem.Reason);
        }

        if (context.Runtime is { CommitToBeHealthy: { } committed, Status.Timings.HealthyAt: { } healthy })
        {
            context.Runtime.CommitToBeHealthy = null;
            _metrics.CommitHealthy(healthy - committed);
        }
    }

    private async Task<StepResult> RunAsync(
        IReconcileStep step, ReconcileContext context, List<(string Step, TimeSpan Time)> took, CancellationToken cancellationToken)
    {
        using var span = OperatorTracing.Begin(step.Name);
        var result = await GuardAsync(step, context, took, cancellationToken);
        if (result.Verdict is StepVerdict.Fail or StepVerdict.Stall)
        {
            span?.Fail(result.Reason ?? result.Verdict.ToString());
        }

        return result;
    }

    private async Task<StepResult> GuardAsync(
        IReconcileStep step, ReconcileContext context, List<(string Step, TimeSpan Time)> took, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        try
        {
            return await step.RunAsync(context, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (ApiException refusal)
        {
            Log.StepFailed(_log, context.Key, step.Name, refusal.Message);
            if (refusal.IsConflict)
            {
                context.Runtime.DisturbInventory();
            }

            return StepResult.Fail(refusal.IsForbidden ? "Forbidden" : "KubernetesError", $"{step.Name}: {refusal.Message}", refusal.RetryAfter);
        }
        catch (ApiConnectionException failure)
        {
            Log.StepFailed(_log, context.Key, step.Name, failure.Message);
            return StepResult.Fail("KubernetesUnreachable", $"{step.Name}: {failure.Message}");
        }
        catch (GitException failure)
        {
            Log.StepFailed(_log, context.Key, step.Name, failure.Message);
            return failure.NeedsUser
                ? StepResult.Stall(failure.Kind.ToString(), failure.Message)
                : StepResult.Fail(failure.Kind.ToString(), failure.Message);
        }
        catch (HelmException failure)
        {
            Log.StepFailed(_log, context.Key, step.Name, failure.Message);
            return StepResult.Fail("HelmFailed", failure.Message);
        }
        catch (Exception bug)
        {
            Log.StepPanicked(_log, bug, context.Key, step.Name);
            return StepResult.Fail(Panic, $"{step.Name}: {bug.GetType().Name}; the operator's log has the details");
        }
        finally
        {
            took.Add((step.Name, _time.GetElapsedTime(started)));
        }
    }

    private async Task<bool> ReportAsync(
        ReconcileContext context, StepResult result, List<(string Step, TimeSpan Time)> took, CancellationToken cancellationToken)
    {
        using var span = OperatorTracing.Begin("report");
        var started = _time.GetTimestamp();
        try
        {
            await _reporter.ReportAsync(context, result, cancellationToken);
            return true;
        }
        catch (Exception failure) when (failure is ApiException or ApiConnectionException)
        {
            Log.StepFailed(_log, context.Key, "report", failure.Message);
            context.Runtime.Failures++;
            _trigger.TriggerAfter(context.Key, (failure as ApiException)?.RetryAfter ?? Backoff(context.Runtime.Failures));
            return false;
        }
        finally
        {
            took.Add(("report", _time.GetElapsedTime(started)));
        }
    }

    private void Requeue(ReconcileContext context, StepResult result)
    {
        if (result.After is { } after)
        {
            _trigger.TriggerAfter(context.Key, after);
        }
        else if (result.Verdict == StepVerdict.Fail)
        {
            _trigger.TriggerAfter(context.Key, Backoff(context.Runtime.Failures));
        }

        if (context.NextLook is { } due)
        {
            _trigger.TriggerAfter(context.Key, due - _time.GetUtcNow());
        }

        // Once its time has come, it is under way, or what else holds it tells.
        if (context.Runtime.Attempt?.NotBefore is { } retry && retry > context.Now)
        {
            _trigger.TriggerAfter(context.Key, retry - _time.GetUtcNow());
        }

        // A quiet wait has not looked at health, and would come again and again: what ends it begins a pass that does.
        if (!result.IsQuiet || context.Runtime.HealthDue > _time.GetUtcNow())
        {
            LookAtHealthAgain(context);
        }
    }

    // No watch tells that time has passed; and each pass ends whatever delay there was.
    private void LookAtHealthAgain(ReconcileContext context)
    {
        if (context.Runtime.HealthDue is { } due && !context.Application.Metadata.IsTerminating)
        {
            _trigger.TriggerAfter(context.Key, due - _time.GetUtcNow());
        }
    }

    private static TimeSpan Backoff(int failures)
    {
        var wait = FirstRetry * Math.Pow(2, Math.Min(failures, 10) - 1);
        return wait > LongestRetry ? LongestRetry : wait;
    }

    private static string Label(StepResult result) => result.Verdict switch
    {
        StepVerdict.Wait => MetricLabels.ReconcileResult.Waiting,
        StepVerdict.Stall => MetricLabels.ReconcileResult.Stalled,
        StepVerdict.Fail when result.Reason == Panic => MetricLabels.ReconcileResult.Panicked,
        StepVerdict.Fail => MetricLabels.Failed,
        _ => MetricLabels.ReconcileResult.Done,
    };
}

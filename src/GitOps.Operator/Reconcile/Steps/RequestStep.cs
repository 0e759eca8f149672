using GitOps.Operator.Api;
using GitOps.Operator.Controllers;
using GitOps.Operator.Git;
using GitOps.Operator.Reconcile.Requests;
using GitOps.Operator.Reconcile.Sources;
using GitOps.Operator.Reconcile.Syncing;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>
/// What people ask of this Application beside its spec: to break a sync off, to stay at a revision of before, to sync now. It
/// decides which revision the pass is about, so it comes before the rendering.
/// </summary>
internal sealed class RequestStep : IReconcileStep
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(5);

    private readonly Terminations _terminations;
    private readonly Rollbacks _rollbacks;
    private readonly SyncRequests _requests;
    private readonly SourceAccess _access;
    private readonly IReconcileTrigger _trigger;
    private readonly TimeProvider _time;
    private readonly CancellationToken _stopping;

    public RequestStep(
        Terminations terminations, Rollbacks rollbacks, SyncRequests requests, SourceAccess access, IReconcileTrigger trigger,
        TimeProvider time, CancellationToken stopping)
    {
        _access = access;
        _trigger = trigger;
        _time = time;
        _stopping = stopping;
        _terminations = terminations;
        _rollbacks = rollbacks;
        _requests = requests;
    }

    public string Name => "request";

    public async Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        SyncRestorer.Restore(context);
        KeepAttempt(context);
        await _requests.ClearRefusedAsync(context, cancellationToken);
        await _terminations.RunAsync(context, cancellationToken);
        _rollbacks.Apply(context);
        _requests.Find(context);
        if (SyncRequests.IsNew(context))
        {
            await PollAsync(context, context.Request!.Asked.Text, cancellationToken);
        }

        return StepResult.Continue;
    }

    /// <summary>Looks at the repositories once for each request: what was pushed just before it is meant.</summary>
    private async Task PollAsync(ReconcileContext context, string text, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        if (runtime.PolledFor == text)
        {
            return;
        }

        try
        {
            var (done, _) = await runtime.Polling.AskAsync(
                text, () => PollAsync(context.Spec.Sources), Moment, _trigger, context.Key, _time, cancellationToken);
            runtime.PolledFor = done ? text : null;
            context.Held = done ? null : ("FetchingSource", "a sync was asked for; waiting for the repository");
        }
        catch (GitException)
        {
            // The step that resolves says what is wrong with the repository.
            runtime.PolledFor = text;
        }
    }

    private async ValueTask<bool> PollAsync(IEnumerable<CheckedSource> sources)
    {
        await _access.RefreshAsync(sources, _stopping);
        return true;
    }

    /// <summary>A request is a new generation of the Application, but no other spec: what has failed with it has still failed.</summary>
    private static void KeepAttempt(ReconcileContext context)
    {
        var runtime = context.Runtime;
        var generation = context.Application.Metadata.Generation;
        if (runtime.Attempt is { SpecHash: { } spec } attempt && attempt.Generation != generation && spec == runtime.SpecHash)
        {
            runtime.Attempt = attempt with { Generation = generation };
        }
    }
}

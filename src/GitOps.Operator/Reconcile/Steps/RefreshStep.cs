using GitOps.Operator.Api;
using GitOps.Operator.Auditing;
using GitOps.Operator.Controllers;
using GitOps.Operator.Git;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Requests;
using GitOps.Operator.Reconcile.Sources;
using GitOps.Operator.Render;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>
/// Looks at the repositories between two intervals. For an Application that is new, or has another source: whoever has just pushed and
/// then created or changed it means what was pushed. And for the annotation <c>refresh</c>: <c>normal</c> looks at them now,
/// <c>hard</c> also renders anew whatever is remembered. The annotation is taken off when that is done, unless it changed meanwhile.
/// </summary>
internal sealed class RefreshStep : IReconcileStep
{
    private const string Hard = "hard";
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(5);
    private static readonly string[] Askers = [Annotations.Prefix + Annotations.Refresh, Annotations.ArgoPrefix + Annotations.Refresh];

    private readonly ApplicationPatches _patches;
    private readonly SourceAccess _access;
    private readonly IReconcileTrigger _trigger;
    private readonly TimeProvider _time;
    private readonly CancellationToken _stopping;

    public RefreshStep(
        ApplicationPatches patches, SourceAccess access, IReconcileTrigger trigger, TimeProvider time, CancellationToken stopping)
    {
        _patches = patches;
        _access = access;
        _trigger = trigger;
        _time = time;
        _stopping = stopping;
    }

    public string Name => "refresh";

    public async Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        await LookAsync(context, cancellationToken);
        if (Annotations.Find(context.Application.Metadata.Annotations, Annotations.Refresh) is not { } kind)
        {
            return StepResult.Continue;
        }

        var runtime = context.Runtime;
        var asker = Askers.Select(name => context.Application.AskedBy.GetValueOrDefault(name)).FirstOrDefault(static by => by is not null)?.Manager;
        runtime.Noticed = new() { Name = Triggers.Refresh, By = asker };
        try
        {
            var (done, _) = await runtime.Refreshing.AskAsync(
                context.Application.Metadata.ResourceVersion, () => PollAsync(context.Spec.Sources, Triggers.Refresh), Moment, _trigger, context.Key, _time,
                cancellationToken);
            if (!done)
            {
                return StepResult.Continue;
            }
        }
        catch (GitException)
        {
            // The step that resolves says what is wrong with the repository.
        }

        if (kind == Hard)
        {
            runtime.Target = runtime.Target is { } target ? target with { OptionsHash = string.Empty } : null;
            runtime.Parts = [];
            runtime.RenderFailure = null;
            runtime.Attempt = null;
        }

        using var audit = AuditScope.For(new AuditPurpose(AuditReason.Request) { Trigger = Triggers.Refresh, By = asker });
        await _patches.RemoveAnnotationsAsync(context, Askers, cancellationToken);
        return StepResult.Continue;
    }

    private async Task LookAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var (runtime, spec) = (context.Runtime, context.Spec);
        var generation = context.Application.Metadata.Generation;
        if (runtime.LookedFor.Generation == generation)
        {
            return;
        }

        var source = $"{RenderOptions.HashOf(spec)} {spec.RevisionNames}";
        var old = runtime.LookedFor.Source == source ? [] : spec.Sources.Where(one =>
            _access.StateOf(one) is { Failure: null, LastReachedAt: { } asked } && asked < context.Application.ReadAt).ToList();
        if (old.Count > 0)
        {
            try
            {
                var (done, _) = await runtime.Looking.AskAsync(
                    source, () => PollAsync(old, Triggers.Poll), Moment, _trigger, context.Key, _time, cancellationToken);
                if (!done)
                {
                    context.Held = ("FetchingSource", "the Application is new, or its source is; waiting for the repository");
                    return;
                }
            }
            catch (GitException)
            {
                // The step that resolves says what is wrong with the repository; what it says when it is back is new enough.
            }
        }

        runtime.LookedFor = (generation, source);
    }

    private async ValueTask<bool> PollAsync(IEnumerable<CheckedSource> sources, string trigger)
    {
        Triggers.Begin(trigger);
        await _access.RefreshAsync(sources, _stopping);
        return true;
    }
}

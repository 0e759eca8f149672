using GitOps.Manifests;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers;
using GitOps.Operator.Git;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Steps;
using GitOps.Operator.Sync;

namespace GitOps.Operator.Reconcile.Deleting;

/// <summary>The hooks of what was applied last. What cannot be read is said, never taken for none.</summary>
internal sealed class AppliedHooks
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);

    private readonly AdmitStep _admit;
    private readonly RenderStep _renderer;
    private readonly IReconcileTrigger _trigger;
    private readonly TimeProvider _time;
    private readonly CancellationToken _stopping;

    public AppliedHooks(AdmitStep admit, RenderStep renderer, IReconcileTrigger trigger, TimeProvider time, CancellationToken stopping)
    {
        _admit = admit;
        _renderer = renderer;
        _trigger = trigger;
        _time = time;
        _stopping = stopping;
    }

    /// <returns>Both null: no sync has ever succeeded. Else the rendering, or how the pass ends.</returns>
    public async Task<(Rendering? Applied, StepResult? Ended)> FindAsync(ReconcileContext context, SyncPhase phase, CancellationToken cancellationToken)
    {
        if ((await _admit.RunAsync(context, cancellationToken)) is { Verdict: not StepVerdict.Continue } refused)
        {
            return (null, Blocked(context, phase, $"the spec is not valid ({refused.Message}); correct it"));
        }

        var state = context.Runtime.Deletion;
        var inventory = context.Runtime.Inventory!;
        if (inventory.Unknown is { } unknown)
        {
            return (null, Blocked(context, phase, $"the inventory is not whole ({unknown})"));
        }

        if (inventory.Header?.Revision is not { } revision)
        {
            // A set that was put together again from the cluster does not say of which commit it is.
            return context.Runtime.Status.History.IsEmpty
                ? (null, null)
                : (null, Blocked(context, phase, "the inventory was lost, and with it which commit was applied"));
        }

        if (state.Applied is null)
        {
            try
            {
                var (done, applied) = await state.Rendering.AskAsync(
                    $"{context.Application.Metadata.Generation} {revision}", () => new(_renderer.RenderAppliedAsync(context, _stopping)),
                    Moment, _trigger, context.Key, _time, cancellationToken);
                if (!done)
                {
                    return (null, StepResult.Wait("Deleting", $"fetching {Revisions.Short(revision)} of the repository, for its {phase} hooks"));
                }

                state.Applied = applied;
            }
            catch (Exception failure) when (failure is GitException or ManifestException or SourceTreeException or InvalidMarksException)
            {
                return (null, Blocked(context, phase, $"{Revisions.Named(revision)} cannot be read: {failure.Message}"));
            }
        }

        if (state.Applied is not { } rendering)
        {
            return (null, Blocked(context, phase, $"the spec was changed after the sync of {Revisions.Short(revision)}; change it back"));
        }

        var unmapped = rendering.Unmapped.FirstOrDefault(item => item.Phases.Contains(phase));
        if (unmapped is not null)
        {
            state.Applied = null;
            return (null, Blocked(context, phase, $"{unmapped.Type} {unmapped.Name} ({unmapped.Location}): {unmapped.Reason}"));
        }

        return (rendering, null);
    }

    private static StepResult Blocked(ReconcileContext context, SyncPhase phase, string why) => StepResult.Fail(
        "DeletionError", $"the {phase} hooks are not known: {why}. To delete without them: {WayOut.WithoutHooks(context.Application.Metadata, phase)}");
}

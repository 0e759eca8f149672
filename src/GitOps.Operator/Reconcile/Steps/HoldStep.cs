using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Deleting;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>
/// Where hooks for the deletion were applied, finalizers keep the Application until they have run; where they are not any more,
/// nothing of ours keeps it. Those that people have put there are theirs.
/// </summary>
internal sealed class HoldStep : IReconcileStep
{
    private readonly ApplicationFinalizers _finalizers;

    public HoldStep(ApplicationFinalizers finalizers) => _finalizers = finalizers;

    public string Name => "hold";

    public async Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        if (runtime.Target is not { HasContent: true } target || runtime.Inventory?.Header is not { Pending: not true } header
            || header.Revision != target.Revision || header.OptionsHash != target.OptionsHash)
        {
            // What is applied is not known to the last hook: whatever holds it stays.
            return StepResult.Continue;
        }

        var wanted = (Has(target, SyncPhase.PreDelete), Has(target, SyncPhase.PostDelete));
        var names = DeletionFinalizers.Own(wanted.Item1, wanted.Item2);
        var present = context.Application.Metadata.Finalizers;
        var isHeld = names.All(name => present.Contains(name, StringComparer.Ordinal));
        var isFree = runtime.Held == wanted || DeletionFinalizers.Own(preDelete: true, postDelete: true)
            .All(name => names.Contains(name, StringComparer.Ordinal) || !present.Contains(name, StringComparer.Ordinal));
        if (!isHeld || !isFree)
        {
            await _finalizers.HoldAsync(context.Application.Metadata, names, cancellationToken);
        }

        runtime.Held = wanted;
        return StepResult.Continue;
    }

    private static bool Has(Rendering target, SyncPhase phase) =>
        target.Hooks.Any(hook => hook.Marks.Phases.Contains(phase)) || target.Unmapped.Any(item => item.Phases.Contains(phase));
}

using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Diff;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>What a sync would have to do: by hashes and by what the watches saw, without a request.</summary>
internal sealed class DiffStep : IReconcileStep
{
    private readonly ManagedObjects _objects;
    private readonly RenderStep _renderer;

    public DiffStep(ManagedObjects objects, RenderStep renderer)
    {
        _objects = objects;
        _renderer = renderer;
    }

    public string Name => "diff";

    public async Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        if (runtime.Target is not { } target)
        {
            return context.SourceProblem is { } problem
                ? problem.NeedsUser ? StepResult.Stall(problem.Reason, problem.Message) : StepResult.Fail(problem.Reason, problem.Message)
                : StepResult.Wait("FetchingSource", "waiting for the source");
        }

        runtime.Remember(target.HasContent ? target.Objects : []);
        var plan = PlanDiff.Compare(target.Objects, runtime.Inventory!.Entries, key => Observe(runtime, key));
        context.Plan = await IgnoredManifests.LeaveOutAsync(context, _renderer, plan, cancellationToken);
        return StepResult.Continue;
    }

    private ObservedState Observe(ApplicationRuntime runtime, ObjectKey key)
    {
        if (_objects.StateOf(runtime.Key, key) is not { } state)
        {
            return ObservedState.Unknown;
        }

        var refusal = runtime.PruneRefusals.TryGetValue(key, out var known) && known.ResourceVersion == state.ResourceVersion
            ? known.Reason
            : null;
        return state.Presence switch
        {
            Presence.Present => new(ObservedKind.InSync, PruneRefusal: refusal),
            Presence.Terminating => new(ObservedKind.Terminating, Detail: Finalizers(state)),
            Presence.Vanished => runtime.Drift.TryGetValue(key, out var gone) && gone.Change == DriftChange.Deleted
                ? ObservedState.Missing
                : ObservedState.Unknown,
            Presence.Suspect => runtime.Drift.TryGetValue(key, out var row)
                ? new(row.Change == DriftChange.Deleted ? ObservedKind.Recreated : ObservedKind.Drifted, Detail: DriftReport.Describe(row), PruneRefusal: refusal)
                : new(ObservedKind.Unknown, PruneRefusal: refusal),
            _ => ObservedState.Unknown,
        };
    }

    private static string? Finalizers(ObjectState state) =>
        state.Suspect is { Finalizers: { Count: > 0 } finalizers } ? $"held by {string.Join(", ", finalizers)}" : null;
}

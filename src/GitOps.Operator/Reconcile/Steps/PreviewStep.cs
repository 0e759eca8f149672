using System.Collections.Concurrent;
using System.Collections.Immutable;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Diff.Masking;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Gates;
using GitOps.Operator.Reconcile.Previews;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>
/// For an Application that does not sync by itself: what a sync would do, from a server-side dry run of the objects whose
/// desired state is not the applied one. Writes nothing. An object that changes is compared again, at most once per interval.
/// </summary>
internal sealed class PreviewStep : IReconcileStep
{
    private const int Parallelism = 16;
    private static readonly ApiResource Namespaces = ApiResource.Of("v1", "Namespace", "namespaces", namespaced: false, "status");

    private readonly IKubernetesClient _client;
    private readonly ObjectFollower _watches;
    private readonly Previewer _previewer;

    /// <param name="client">Reads as the operator; dry runs are the Application's own.</param>
    /// <param name="watches">Tell when an object that is compared changes.</param>
    /// <param name="mask">What must not be shown.</param>
    /// <param name="formerManagers">Field managers of the platform team's former tools, beside those that are known.</param>
    public PreviewStep(IKubernetesClient client, ObjectFollower watches, SecretMask mask, ImmutableArray<string> formerManagers)
    {
        _client = client;
        _watches = watches;
        _previewer = new(client, mask, formerManagers);
    }

    public string Name => "preview";

    public async Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        var planned = context.SyncBlocked is { Reason: "DryRun" } || context.Holds.Exists(static hold => hold.Reason is ManualGate.Reason or SuspendGate.Reason || ApprovalGate.IsReason(hold.Reason))
            ? context.Plan.Changes.Where(static change => change.Action is PlannedAction.Create or PlannedAction.Update && change.Desired!.Json.Length > 0).ToList()
            : [];
        var objects = await ResourcesAsync(planned, cancellationToken);
        Follow(context, objects);
        if (planned.Count == 0)
        {
            runtime.Preview = null;
            return StepResult.Continue;
        }

        var known = runtime.Preview is { } preview && preview.Revision == runtime.Target!.Revision ? preview : null;
        var unknown = planned.Where(change => known?.Objects.GetValueOrDefault(change.Key) is not { } seen || (seen.IsUnserved && objects.ContainsKey(change.Key)))
            .Select(static change => change.Key).ToHashSet();
        if (unknown.Count == 0 && runtime.PreviewChanged.IsEmpty)
        {
            return StepResult.Continue;
        }

        if (unknown.Count == 0 && context.Request is not { DryRun: true } && known!.ComparedAt + context.Spec.Interval > context.Now)
        {
            context.LookAgain(known.ComparedAt + context.Spec.Interval);
            return StepResult.Continue;
        }

        var changed = runtime.PreviewChanged.Take();
        var due = planned.Where(change => unknown.Contains(change.Key) || changed.Contains(change.Key)
            || (known?.Objects[change.Key].MissingNamespace is { } home && changed.Contains(NamespaceKey(home)))).ToList();
        var found = await CompareAsync(context, due, objects, cancellationToken);
        runtime.Preview = new(runtime.Target!.Revision, context.Now, (known?.Objects ?? ImmutableDictionary<ObjectKey, PreviewedObject>.Empty)
            .RemoveRange((known?.Objects.Keys ?? []).Except(planned.Select(static change => change.Key))).SetItems(found));
        Follow(context, objects);
        foreach (var (key, _) in found.Where(static item => item.Value.IsUnknown))
        {
            runtime.PreviewChanged.Add(key);
            context.LookAgain(context.Now + context.Spec.Interval);
        }

        return StepResult.Continue;
    }

    private static ObjectKey NamespaceKey(string name) => new(string.Empty, Namespaces.Kind, string.Empty, name);

    private void Follow(ReconcileContext context, Dictionary<ObjectKey, ApiResource> objects) => _watches.Follow(context.Key,
    [
        .. objects.Select(static item => (item.Value, item.Key)),
        .. objects.Count == 0 ? [] : (context.Runtime.Preview?.MissingNamespaces ?? []).Select(static name => (Namespaces, NamespaceKey(name))),
        .. context.Strays,
    ]);

    private async Task<Dictionary<ObjectKey, ApiResource>> ResourcesAsync(List<PlannedChange> planned, CancellationToken cancellationToken)
    {
        var found = new Dictionary<ObjectKey, ApiResource>(planned.Count);
        foreach (var change in planned)
        {
            if (await _client.Discovery.FindAsync(change.Desired!.Type, cancellationToken) is { Outcome: LookupOutcome.Found, Resource: { } resource })
            {
                found[change.Key] = resource;
            }
        }

        return found;
    }

    private async Task<ConcurrentDictionary<ObjectKey, PreviewedObject>> CompareAsync(
        ReconcileContext context, List<PlannedChange> due, Dictionary<ObjectKey, ApiResource> resources, CancellationToken cancellationToken)
    {
        var found = new ConcurrentDictionary<ObjectKey, PreviewedObject>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(due, options, async (change, token) =>
            found[change.Key] = await _previewer.LookAsync(context, change, resources.GetValueOrDefault(change.Key), token));
        return found;
    }
}

using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Apply;
using GitOps.Operator.Controllers;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Diff;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Gates;
using GitOps.Operator.Reconcile.Reports;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>
/// For an Application that does not sync by itself: what a sync would do, from a server-side dry run of the objects whose
/// desired state is not the applied one. Writes nothing. Repeated when such an object changes, at most once per interval.
/// </summary>
internal sealed class PreviewStep : IReconcileStep
{
    private const int Parallelism = 16;
    private const int MaxFields = 20;

    private readonly IKubernetesClient _client;
    private readonly ObjectFollower _watches;
    private readonly IReconcileTrigger _trigger;
    private readonly DriftExplainer _explainer = new(Names.FieldManager);

    public PreviewStep(IKubernetesClient client, ObjectFollower watches, IReconcileTrigger trigger)
    {
        _client = client;
        _watches = watches;
        _trigger = trigger;
    }

    public string Name => "preview";

    public async Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        var planned = context.SyncBlocked is { Reason: "DryRun" } || context.Holds.Exists(static hold => hold.Reason is ManualGate.Reason or SuspendGate.Reason || ApprovalGate.IsReason(hold.Reason))
            ? context.Plan.Changes.Where(static change => change.Action is PlannedAction.Create or PlannedAction.Update && change.Desired!.Json.Length > 0).ToList()
            : [];
        var objects = await ResourcesAsync(planned, cancellationToken);
        _watches.Follow(context.Key, [.. objects.Select(static item => (item.Resource, item.Change.Key))]);
        if (planned.Count == 0)
        {
            runtime.Preview = null;
            return StepResult.Continue;
        }

        var isFresh = runtime.Preview is { } known && known.Revision == runtime.Target!.Revision
            && planned.TrueForAll(change => known.Compared.Contains(change.Key));
        if (isFresh && !runtime.PreviewIsStale)
        {
            return StepResult.Continue;
        }

        if (isFresh && context.Request is not { DryRun: true } && runtime.Preview!.ComparedAt + context.Spec.Interval > context.Now)
        {
            _trigger.TriggerAfter(context.Key, runtime.Preview.ComparedAt + context.Spec.Interval - context.Now);
            return StepResult.Continue;
        }

        runtime.PreviewIsStale = false;
        runtime.Preview = await CompareAsync(context, planned, objects, cancellationToken);
        return StepResult.Continue;
    }

    private async Task<List<(PlannedChange Change, ApiResource Resource)>> ResourcesAsync(
        List<PlannedChange> planned, CancellationToken cancellationToken)
    {
        var found = new List<(PlannedChange, ApiResource)>(planned.Count);
        foreach (var change in planned)
        {
            if (await _client.Discovery.FindAsync(change.Desired!.Type, cancellationToken) is { Outcome: LookupOutcome.Found, Resource: { } resource })
            {
                found.Add((change, resource));
            }
        }

        return found;
    }

    private async Task<PreviewState> CompareAsync(
        ReconcileContext context, List<PlannedChange> planned, List<(PlannedChange Change, ApiResource Resource)> objects,
        CancellationToken cancellationToken)
    {
        var rows = new ConcurrentDictionary<ObjectKey, PlanRow>();
        var failed = new ConcurrentDictionary<ObjectKey, string>();
        foreach (var unserved in planned.Where(change => !objects.Exists(item => item.Change.Key == change.Key)))
        {
            // Its kind comes with the same sync.
            rows[unserved.Key] = PlanRows.Row(PlanAction.Create, unserved.Key);
        }

        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(objects, options, async (item, token) =>
        {
            var key = item.Change.Key;
            try
            {
                if (await CompareAsync(context.Writer, item.Change, item.Resource, token) is { } row)
                {
                    rows[key] = row;
                }
            }
            catch (ApiException refusal)
            {
                failed[key] = ApplyFailures.Describe(key, refusal);
                rows[key] = PlanRows.Row(PlanAction.Update, key);
            }
            catch (ApiConnectionException failure)
            {
                failed[key] = failure.Message;
                rows[key] = PlanRows.Row(PlanAction.Update, key);
            }
        });
        return new(
            context.Runtime.Target!.Revision, context.Now, rows.ToImmutableDictionary(), failed.ToImmutableDictionary(),
            [.. planned.Select(static change => change.Key)]);
    }

    private async Task<PlanRow?> CompareAsync(
        IKubernetesClient writer, PlannedChange change, ApiResource resource, CancellationToken cancellationToken)
    {
        var key = change.Key;
        var live = await _client.GetAsync(resource, key.Namespace, key.Name, cancellationToken);
        if (live is null)
        {
            return PlanRows.Row(PlanAction.Create, key);
        }

        var answer = await writer.ApplyAsync(
            resource, change.Desired!.Parse(), new ApplyOptions(Names.FieldManager, DryRun: true), cancellationToken);
        var marked = Marked(live, answer.Object);
        var fields = _explainer.Explain(marked, answer: answer.Object, recordedTime: null)
            .Take(MaxFields).Select(field => PlanValues.Of(key, field.Field, marked, answer.Object)).ToImmutableArray();
        var orphaned = change.Entry?.Fingerprint is null
            ? TakeOver.Plan(answer.Object, Names.FieldManager, removeFields: false).OrphanedFields
            : [];
        return fields.IsEmpty && orphaned.IsEmpty
            ? null
            : PlanRows.Row(PlanAction.Update, key) with { Fields = fields, OrphanedFields = [.. orphaned.Take(MaxFields)] };
    }

    /// <summary>With the marks of the answer, which every sync puts on: they are no change that anybody wants to hear of.</summary>
    private static KubernetesObject Marked(KubernetesObject live, KubernetesObject answer)
    {
        var marked = live.DeepClone();
        foreach (var (map, mark) in ((string, string)[])[("labels", Names.ApplicationLabel), ("annotations", Names.TrackingIdAnnotation)])
        {
            if (answer.At("metadata", map, mark) is { } value && marked.Metadata is { } metadata)
            {
                var texts = metadata[map] as JsonObject ?? [];
                texts[mark] = value.DeepClone();
                metadata[map] ??= texts;
            }
        }

        return marked;
    }
}

using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Controllers.Workloads;

/// <summary>DaemonSets make a pod for each node that they belong on, and replace old pods a few at a time.</summary>
internal sealed class DaemonSetController : OwnerController
{
    private readonly Revisions _revisions;

    public DaemonSetController(ClusterView view)
        : base(view, Kinds.DaemonSets, "daemon-set-controller", Kinds.Pods, Kinds.Revisions) =>
        _revisions = new(view, Client, DaemonPods.HashLabel);

    public override IEnumerable<WorkKey> Concerns(GroupResource resource, Change change) => resource == Kinds.Nodes
        ? View.List(Kind, null).Select(set => WorkKey.Of(Kind, set))
        : base.Concerns(resource, change);

    public override async Task<TimeSpan?> ReconcileAsync(WorkKey key, CancellationToken cancellationToken)
    {
        if (View.Read(key) is not { } set)
        {
            return null;
        }

        var selector = ObjectSelector.Of(set);
        var known = _revisions.Of(await ClaimAsync(set, selector, Kinds.Revisions, static _ => true));
        var current = await _revisions.CurrentAsync(set, ControllerReference(set), known, set.Number("status", "collisionCount"));
        var hash = current.Revision.Label(DaemonPods.HashLabel) ?? string.Empty;
        var nodes = View.List(Kinds.Nodes, string.Empty).Where(node => DaemonPods.BelongsOn(set, View.Read(Kinds.Nodes, node)!))
            .Select(static node => node.Name).ToHashSet(StringComparer.Ordinal);
        if (!set.IsTerminating)
        {
            await PlaceAsync(set, await PodsAsync(set, selector), nodes, hash);
            if (set.Text("spec", "updateStrategy", "type") != "OnDelete")
            {
                await ReplaceAsync(set, await PodsAsync(set, selector), nodes, hash);
            }
        }

        var pods = await PodsAsync(set, selector);
        await WriteStatusAsync(set, Status(set, pods, nodes, hash));
        await _revisions.TruncateAsync(set, known, revision =>
            revision.Name == current.Name || pods.Exists(pod => pod.Stored.Labels.Find(DaemonPods.HashLabel) == revision.Revision.Label(DaemonPods.HashLabel)));
        return NextAvailable(pods, MinReady(set), View.Now);
    }

    private static long MinReady(KubernetesObject set) => set.Number("spec", "minReadySeconds") ?? 0;

    private async Task<List<PodFacts>> PodsAsync(KubernetesObject set, ObjectSelector selector)
    {
        View.CatchUp();
        return await ClaimPodsAsync(set, selector);
    }

    private async Task PlaceAsync(KubernetesObject set, List<PodFacts> pods, HashSet<string> nodes, string hash)
    {
        var byNode = pods.ToLookup(static pod => pod.Target, StringComparer.Ordinal);
        foreach (var node in nodes.Order(StringComparer.Ordinal))
        {
            foreach (var over in byNode[node].Where(static pod => pod is { IsOver: true, IsTerminating: false }))
            {
                await Client.DeleteAsync(Kinds.Pods, over.Stored);
            }

            // A pod that is over or on its way out still holds its node.
            if (!byNode[node].Any())
            {
                await Client.CreateAsync(Kinds.Pods, set.Namespace, DaemonPods.Pod(set, ControllerReference(set), node, hash));
            }

            foreach (var surplus in byNode[node].Where(static pod => pod.IsActive).OrderBy(static pod => pod.Created).Skip(1))
            {
                await Client.DeleteAsync(Kinds.Pods, surplus.Stored);
            }
        }

        foreach (var lost in pods.Where(pod => !pod.IsTerminating && !nodes.Contains(pod.Target)))
        {
            await Client.DeleteAsync(Kinds.Pods, lost.Stored);
        }
    }

    private async Task ReplaceAsync(KubernetesObject set, List<PodFacts> pods, HashSet<string> nodes, string hash)
    {
        var now = View.Now;
        var limit = Math.Max(1, Fields.Share(set.At("spec", "updateStrategy", "rollingUpdate", "maxUnavailable") ?? 1, nodes.Count, roundUp: true));
        var active = pods.FindAll(pod => pod.IsActive && nodes.Contains(pod.Target));
        var unavailable = nodes.Count - active.Where(pod => pod.IsAvailable(MinReady(set), now)).Select(static pod => pod.Target).Distinct(StringComparer.Ordinal).Count();
        foreach (var pod in active.Where(pod => pod.Stored.Labels.Find(DaemonPods.HashLabel) != hash).OrderBy(pod => pod.IsAvailable(MinReady(set), now)))
        {
            if (pod.IsAvailable(MinReady(set), now) && ++unavailable > limit)
            {
                return;
            }

            await Client.DeleteAsync(Kinds.Pods, pod.Stored);
        }
    }

    private JsonObject Status(KubernetesObject set, List<PodFacts> pods, HashSet<string> nodes, string hash)
    {
        var now = View.Now;
        var oldest = pods.Where(static pod => pod.IsActive).GroupBy(static pod => pod.Target, StringComparer.Ordinal)
            .ToDictionary(static group => group.Key, static group => group.MinBy(static pod => pod.Created)!, StringComparer.Ordinal);
        var placed = oldest.Where(pod => nodes.Contains(pod.Key)).Select(static pod => pod.Value).ToList();
        var available = placed.Count(pod => pod.IsAvailable(MinReady(set), now));
        var status = new JsonObject
        {
            ["currentNumberScheduled"] = placed.Count,
            ["desiredNumberScheduled"] = nodes.Count,
            ["numberMisscheduled"] = oldest.Count - placed.Count,
            ["numberReady"] = placed.Count(static pod => pod.IsReady),
        };
        status.WithCount("numberAvailable", available)
            .WithCount("numberUnavailable", nodes.Count - available)
            .WithCount("observedGeneration", set.Generation ?? 0)
            .WithCount("updatedNumberScheduled", placed.Count(pod => pod.Stored.Labels.Find(DaemonPods.HashLabel) == hash));
        if (set.Number("status", "collisionCount") is { } collisions)
        {
            status["collisionCount"] = collisions;
        }

        return status;
    }
}

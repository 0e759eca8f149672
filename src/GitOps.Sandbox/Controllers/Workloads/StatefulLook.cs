using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Controllers.Workloads;

/// <summary>A StatefulSet and its pods as one look finds and leaves them.</summary>
internal sealed class StatefulLook
{
    private readonly SortedDictionary<long, PodFacts> _pods = [];
    private readonly List<PodFacts> _removed = [];

    public StatefulLook(KubernetesObject set, TemplateRevision current, TemplateRevision update, IEnumerable<PodFacts> pods, DateTimeOffset now)
    {
        (Set, Current, Update, Now) = (set, current, update, now);
        foreach (var pod in pods)
        {
            Add(pod);
        }
    }

    public KubernetesObject Set { get; }

    /// <summary>What the pods were made of before the present rollout.</summary>
    public TemplateRevision Current { get; }

    /// <summary>What they shall be made of.</summary>
    public TemplateRevision Update { get; }

    public DateTimeOffset Now { get; }

    public long First => Set.Number("spec", "ordinals", "start") ?? 0;

    public long Replicas => Set.Number("spec", "replicas") ?? 1;

    public long MinReadySeconds => Set.Number("spec", "minReadySeconds") ?? 0;

    public bool IsOrdered => Set.Text("spec", "podManagementPolicy") != "Parallel";

    public bool IsRolling => Set.Text("spec", "updateStrategy", "type") != "OnDelete";

    /// <summary>Pods below it are not replaced.</summary>
    public long Partition => Math.Min(Set.Number("spec", "updateStrategy", "rollingUpdate", "partition") ?? 0, Replicas);

    /// <summary>Pods that are too many, the highest number first.</summary>
    public IReadOnlyList<PodFacts> Condemned => [.. _pods.Where(pod => pod.Key < First || pod.Key >= First + Replicas).Reverse().Select(static pod => pod.Value)];

    public PodFacts? FirstUnhealthy => _pods.Values.FirstOrDefault(static pod => pod.IsTerminating || !pod.IsReady);

    public static string RevisionOf(PodFacts pod) => pod.Stored.Labels.Find(StatefulPods.RevisionLabel) ?? string.Empty;

    public PodFacts? Find(long ordinal) => _pods.GetValueOrDefault(ordinal);

    public bool IsAvailable(PodFacts pod) => pod.Phase == "Running" && pod.IsAvailable(MinReadySeconds, Now);

    public void Add(PodFacts pod) => _pods[StatefulPods.Ordinal(Set.Name, pod.Name)!.Value] = pod;

    /// <summary>It is being deleted: it still is there, but belongs to no revision any more.</summary>
    public void Remove(PodFacts pod) => _removed.Add(pod);

    /// <summary>A pod that is lost during a rollout comes back as it was, until its turn.</summary>
    public TemplateRevision RevisionFor(long ordinal)
    {
        var isRollingAll = Set.Number("spec", "updateStrategy", "rollingUpdate", "partition") is null or 0;
        var kept = isRollingAll ? Set.Number("status", "currentReplicas") ?? 0 : Partition;
        return IsRolling && ordinal < First + kept ? Current : Update;
    }

    public JsonObject Status()
    {
        var created = _pods.Values.Where(static pod => !pod.IsOver).ToList();
        var owned = created.FindAll(pod => !pod.IsTerminating && !_removed.Contains(pod));
        var ready = created.Count(static pod => pod is { IsReady: true, Phase: "Running" });
        var currentReplicas = owned.Count(pod => RevisionOf(pod) == Current.Name);
        var updatedReplicas = owned.Count(pod => RevisionOf(pod) == Update.Name);
        var current = Current.Name;
        if (IsRolling && updatedReplicas == Replicas && ready == Replicas && created.Count == Replicas)
        {
            (current, currentReplicas) = (Update.Name, updatedReplicas);
        }

        var status = new JsonObject
        {
            ["availableReplicas"] = created.Count(IsAvailable),
            ["collisionCount"] = Set.Number("status", "collisionCount") ?? 0,
            ["currentRevision"] = current,
            ["replicas"] = created.Count,
            ["updateRevision"] = Update.Name,
        };
        status.WithCount("observedGeneration", Set.Generation ?? 0)
            .WithCount("currentReplicas", currentReplicas)
            .WithCount("readyReplicas", ready)
            .WithCount("updatedReplicas", updatedReplicas);
        return status;
    }
}

using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Controllers.Workloads;

/// <summary>A Deployment and its sets, oldest first, as one look at them finds them.</summary>
internal sealed class Rollout
{
    private const int LongestHistory = 2000;
    private const int LongestName = 253;

    private static readonly string[] OwnAnnotations =
    [
        "kubectl.kubernetes.io/last-applied-configuration", ReplicaSetState.Revision, ReplicaSetState.RevisionHistory,
        ReplicaSetState.DesiredReplicas, ReplicaSetState.MaxReplicas, "deprecated.deployment.rollback.to",
    ];

    public Rollout(KubernetesObject deployment, IReadOnlyList<ReplicaSetState> sets, DateTimeOffset now)
    {
        (Deployment, Now, Spec, All) = (deployment, now, new(deployment), sets);
        Newest = sets.FirstOrDefault(set => set.IsMadeFrom(Spec.Template));
        Old = [.. sets.Where(set => set != Newest)];
    }

    public KubernetesObject Deployment { get; }

    public DeploymentSpec Spec { get; }

    public DateTimeOffset Now { get; }

    public IReadOnlyList<ReplicaSetState> All { get; }

    public IReadOnlyList<ReplicaSetState> Old { get; }

    /// <summary>The set of the present template; null if there is none yet.</summary>
    public ReplicaSetState? Newest { get; }

    /// <summary>This look is over: what was done in it brings the next.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether the Deployment's size has changed since its sets were told of it.</summary>
    public bool IsBeingScaled =>
        All.Any(set => set.Replicas > 0 && set.Number(ReplicaSetState.DesiredReplicas) is { } desired && desired != Spec.Replicas);

    public bool IsSaturated =>
        Newest is { } newest && newest.Replicas == Spec.Replicas && newest.Available == Spec.Replicas
        && newest.Number(ReplicaSetState.DesiredReplicas) == Spec.Replicas;

    public bool HasProgress => Fields.Items(Deployment.At("status", "conditions")).Any(static condition => Fields.Text(condition, "type") == DeploymentStatus.Progressing);

    private string NextRevision => Fields.Invariant(Old.Select(static set => set.RevisionNumber).DefaultIfEmpty().Max() + 1);

    public void End() => HasEnded = true;

    public JsonObject Status(bool judgesProgress) => new DeploymentStatus(Deployment, Spec, Now).Of(All, Newest, judgesProgress);

    /// <summary>Writes the Deployment's own annotations and the revision into a set.</summary>
    /// <returns>Whether that changes anything.</returns>
    public bool Annotate(ReplicaSetState set)
    {
        var changed = false;
        foreach (var (name, value) in Deployment.Annotations ?? [])
        {
            if (!OwnAnnotations.Contains(name))
            {
                changed |= set.Annotate(name, value?.GetValue<string>() ?? string.Empty);
            }
        }

        var before = set.Set.Annotation(ReplicaSetState.Revision);
        if (set.RevisionNumber < long.Parse(NextRevision, System.Globalization.CultureInfo.InvariantCulture))
        {
            changed |= set.Annotate(ReplicaSetState.Revision, NextRevision);
            if (before is not null)
            {
                set.Annotate(ReplicaSetState.RevisionHistory, History(set.Set.Annotation(ReplicaSetState.RevisionHistory), before));
            }
        }

        return changed;
    }

    /// <summary>Tells a set for which size of the Deployment it was scaled.</summary>
    /// <returns>Whether that changes anything.</returns>
    public bool AnnotateSize(ReplicaSetState set) =>
        set.Annotate(ReplicaSetState.DesiredReplicas, Fields.Invariant(Spec.Replicas))
        | set.Annotate(ReplicaSetState.MaxReplicas, Fields.Invariant(Spec.Replicas + Spec.MaxSurge));

    /// <summary>The set of the present template, which is not there yet.</summary>
    public KubernetesObject NewSet(string hash, JsonObject reference)
    {
        var template = Spec.Template?.DeepClone() as JsonObject ?? [];
        Fields.Child(Fields.Child(template, "metadata"), "labels")[ReplicaSetState.HashLabel] = hash;
        var selector = Deployment.Part("spec", "selector")?.DeepClone() as JsonObject ?? [];
        Fields.Child(selector, "matchLabels")[ReplicaSetState.HashLabel] = hash;
        var longest = LongestName - hash.Length - 1;
        var spec = new JsonObject { ["replicas"] = 0, ["selector"] = selector, ["template"] = template };
        if (Spec.MinReadySeconds > 0)
        {
            spec["minReadySeconds"] = Spec.MinReadySeconds;
        }

        var set = new KubernetesObject(new()
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = $"{(Deployment.Name.Length > longest ? Deployment.Name[..longest] : Deployment.Name)}-{hash}",
                ["namespace"] = Deployment.Namespace,
                ["labels"] = template["metadata"]!["labels"]!.DeepClone(),
                ["ownerReferences"] = new JsonArray(reference),
            },
            ["spec"] = spec,
        });
        var state = new ReplicaSetState(set);
        spec["replicas"] = Spec.ReplicasOfNewest(All, 0);
        Annotate(state);
        AnnotateSize(state);
        return set;
    }

    /// <summary>The oldest revisions are dropped where the list grows too long.</summary>
    private static string History(string? history, string revision)
    {
        var revisions = string.IsNullOrEmpty(history) ? [] : history.Split(',').ToList();
        revisions.Add(revision);
        while (revisions.Count > 1 && revisions.Sum(static one => one.Length + 1) > LongestHistory)
        {
            revisions.RemoveAt(0);
        }

        return string.Join(',', revisions);
    }
}

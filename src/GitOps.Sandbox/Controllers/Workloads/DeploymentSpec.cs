using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Controllers.Workloads;

/// <summary>What a Deployment wants, with the arithmetic of its strategy. Pure.</summary>
internal sealed class DeploymentSpec
{
    private const long NoLimit = int.MaxValue;

    public DeploymentSpec(KubernetesObject deployment)
    {
        Replicas = deployment.Number("spec", "replicas") ?? 1;
        IsRolling = deployment.Text("spec", "strategy", "type") != "Recreate";
        IsPaused = deployment.Flag("spec", "paused");
        MinReadySeconds = deployment.Number("spec", "minReadySeconds") ?? 0;
        Deadline = deployment.Number("spec", "progressDeadlineSeconds") is { } seconds and < NoLimit ? TimeSpan.FromSeconds(seconds) : null;
        HistoryLimit = deployment.Number("spec", "revisionHistoryLimit") is { } limit and < NoLimit ? limit : null;
        Template = deployment.At("spec", "template");
        if (IsRolling)
        {
            var rolling = deployment.Part("spec", "strategy", "rollingUpdate");
            MaxSurge = Fields.Share(rolling?["maxSurge"], Replicas, roundUp: true);
            var unavailable = Fields.Share(rolling?["maxUnavailable"], Replicas, roundUp: false);
            unavailable = MaxSurge == 0 && unavailable == 0 ? 1 : unavailable;
            MaxUnavailable = Replicas == 0 ? 0 : Math.Min(unavailable, Replicas);
        }
    }

    public long Replicas { get; }

    public bool IsRolling { get; }

    public bool IsPaused { get; }

    public long MinReadySeconds { get; }

    /// <summary>Null: none.</summary>
    public TimeSpan? Deadline { get; }

    /// <summary>Null: none.</summary>
    public long? HistoryLimit { get; }

    public JsonNode? Template { get; }

    public long MaxSurge { get; }

    public long MaxUnavailable { get; }

    public long MinAvailable => Replicas - MaxUnavailable;

    /// <summary>How many replicas the newest set may have now.</summary>
    public long ReplicasOfNewest(IEnumerable<ReplicaSetState> all, long present)
    {
        if (!IsRolling)
        {
            return Replicas;
        }

        var room = Replicas + MaxSurge - all.Sum(static set => set.Replicas);
        return room <= 0 ? present : present + Math.Min(room, Replicas - present);
    }

    /// <summary>How sets share a new size, in proportion to what they have, where a rollout is under way.</summary>
    /// <param name="active">Those with replicas.</param>
    /// <param name="statusReplicas">What the Deployment's status counts.</param>
    public IReadOnlyList<(ReplicaSetState Set, long Replicas)> Share(IReadOnlyList<ReplicaSetState> active, long statusReplicas)
    {
        var allowed = Replicas > 0 ? Replicas + MaxSurge : 0;
        var toAdd = allowed - active.Sum(static set => set.Replicas);
        var bySize = active.OrderByDescending(static set => set.Replicas);
        var age = Comparer<ReplicaSetState>.Create(ReplicaSetState.CompareAge);
        var ordered = (toAdd > 0 ? bySize.ThenByDescending(static set => set, age) : bySize.ThenBy(static set => set, age)).ToList();
        var sizes = new List<(ReplicaSetState Set, long Replicas)>();
        long added = 0;
        foreach (var set in ordered)
        {
            var part = toAdd == 0 || added == toAdd ? 0 : Fraction(set, statusReplicas);
            part = toAdd > 0 ? Math.Min(part, toAdd - added) : Math.Max(part, toAdd - added);
            added += part;
            sizes.Add((set, set.Replicas + part));
        }

        if (sizes.Count > 0 && toAdd != added)
        {
            sizes[0] = (sizes[0].Set, Math.Max(0, sizes[0].Replicas + toAdd - added));
        }

        return sizes;
    }

    private long Fraction(ReplicaSetState set, long statusReplicas)
    {
        if (Replicas == 0)
        {
            return -set.Replicas;
        }

        var before = set.Number(ReplicaSetState.MaxReplicas) is { } annotated and > 0 ? annotated : statusReplicas;
        return before == 0 ? 0 : (long)Math.Round(set.Replicas * (Replicas + MaxSurge) / (double)before, MidpointRounding.AwayFromZero) - set.Replicas;
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Controllers.Workloads;

/// <summary>A ReplicaSet as its Deployment sees it. The object is this one's own, and may be changed and written.</summary>
internal sealed class ReplicaSetState
{
    public const string Revision = "deployment.kubernetes.io/revision";
    public const string RevisionHistory = "deployment.kubernetes.io/revision-history";
    public const string DesiredReplicas = "deployment.kubernetes.io/desired-replicas";
    public const string MaxReplicas = "deployment.kubernetes.io/max-replicas";
    public const string HashLabel = "pod-template-hash";

    public ReplicaSetState(KubernetesObject set) => Set = set;

    public KubernetesObject Set { get; private set; }

    public string Name => Set.Name;

    public long Replicas => Set.Number("spec", "replicas") ?? 1;

    public long StatusReplicas => Set.Number("status", "replicas") ?? 0;

    public long Ready => Set.Number("status", "readyReplicas") ?? 0;

    public long Available => Set.Number("status", "availableReplicas") ?? 0;

    public long Observed => Set.Number("status", "observedGeneration") ?? 0;

    public long? Terminating => Set.Number("status", "terminatingReplicas");

    public DateTimeOffset Created => Fields.Time(Set.Text("metadata", "creationTimestamp")) ?? default;

    public long RevisionNumber => Number(Revision) ?? 0;

    /// <summary>An annotation that is a number.</summary>
    public long? Number(string annotation) =>
        long.TryParse(Set.Annotation(annotation), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <returns>Whether that changes anything.</returns>
    public bool Annotate(string name, string value)
    {
        if (Set.Annotation(name) == value)
        {
            return false;
        }

        Fields.Child(Fields.Metadata(Set.Json), "annotations")[name] = value;
        return true;
    }

    public void Replace(KubernetesObject written) => Set = written;

    /// <summary>Whether it is made from a template, whatever its hash.</summary>
    public bool IsMadeFrom(JsonNode? template)
    {
        var own = Set.At("spec", "template")?.DeepClone() as JsonObject;
        if (own?["metadata"]?["labels"] is JsonObject labels)
        {
            labels.Remove(HashLabel);
        }

        return JsonNode.DeepEquals(own, template);
    }

    /// <summary>Oldest first.</summary>
    public static int CompareAge(ReplicaSetState left, ReplicaSetState right)
    {
        var order = left.Created.CompareTo(right.Created);
        return order != 0 ? order : string.CompareOrdinal(left.Name, right.Name);
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Controllers;

/// <summary>What controllers ask of a pod, read once for each of its states.</summary>
internal sealed record PodFacts
{
    public required StoredObject Stored { get; init; }

    public required string Phase { get; init; }

    public required string Node { get; init; }

    /// <summary>The node that it is on, or insists on; empty: any.</summary>
    public required string Target { get; init; }

    /// <summary>Its address; empty: it has none yet.</summary>
    public string Address { get; init; } = string.Empty;

    /// <summary>Since when it is ready; null: it is not.</summary>
    public DateTimeOffset? ReadySince { get; init; }

    public DateTimeOffset Created { get; init; }

    /// <summary>The most restarts of any of its containers.</summary>
    public long Restarts { get; init; }

    /// <summary>What the pod's deletion is said to cost: the cheapest goes first.</summary>
    public long DeletionCost { get; init; }

    public string Name => Stored.Name;

    public string Uid => Stored.Uid;

    public bool IsTerminating => Stored.IsTerminating;

    public bool IsReady => ReadySince is not null;

    /// <summary>Neither over nor being deleted.</summary>
    public bool IsActive => !IsTerminating && !IsOver;

    public bool IsOver => Phase is "Succeeded" or "Failed";

    public static PodFacts Of(StoredObject stored, KubernetesObject pod)
    {
        var ready = Fields.Items(pod.At("status", "conditions")).FirstOrDefault(static condition => Fields.Text(condition, "type") == "Ready");
        return new()
        {
            Stored = stored,
            Phase = pod.Text("status", "phase"),
            Node = pod.Text("spec", "nodeName"),
            Target = pod.Text("spec", "nodeName") is { Length: > 0 } node ? node : InsistsOn(pod),
            Address = pod.Text("status", "podIP"),
            ReadySince = Fields.Text(ready, "status") == "True" ? Fields.Time(Fields.Text(ready, "lastTransitionTime")) : null,
            Created = Fields.Time(pod.Text("metadata", "creationTimestamp")) ?? default,
            DeletionCost = long.TryParse(pod.Annotation("controller.kubernetes.io/pod-deletion-cost"), CultureInfo.InvariantCulture, out var cost) ? cost : 0,
            Restarts = Fields.Items(pod.At("status", "containerStatuses"))
                .Select(static container => KubernetesObject.GetInt64(container, "restartCount") ?? 0).DefaultIfEmpty().Max(),
        };
    }

    /// <summary>Whether it has been ready for as long as is asked for.</summary>
    public bool IsAvailable(long minReadySeconds, DateTimeOffset now) =>
        ReadySince is { } since && (minReadySeconds == 0 || since.AddSeconds(minReadySeconds) <= now);

    /// <summary>In which order pods are given up: what is missed least comes first.</summary>
    public static int CompareForDeletion(PodFacts left, PodFacts right)
    {
        var order = (left.Node.Length > 0).CompareTo(right.Node.Length > 0);
        order = order != 0 ? order : PhaseRank(left).CompareTo(PhaseRank(right));
        order = order != 0 ? order : left.IsReady.CompareTo(right.IsReady);
        order = order != 0 ? order : left.DeletionCost.CompareTo(right.DeletionCost);
        order = order != 0 ? order : Nullable.Compare(right.ReadySince, left.ReadySince);
        order = order != 0 ? order : right.Restarts.CompareTo(left.Restarts);
        order = order != 0 ? order : right.Created.CompareTo(left.Created);
        return order != 0 ? order : string.CompareOrdinal(right.Name, left.Name);
    }

    /// <summary>The node that a pod's affinity names, as pods of DaemonSets do; empty if it names none.</summary>
    public static string InsistsOn(KubernetesObject pod) =>
        Fields.Items(pod.At("spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"))
            .SelectMany(static term => Fields.Items(term["matchFields"]))
            .Where(static field => Fields.Text(field, "key") == "metadata.name")
            .Select(static field => (field["values"] as JsonArray)?.FirstOrDefault()?.GetValue<string>())
            .FirstOrDefault() ?? string.Empty;

    private static int PhaseRank(PodFacts pod) => pod.Phase switch { "Pending" => 0, "Unknown" => 1, _ => 2 };
}

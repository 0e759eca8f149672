using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;

namespace GitOps.Kubernetes.Leases;

/// <summary>From a Lease to the next one. What else stands in it survives. Pure.</summary>
internal static class LeaseRecord
{
    public static readonly ApiResource Resource = ApiResource.Of("coordination.k8s.io/v1", "Lease", "leases", namespaced: true);

    private static readonly TimeSpan ReleasedDuration = TimeSpan.FromSeconds(1);

    /// <summary>Empty: nobody.</summary>
    public static string Holder(KubernetesObject lease) => KubernetesObject.GetString(Spec(lease), "holderIdentity") ?? string.Empty;

    /// <summary>Null: it is not there.</summary>
    public static string? Annotation(KubernetesObject lease, string key) =>
        KubernetesObject.GetString(lease.Metadata?["annotations"] as JsonObject, key);

    /// <summary>How long its holder wants to be waited for.</summary>
    public static TimeSpan Duration(KubernetesObject lease, TimeSpan absent) =>
        KubernetesObject.GetInt64(Spec(lease), "leaseDurationSeconds") is > 0 and <= int.MaxValue and var seconds
            ? TimeSpan.FromSeconds((double)seconds)
            : absent;

    /// <summary>Whether its holder has written nothing in between. Metadata alone is anybody's.</summary>
    public static bool IsSameRecord(KubernetesObject left, KubernetesObject right) => JsonNode.DeepEquals(Spec(left), Spec(right));

    public static KubernetesObject First(LeaderElectionOptions options)
    {
        var now = KubernetesTime.FormatMicro(options.TimeProvider.GetUtcNow());
        return Annotated(new KubernetesObject(new JsonObject
        {
            ["apiVersion"] = Resource.GroupVersionKind.ApiVersion,
            ["kind"] = Resource.Kind,
            ["metadata"] = new JsonObject { ["name"] = options.Name, ["namespace"] = options.Namespace },
            ["spec"] = new JsonObject
            {
                ["holderIdentity"] = options.Identity,
                ["leaseDurationSeconds"] = (long)options.LeaseDuration.TotalSeconds,
                ["acquireTime"] = now,
                ["renewTime"] = now,
                ["leaseTransitions"] = 0,
            },
        }), options);
    }

    /// <summary>The same lease held by this contender from now on; its resourceVersion makes the write conditional.</summary>
    public static KubernetesObject Renewed(KubernetesObject lease, LeaderElectionOptions options)
    {
        var next = lease.DeepClone();
        var spec = WritableSpec(next);
        var now = options.TimeProvider.GetUtcNow();
        if (Holder(lease) == options.Identity)
        {
            now = After(spec, now);
        }
        else
        {
            spec["holderIdentity"] = options.Identity;
            spec["acquireTime"] = KubernetesTime.FormatMicro(now);
            spec["leaseTransitions"] = (KubernetesObject.GetInt64(spec, "leaseTransitions") ?? 0) + 1;
        }

        spec["leaseDurationSeconds"] = (long)options.LeaseDuration.TotalSeconds;
        spec["renewTime"] = KubernetesTime.FormatMicro(now);
        return Annotated(next, options);
    }

    /// <summary>The same lease held by nobody.</summary>
    public static KubernetesObject Released(KubernetesObject lease, LeaderElectionOptions options)
    {
        var next = lease.DeepClone();
        var spec = WritableSpec(next);
        spec["holderIdentity"] = string.Empty;
        spec["leaseDurationSeconds"] = (long)ReleasedDuration.TotalSeconds;
        spec["renewTime"] = KubernetesTime.FormatMicro(options.TimeProvider.GetUtcNow());
        return next;
    }

    /// <summary>
    /// The others see a renewal by the record's change alone. A clock that stands still, or was set back, would write a
    /// record that they have seen before.
    /// </summary>
    private static DateTimeOffset After(JsonObject spec, DateTimeOffset now) =>
        KubernetesTime.TryParse(KubernetesObject.GetString(spec, "renewTime"), out var last)
            && last >= now && last < DateTimeOffset.MaxValue.AddSeconds(-1)
            ? last.AddMicroseconds(1)
            : now;

    private static KubernetesObject Annotated(KubernetesObject lease, LeaderElectionOptions options)
    {
        if (options.Annotations.IsEmpty)
        {
            return lease;
        }

        var metadata = lease.Json["metadata"]!.AsObject();
        var annotations = metadata["annotations"] as JsonObject ?? [];
        metadata["annotations"] = annotations;
        foreach (var (key, value) in options.Annotations)
        {
            if (value is null)
            {
                annotations.Remove(key);
            }
            else
            {
                annotations[key] = value;
            }
        }

        return lease;
    }

    private static JsonObject? Spec(KubernetesObject lease) => lease.Json["spec"] as JsonObject;

    private static JsonObject WritableSpec(KubernetesObject lease)
    {
        if (lease.Json["spec"] is JsonObject spec)
        {
            return spec;
        }

        var made = new JsonObject();
        lease.Json["spec"] = made;
        return made;
    }
}

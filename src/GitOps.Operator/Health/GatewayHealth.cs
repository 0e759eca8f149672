using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>A Gateway of the Gateway API: what its controller says of it, and of each listener.</summary>
internal static class GatewayHealth
{
    public static HealthStatus Assess(KubernetesObject found)
    {
        if ((found.At("status") as JsonObject) is not { } status)
        {
            return GatewayConditions.Waiting;
        }

        if (GatewayConditions.Judge(status, string.Empty) is { } own)
        {
            return own;
        }

        foreach (var listener in found.Items("status", "listeners"))
        {
            var name = KubernetesObject.GetString(listener, "name");
            if (GatewayConditions.Judge(listener, name is null ? "Listener: " : $"Listener {name}: ") is { } bad)
            {
                return bad;
            }
        }

        return status["conditions"] is JsonArray || found.HasItems("status", "listeners") ? new(HealthCode.Healthy) : GatewayConditions.Waiting;
    }
}

/// <summary>The conditions that all of the Gateway API's statuses are made of.</summary>
internal static class GatewayConditions
{
    public static readonly HealthStatus Waiting = new(HealthCode.Progressing, "Waiting for its status");

    /// <param name="holder">What has the conditions: the status, a listener, a parent.</param>
    /// <param name="prefix">Of messages.</param>
    /// <returns>Null: nothing is wrong.</returns>
    public static HealthStatus? Judge(JsonObject holder, string prefix)
    {
        if (Find(holder, "ResolvedRefs") is { IsFalse: true } unresolved)
        {
            return new(HealthCode.Degraded, prefix + (unresolved.Text ?? "its references are not resolved"));
        }

        if (Find(holder, "Accepted") is { IsFalse: true } refused)
        {
            return new(HealthCode.Degraded, prefix + (refused.Text ?? "it is not accepted"));
        }

        return Find(holder, "Programmed") is { IsTrue: false } pending
            ? new(HealthCode.Progressing, prefix + (pending.Text ?? "it is being programmed"))
            : null;
    }

    /// <summary>Whether there are conditions, and all that name a generation name this one.</summary>
    public static bool AreObserved(JsonObject holder, long? generation, bool demandsIt = false)
    {
        if (holder["conditions"] is not JsonArray { Count: > 0 } items)
        {
            return false;
        }

        return items.OfType<JsonObject>().All(item => KubernetesObject.GetInt64(item, "observedGeneration") is { } observed
            ? generation is null || observed == generation
            : !demandsIt || generation is null);
    }

    public static StatusCondition? Find(JsonObject holder, string type)
    {
        foreach (var item in (holder["conditions"] as JsonArray)?.OfType<JsonObject>() ?? [])
        {
            if (KubernetesObject.GetString(item, "type") == type)
            {
                return StatusReader.Condition(item);
            }
        }

        return null;
    }
}

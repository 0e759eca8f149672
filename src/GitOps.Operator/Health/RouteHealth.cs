using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>
/// A route of the Gateway API: each parent says how it took it. What a parent said of another generation does not count; one
/// parent that took it is enough where none has refused it.
/// </summary>
internal static class RouteHealth
{
    public static HealthStatus Assess(KubernetesObject found)
    {
        var isTaken = false;
        foreach (var parent in found.Items("status", "parents"))
        {
            if (!GatewayConditions.AreObserved(parent, found.Generation))
            {
                continue;
            }

            if (GatewayConditions.Judge(parent, $"Parent {KubernetesObject.GetString(parent["parentRef"] as JsonObject, "name")}: ") is { } bad)
            {
                return bad;
            }

            isTaken = true;
        }

        return isTaken ? new(HealthCode.Healthy) : GatewayConditions.Waiting;
    }
}

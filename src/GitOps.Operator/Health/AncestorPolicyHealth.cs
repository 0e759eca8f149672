using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>A policy that is attached to objects of the Gateway API: each ancestor says whether it took it.</summary>
internal static class AncestorPolicyHealth
{
    public static HealthStatus AssessBackendTls(KubernetesObject found) => Assess(found, isStrict: false);

    /// <summary>Airlock Microgateway: only its policies have a status, and each ancestor has to accept them for this generation.</summary>
    public static HealthStatus AssessAirlock(KubernetesObject found) =>
        found.Kind.EndsWith("Policy", StringComparison.Ordinal) ? Assess(found, isStrict: true) : new(HealthCode.Healthy);

    private static HealthStatus Assess(KubernetesObject found, bool isStrict)
    {
        var ancestors = found.Items("status", "ancestors").ToList();
        foreach (var ancestor in ancestors)
        {
            if (!GatewayConditions.AreObserved(ancestor, found.Generation, isStrict))
            {
                return new(HealthCode.Progressing, $"{Name(ancestor)} is yet to observe the new spec");
            }
        }

        var isAccepted = false;
        foreach (var ancestor in ancestors)
        {
            if (GatewayConditions.Find(ancestor, "Accepted") is { } accepted)
            {
                if (!accepted.IsTrue)
                {
                    return new(HealthCode.Degraded, $"{Name(ancestor)}: {accepted.Text}");
                }

                isAccepted = true;
            }
            else if (isStrict)
            {
                return new(HealthCode.Degraded, $"{Name(ancestor)}: it is not accepted");
            }

            if (GatewayConditions.Find(ancestor, "ResolvedRefs") is { IsTrue: false } unresolved)
            {
                return new(HealthCode.Degraded, $"{Name(ancestor)}: {unresolved.Text}");
            }
        }

        return isAccepted ? new(HealthCode.Healthy) : GatewayConditions.Waiting;
    }

    private static string Name(JsonObject ancestor) => $"Ancestor {KubernetesObject.GetString(ancestor["ancestorRef"] as JsonObject, "name")}";
}

using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>
/// What Crossplane and its providers manage: claims, composites, managed resources, packages. Configuration among them that
/// has no status is Healthy because it exists.
/// </summary>
internal static class CrossplaneHealth
{
    private static readonly HashSet<string> WithoutStatus = new(StringComparer.Ordinal)
    {
        "Composition", "CompositionRevision", "DeploymentRuntimeConfig", "ClusterProviderConfig", "ProviderConfig", "ProviderConfigUsage", "ControllerConfig",
    };

    private static readonly string[] Done = ["Ready", "Healthy", "Offered", "Established", "ValidPipeline", "RevisionHealthy"];

    public static HealthStatus Assess(KubernetesObject found) => Assess(found, Done);

    /// <summary>Upbound's providers have no packages or definitions: only Ready says that one is done.</summary>
    public static HealthStatus AssessUpbound(KubernetesObject found) => Assess(found, ["Ready"]);

    /// <summary>
    /// Claims and composites are of groups that nobody can know: they are told by the reasons that the condition Synced of
    /// crossplane-runtime has.
    /// </summary>
    public static bool Looks(KubernetesObject found) =>
        found.Condition("Synced") is { Reason: "ReconcileSuccess" or "ReconcileError" or "ReconcilePaused" };

    /// <summary>A claim, a composite, or a managed resource of a group that is not known.</summary>
    public static HealthStatus AssessForeign(KubernetesObject found) =>
        found.Condition("Synced") is { Reason: "ReconcilePaused" } paused ? new(HealthCode.Suspended, paused.Text) : AssessUpbound(found);

    private static HealthStatus Assess(KubernetesObject found, string[] done)
    {
        if (!found.HasItems("status", "conditions"))
        {
            return IsPassive(found) ? new(HealthCode.Healthy) : new(HealthCode.Progressing, "Waiting for its status");
        }

        if ((Failed(found, "LastAsyncOperation") ?? Failed(found, "Synced")) is { } failure)
        {
            return failure;
        }

        foreach (var type in done)
        {
            if (found.Condition(type) is { IsTrue: true })
            {
                return new(HealthCode.Healthy);
            }
        }

        return new(HealthCode.Progressing, done.Select(type => found.Condition(type)?.Text).FirstOrDefault(static text => text is not null) ?? "Waiting for its status");
    }

    /// <summary>
    /// Whether nobody is to write a status, or none with conditions. A resource that a provider is to make, a package and a
    /// definition are waited for from the start.
    /// </summary>
    private static bool IsPassive(KubernetesObject found) => found.At("status") is null
        ? found.At("spec", "forProvider") is null && found.At("spec", "package") is null && found.Kind != "CompositeResourceDefinition"
        : found.HasMembers("status")
            ? found.Kind is "ProviderConfig" or "ClusterProviderConfig" && found.At("status", "users") is not null
            : WithoutStatus.Contains(found.Kind);

    private static HealthStatus? Failed(KubernetesObject found, string type) =>
        found.Condition(type) is { IsFalse: true } failed ? new(HealthCode.Degraded, failed.Text) : null;
}

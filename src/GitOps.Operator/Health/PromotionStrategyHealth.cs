using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Health.Tables;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>Of GitOps Promoter: all environments have to be at the commit that is proposed to all of them.</summary>
internal static class PromotionStrategyHealth
{
    private static readonly FieldName Active = "active.dry.sha";
    private static readonly FieldName Proposed = "proposed.dry.sha";
    private static readonly FieldName Hydrated = "proposed.note.drySha";
    private static readonly TableRule Readiness = new("promoter.argoproj.io", "PromotionStrategy", [.. PromoterRules.Observed("Ready")]);

    public static HealthStatus Assess(KubernetesObject found)
    {
        var said = Readiness.Assess(found);
        if (said.Code == HealthCode.Degraded || found.Condition("Ready") is null || Readiness.Clauses[0].Holds(found.Json))
        {
            return said;
        }

        var environments = found.Items("status", "environments").ToList();
        if (environments.Count == 0)
        {
            return new(HealthCode.Degraded, "It has no environments");
        }

        foreach (var environment in environments)
        {
            if (Text(environment, Active) is null || Newest(environment) is null)
            {
                return new(HealthCode.Progressing, $"Environment {Branch(environment)} has no commit yet");
            }
        }

        if (environments.Select(Newest).Distinct(StringComparer.Ordinal).Count() > 1)
        {
            return new(HealthCode.Progressing, "The environments are not at the same proposed commit yet");
        }

        var promoted = environments.Find(static environment => Text(environment, Active) != Text(environment, Proposed));
        return promoted is null ? new(HealthCode.Healthy) : new(HealthCode.Progressing, $"Environment {Branch(promoted)} is being promoted");
    }

    private static string? Newest(JsonObject environment) => Text(environment, Hydrated) ?? Text(environment, Proposed);

    private static string? Text(JsonObject environment, FieldName path) => path.ReadText(environment) is { Length: > 0 } text ? text : null;

    private static string? Branch(JsonObject environment) => KubernetesObject.GetString(environment, "branch");
}

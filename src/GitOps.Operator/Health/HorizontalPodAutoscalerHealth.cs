using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>autoscaling/v2 has conditions in its status, autoscaling/v1 the same as JSON in an annotation.</summary>
internal static class HorizontalPodAutoscalerHealth
{
    private const string V1Conditions = "autoscaling.alpha.kubernetes.io/conditions";

    private static readonly HashSet<(string Type, string Reason)> Failures =
    [
        ("AbleToScale", "FailedGetScale"),
        ("AbleToScale", "FailedUpdateScale"),
        ("ScalingActive", "FailedGetResourceMetric"),
        ("ScalingActive", "FailedGetObjectMetric"),
        ("ScalingActive", "FailedGetPodsMetric"),
        ("ScalingActive", "FailedGetExternalMetric"),
        ("ScalingActive", "FailedComputeMetricsReplicas"),
        ("ScalingActive", "InvalidSelector"),
    ];

    public static HealthStatus Assess(KubernetesObject found)
    {
        if (ReadConditions(found) is not { } conditions)
        {
            return new(HealthCode.Unknown, $"The annotation {V1Conditions} is not readable");
        }

        foreach (var condition in conditions)
        {
            if (Failures.Contains((condition.Type, condition.Reason)))
            {
                return new(HealthCode.Degraded, condition.Text);
            }
        }

        foreach (var condition in conditions)
        {
            if (condition is { Type: "AbleToScale" or "ScalingLimited", IsTrue: true })
            {
                return new(HealthCode.Healthy, condition.Text);
            }
        }

        return new(HealthCode.Progressing, "Waiting to autoscale");
    }

    private static List<StatusCondition>? ReadConditions(KubernetesObject found)
    {
        if (found.GroupVersionKind.Version != "v1")
        {
            return [.. found.Conditions()];
        }

        if (found.Annotation(V1Conditions) is not { } text)
        {
            return [];
        }

        try
        {
            return KubernetesJson.Parse(text) is JsonArray items
                ? [.. items.OfType<JsonObject>().Select(StatusReader.Condition)]
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Apply;

/// <summary>
/// HorizontalPodAutoscaler between autoscaling/v1 and v2. Version 1 has one number, the CPU target; what it cannot say stands in
/// annotations meanwhile.
/// </summary>
internal static class HorizontalPodAutoscalerConversion
{
    public static readonly GroupKind Kind = new("autoscaling", "HorizontalPodAutoscaler");

    private const string V1 = "autoscaling/v1";
    private const string CpuTarget = "targetCPUUtilizationPercentage";
    private const string CurrentCpu = "currentCPUUtilizationPercentage";
    private const string MetricsAnnotation = "autoscaling.alpha.kubernetes.io/metrics";
    private const string BehaviorAnnotation = "autoscaling.alpha.kubernetes.io/behavior";

    public static void Convert(JsonObject json, string apiVersion)
    {
        if (apiVersion == V1)
        {
            ToV1(json);
        }
        else
        {
            ToV2(json);
        }
    }

    private static void ToV1(JsonObject json)
    {
        if (json["spec"] is JsonObject spec)
        {
            var others = new JsonArray();
            if (spec["metrics"] is JsonArray metrics)
            {
                spec.Remove("metrics");
                foreach (var metric in metrics.OfType<JsonObject>())
                {
                    if (!spec.ContainsKey(CpuTarget) && CpuUtilization(metric, "target") is { } target)
                    {
                        spec[CpuTarget] = target.DeepClone();
                    }
                    else
                    {
                        others.Add(metric.DeepClone());
                    }
                }
            }

            Annotate(json, MetricsAnnotation, others.Count == 0 ? null : others);
            Annotate(json, BehaviorAnnotation, spec["behavior"]);
            spec.Remove("behavior");
        }

        if (json["status"] is JsonObject status)
        {
            var current = (status["currentMetrics"] as JsonArray)?.OfType<JsonObject>()
                .Select(static metric => CpuUtilization(metric, "current")).FirstOrDefault(static value => value is not null);
            status.Remove("currentMetrics");
            status.Remove("conditions");
            status["currentReplicas"] ??= 0;
            if (current is not null)
            {
                status[CurrentCpu] = current.DeepClone();
            }
        }
    }

    private static void ToV2(JsonObject json)
    {
        if (json["spec"] is JsonObject spec)
        {
            var metrics = new JsonArray();
            if (spec.Remove(CpuTarget, out var target) && target is not null)
            {
                metrics.Add((JsonNode)new JsonObject
                {
                    ["type"] = "Resource",
                    ["resource"] = new JsonObject
                    {
                        ["name"] = "cpu",
                        ["target"] = new JsonObject { ["type"] = "Utilization", ["averageUtilization"] = target },
                    },
                });
            }

            foreach (var metric in FromAnnotation(json, MetricsAnnotation) as JsonArray ?? [])
            {
                metrics.Add(metric?.DeepClone());
            }

            if (metrics.Count > 0)
            {
                spec["metrics"] = metrics;
            }

            if (FromAnnotation(json, BehaviorAnnotation) is { } behavior)
            {
                spec["behavior"] = behavior;
            }
        }

        if (json["status"] is JsonObject status)
        {
            status.Remove(CurrentCpu);
            status["currentMetrics"] ??= null;
            if (KubernetesObject.GetInt64(status, "currentReplicas") is 0)
            {
                status.Remove("currentReplicas");
            }
        }
    }

    private static JsonNode? CpuUtilization(JsonObject metric, string side) =>
        KubernetesObject.GetString(metric, "type") == "Resource"
        && metric["resource"] is JsonObject resource
        && KubernetesObject.GetString(resource, "name") == "cpu"
            ? (resource[side] as JsonObject)?["averageUtilization"]
            : null;

    private static void Annotate(JsonObject json, string name, JsonNode? value)
    {
        if (value is null)
        {
            return;
        }

        var metadata = json["metadata"] as JsonObject ?? [];
        json["metadata"] = metadata;
        var annotations = metadata["annotations"] as JsonObject ?? [];
        metadata["annotations"] = annotations;
        annotations[name] = KubernetesJson.ToText(value);
    }

    private static JsonNode? FromAnnotation(JsonObject json, string name)
    {
        if (json["metadata"] is not JsonObject metadata || metadata["annotations"] is not JsonObject annotations
            || !annotations.Remove(name, out var value))
        {
            return null;
        }

        if (annotations.Count == 0)
        {
            metadata.Remove("annotations");
        }

        return value is JsonValue text && text.TryGetValue(out string? written) ? Read(written) : null;
    }

    /// <summary>What others wrote there may be anything.</summary>
    private static JsonNode? Read(string text)
    {
        try
        {
            return KubernetesJson.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>What a HorizontalPodAutoscaler must have.</summary>
internal static class AutoscalerValidation
{
    private static readonly Dictionary<string, string> Sources = new(StringComparer.Ordinal)
    {
        ["ContainerResource"] = "containerResource",
        ["External"] = "external",
        ["Object"] = "object",
        ["Pods"] = "pods",
        ["Resource"] = "resource",
    };

    public static void Check(JsonObject? spec, Causes causes)
    {
        var least = KubernetesObject.GetInt64(spec, "minReplicas");
        var most = KubernetesObject.GetInt64(spec, "maxReplicas") ?? 0;
        if (least is < 1)
        {
            causes.Invalid("spec.minReplicas", least, "must be greater than or equal to 1");
            causes.Forbidden("spec.metrics", "must specify at least one Object or External metric to support scaling to zero replicas");
        }

        if (most == 0)
        {
            causes.Required("spec.maxReplicas");
        }
        else if (most < 0)
        {
            causes.Invalid("spec.maxReplicas", most, "must be greater than 0");
        }

        if (least is { } minimum && most < minimum)
        {
            causes.Invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`");
        }

        var target = spec.Object("scaleTargetRef");
        causes.RequireText("spec.scaleTargetRef.kind", target.Text("kind"));
        causes.RequireText("spec.scaleTargetRef.name", target.Text("name"));
        if (target.Text("apiVersion")?.Contains('/', StringComparison.Ordinal) is not true && target.Text("apiVersion") != "v1")
        {
            causes.Invalid("spec.scaleTargetRef.apiVersion", target?["apiVersion"], "apiVersion must specify API group");
        }

        foreach (var (metric, place) in spec.Each("metrics", "spec"))
        {
            Metric(metric, place, causes);
        }

        foreach (var name in new[] { "scaleUp", "scaleDown" })
        {
            Rules(spec.Object("behavior").Object(name), $"spec.behavior.{name}", causes);
        }
    }

    private static void Metric(JsonObject metric, string path, Causes causes)
    {
        var type = metric.Text("type") ?? string.Empty;
        if (!Sources.TryGetValue(type, out var name))
        {
            causes.NotSupported($"{path}.type", type, Sources.Keys.Select(Causes.Describe));
            causes.NotSupported($"{path}.type", type, Sources.Keys.Select(Causes.Describe));
            return;
        }

        if (metric.Object(name) is not { } source)
        {
            causes.Required($"{path}.{name}", $"must populate information for the given metric source (only the `{name}` field was populated)");
            return;
        }

        var place = $"{path}.{name}";
        var target = source.Object("target");
        switch (type)
        {
            case "Resource" or "ContainerResource":
                causes.RequireText($"{place}.name", source.Text("name"));
                if (target.Text("type") == "Utilization" && KubernetesObject.GetInt64(target, "averageUtilization") is null)
                {
                    causes.Required($"{place}.target.averageUtilization", "must set either a target raw value or a target utilization");
                }

                break;
            case "Pods":
                causes.RequireText($"{place}.metric.name", source.Object("metric").Text("name"));
                if (target?["averageValue"] is null)
                {
                    causes.Required($"{place}.target.averageValue", "must specify a positive target averageValue");
                }

                break;
            default:
                causes.RequireText($"{place}.metric.name", source.Object("metric").Text("name"));
                break;
        }

        causes.OneOf($"{place}.target.type", target?["type"], "Utilization", "Value", "AverageValue");
    }

    private static void Rules(JsonObject? rules, string path, Causes causes)
    {
        if (KubernetesObject.GetInt64(rules, "stabilizationWindowSeconds") is < 0 or > 3600)
        {
            causes.Invalid($"{path}.stabilizationWindowSeconds", rules!["stabilizationWindowSeconds"], "must be less than or equal to 3600");
        }

        causes.OneOf($"{path}.selectPolicy", rules?["selectPolicy"], "Disabled", "Max", "Min");
        foreach (var (policy, place) in rules.Each("policies", path))
        {
            causes.OneOf($"{place}.type", policy["type"], "Percent", "Pods");
            if (KubernetesObject.GetInt64(policy, "value") is not > 0)
            {
                causes.Invalid($"{place}.value", policy["value"], "must be greater than zero");
            }

            if (KubernetesObject.GetInt64(policy, "periodSeconds") is not (> 0 and <= 1800))
            {
                causes.Invalid($"{place}.periodSeconds", policy["periodSeconds"], "must be less than or equal to 1800");
            }
        }
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>A running one is Healthy with as many executors as were asked for: a number, a range, or at least one.</summary>
internal static class SparkApplicationHealth
{
    private static readonly string[] Prefixes = ["spark.streaming.dynamicAllocation.", "spark.dynamicAllocation."];

    public static HealthStatus Assess(KubernetesObject found)
    {
        var state = found.Text("status", "applicationState", "state");
        var message = found.Text("status", "applicationState", "errorMessage") ?? $"state is {state}";
        return state switch
        {
            "COMPLETED" => new(HealthCode.Healthy, message),
            "RUNNING" => Running(found),
            "FAILED" or "SUBMISSION_FAILED" or "FAILING" => new(HealthCode.Degraded, message),
            "INVALIDATING" => new(HealthCode.Missing, message),
            null => new(HealthCode.Progressing, "Waiting for its status"),
            _ => new(HealthCode.Progressing, message),
        };
    }

    private static HealthStatus Running(KubernetesObject found)
    {
        var count = (found.At("status", "executorState") as JsonObject)?.Count(static pair => pair.Value is JsonValue value && value.TryGetValue(out string? text) && text == "RUNNING");
        var asked = found.Number("spec", "executor", "instances");
        var (least, most) = Range(found) ?? (asked ?? 1, asked ?? long.MaxValue);
        var isEnough = count is { } running && (running == asked || (running >= least && running <= most));
        return new(isEnough ? HealthCode.Healthy : HealthCode.Progressing, $"{count ?? 0} executors are running");
    }

    private static (long Least, long Most)? Range(KubernetesObject found)
    {
        if (found.IsTrue("spec", "dynamicAllocation", "enabled"))
        {
            return (found.Number("spec", "dynamicAllocation", "minExecutors") ?? 0, found.Number("spec", "dynamicAllocation", "maxExecutors") ?? long.MaxValue);
        }

        foreach (var prefix in Prefixes)
        {
            if (Setting(found, prefix + "enabled") == "true")
            {
                return (Number(found, prefix + "minExecutors") ?? 0, Number(found, prefix + "maxExecutors") ?? long.MaxValue);
            }
        }

        return null;
    }

    private static string? Setting(KubernetesObject found, string name) => KubernetesObject.GetString(found.At("spec", "sparkConf") as JsonObject, name);

    private static long? Number(KubernetesObject found, string name) =>
        long.TryParse(Setting(found, name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

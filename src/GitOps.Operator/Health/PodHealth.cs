using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>
/// A pod that is to run for ever is Healthy once it is ready; one with an end is Healthy once it has succeeded. The annotation
/// <c>ignore-restart-policy</c> makes the latter one of the former, except for hooks.
/// </summary>
internal static class PodHealth
{
    public static HealthStatus Assess(KubernetesObject found)
    {
        var policy = found.Text("spec", "restartPolicy") ?? "Always";
        var runsForever = policy == "Always"
            || (Annotations.IsTrue(found, Annotations.IgnoreRestartPolicy) && Annotations.Find(found, Annotations.Hook) is null);
        if (runsForever && WaitingErrors(found) is { Count: > 0 } errors)
        {
            return new(HealthCode.Degraded, string.Join(", ", errors));
        }

        var message = found.Text("status", "message");
        return found.Text("status", "phase") switch
        {
            "Pending" => new(HealthCode.Progressing, message),
            "Succeeded" => new(HealthCode.Healthy, message),
            "Failed" => new(HealthCode.Degraded, message ?? FailureOf(found)),
            "Running" when runsForever => Running(found, message),
            "Running" when policy is "OnFailure" or "Never" => new(HealthCode.Progressing, message),
            _ => new(HealthCode.Unknown, message),
        };
    }

    private static HealthStatus Running(KubernetesObject found, string? message)
    {
        if (found.Condition("Ready") is { IsTrue: true })
        {
            return new(HealthCode.Healthy, message);
        }

        var restarted = found.Items("status", "containerStatuses").Any(static item => item["lastState"] is JsonObject last
            && last["terminated"] is JsonObject);
        return new(restarted ? HealthCode.Degraded : HealthCode.Progressing, message);
    }

    private static List<string> WaitingErrors(KubernetesObject found)
    {
        var errors = new List<string>();
        foreach (var container in found.Items("status", "containerStatuses"))
        {
            var waiting = (container["state"] as JsonObject)?["waiting"] as JsonObject;
            if (KubernetesObject.GetString(waiting, "reason") is { } reason && IsError(reason))
            {
                errors.Add(KubernetesObject.GetString(waiting, "message") is { Length: > 0 } message ? message : reason);
            }
        }

        return errors;
    }

    private static bool IsError(string reason) => reason.StartsWith("Err", StringComparison.Ordinal)
        || reason.EndsWith("Error", StringComparison.Ordinal) || reason.EndsWith("BackOff", StringComparison.Ordinal);

    private static string? FailureOf(KubernetesObject found) =>
        found.Items("status", "initContainerStatuses").Concat(found.Items("status", "containerStatuses"))
            .Select(FailureOf).FirstOrDefault(static text => text is not null);

    private static string? FailureOf(JsonObject container)
    {
        var ended = (container["state"] as JsonObject)?["terminated"] as JsonObject;
        if (KubernetesObject.GetString(ended, "message") is { Length: > 0 } message)
        {
            return message;
        }

        if (KubernetesObject.GetString(ended, "reason") is "OOMKilled")
        {
            return "OOMKilled";
        }

        return KubernetesObject.GetInt64(ended, "exitCode") is { } code and not 0
            ? $"container {KubernetesObject.GetString(container, "name")} failed with exit code {code}"
            : null;
    }
}

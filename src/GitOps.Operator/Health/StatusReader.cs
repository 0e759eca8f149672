using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Health;

/// <summary>An entry of <c>status.conditions</c>; what it lacks is empty.</summary>
internal readonly record struct StatusCondition(string Type, string Status, string Reason, string Message)
{
    public bool IsTrue => Status == "True";

    public bool IsFalse => Status == "False";

    /// <summary>The message, else the reason, else null.</summary>
    public string? Text => Message.Length > 0 ? Message : Reason.Length > 0 ? Reason : null;
}

/// <summary>Reads what rules look at. A value of an unexpected type reads as absent: a rule never throws.</summary>
internal static class StatusReader
{
    /// <summary>The integer at a path; null where there is none.</summary>
    public static long? Number(this KubernetesObject found, params ReadOnlySpan<string> path) =>
        KubernetesObject.TryGetInt64(found.At(path), out var number) ? number : null;

    /// <summary>The text at a path; null where there is none or it is empty.</summary>
    public static string? Text(this KubernetesObject found, params ReadOnlySpan<string> path) =>
        found.At(path) is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0 ? text : null;

    public static bool IsTrue(this KubernetesObject found, params ReadOnlySpan<string> path) =>
        found.At(path) is JsonValue value && value.TryGetValue(out bool set) && set;

    public static bool HasItems(this KubernetesObject found, params ReadOnlySpan<string> path) =>
        found.At(path) is JsonArray { Count: > 0 };

    public static bool HasMembers(this KubernetesObject found, params ReadOnlySpan<string> path) =>
        found.At(path) is JsonObject { Count: > 0 };

    public static IEnumerable<JsonObject> Items(this KubernetesObject found, params ReadOnlySpan<string> path) =>
        (found.At(path) as JsonArray)?.OfType<JsonObject>() ?? [];

    public static IEnumerable<StatusCondition> Conditions(this KubernetesObject found) =>
        found.Items("status", "conditions").Select(Condition);

    public static StatusCondition? Condition(this KubernetesObject found, string type)
    {
        if (found.At("status", "conditions") is JsonArray items)
        {
            foreach (var node in items)
            {
                if (node is JsonObject item && KubernetesObject.GetString(item, "type") == type)
                {
                    return Condition(item);
                }
            }
        }

        return null;
    }

    public static StatusCondition Condition(JsonObject fields) => new(
        KubernetesObject.GetString(fields, "type") ?? string.Empty,
        KubernetesObject.GetString(fields, "status") ?? string.Empty,
        KubernetesObject.GetString(fields, "reason") ?? string.Empty,
        KubernetesObject.GetString(fields, "message") ?? string.Empty);

    /// <summary>Whether the controller has yet to see the spec as it is now. Without an observedGeneration it has.</summary>
    public static bool IsUnobserved(this KubernetesObject found) =>
        (found.Generation ?? 0) > (found.Number("status", "observedGeneration") ?? 0);
}

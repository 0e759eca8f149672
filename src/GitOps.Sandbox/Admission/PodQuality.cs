using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Admission;

/// <summary>The quality-of-service class of a pod, from its containers' cpu and memory.</summary>
internal static class PodQuality
{
    private static readonly string[] Resources = ["cpu", "memory"];

    public static string Of(JsonObject? spec)
    {
        if (spec.Object("resources") is { } own && (Names(own, "requests") || Names(own, "limits")))
        {
            return IsGuaranteed([own]) ? "Guaranteed" : "Burstable";
        }

        var containers = spec.Objects("initContainers").Concat(spec.Objects("containers"))
            .Select(static container => container.Object("resources")).ToArray();
        var isRequested = containers.Any(static resources => Names(resources, "requests") || Names(resources, "limits"));
        if (!isRequested)
        {
            return "BestEffort";
        }

        return IsGuaranteed(containers) ? "Guaranteed" : "Burstable";
    }

    private static bool IsGuaranteed(JsonObject?[] all) => all.All(static resources => Array.TrueForAll(Resources, name =>
        resources.Object("limits")?[name] is { } limit && JsonNode.DeepEquals(resources.Object("requests")?[name] ?? limit, limit)));

    private static bool Names(JsonObject? resources, string side) =>
        resources.Object(side) is { } amounts && Resources.Any(amounts.ContainsKey);
}

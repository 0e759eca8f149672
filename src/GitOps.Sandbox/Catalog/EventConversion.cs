using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Catalog;

/// <summary>Events are served in two groups, and stored once: the same fields, some under other names.</summary>
internal static class EventConversion
{
    public const string NewGroup = "events.k8s.io";

    private static readonly (string Core, string New)[] Names =
    [
        ("involvedObject", "regarding"),
        ("message", "note"),
        ("source", "deprecatedSource"),
        ("firstTimestamp", "deprecatedFirstTimestamp"),
        ("lastTimestamp", "deprecatedLastTimestamp"),
        ("count", "deprecatedCount"),
        ("reportingComponent", "reportingController"),
    ];

    /// <summary>Renames in place.</summary>
    public static JsonObject Convert(JsonObject json, string apiVersion)
    {
        var isCore = apiVersion == "v1";
        foreach (var (core, @new) in Names)
        {
            var (from, to) = isCore ? (@new, core) : (core, @new);
            if (json.TryGetPropertyValue(from, out var value))
            {
                json.Remove(from);
                json[to] = value;
            }
        }

        json["apiVersion"] = apiVersion;
        return json;
    }
}

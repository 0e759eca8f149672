using System.Text.Json.Nodes;

namespace GitOps.Soak;

/// <summary>
/// Webhooks on ConfigMaps. One rewrites a value of ours in whatever is written, our own applies included: never drift. Another
/// rewrites one when somebody else's write gives the sign, and not again when ours comes: drift, and nobody's name is on it.
/// </summary>
internal static class Tampering
{
    public const string Annotation = "example.com/tamper";

    private const string Path = "/tamper";

    public static JsonObject Install(WebhookHost host, string name, IEnumerable<string> namespaces)
    {
        host.On(Path, Rewrite);
        return host.Configuration(name, Path, namespaces, string.Empty, "configmaps");
    }

    private static JsonArray? Rewrite(JsonObject request)
    {
        if (request["object"]?["data"] is not JsonObject data)
        {
            return null;
        }

        var patch = new JsonArray();
        if (data.ContainsKey("stamp") && data["stamp"]!.GetValue<string>() != "stamped")
        {
            patch.Add(WebhookHost.Operation("replace", "/data/stamp", "stamped"));
        }

        var sign = Sign(request["object"]);
        if (sign is not null && sign != Sign(request["oldObject"]) && data.ContainsKey("size"))
        {
            patch.Add(WebhookHost.Operation("replace", "/data/size", sign));
        }

        return patch;
    }

    private static string? Sign(JsonNode? subject) => subject?["metadata"]?["annotations"]?[Annotation]?.GetValue<string>();
}

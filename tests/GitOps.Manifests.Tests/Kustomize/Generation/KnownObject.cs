using System.Globalization;
using System.Text.Json.Nodes;

namespace GitOps.Manifests.Tests.Kustomize.Generation;

/// <summary>An object that is somewhere in the repository, so that what is said of it mostly holds.</summary>
internal sealed class KnownObject(JsonObject json, bool hasPods)
{
    public JsonObject Json { get; } = json;

    public bool HasPods { get; } = hasPods;

    /// <summary>A patch has taken it away.</summary>
    public bool IsGone { get; set; }

    public string Kind => (string)Json["kind"]!;

    public string ApiVersion => (string)Json["apiVersion"]!;

    public string Name => (string)Json["metadata"]!["name"]!;

    public string? Namespace => (string?)Json["metadata"]!["namespace"];

    public string Group => ApiVersion.Contains('/', StringComparison.Ordinal) ? ApiVersion[..ApiVersion.IndexOf('/', StringComparison.Ordinal)] : string.Empty;

    public string Version => ApiVersion[(ApiVersion.IndexOf('/', StringComparison.Ordinal) + 1)..];

    /// <summary>The path to the spec of its pods.</summary>
    public string Pods => Kind switch
    {
        "Pod" => "/spec",
        "PodTemplate" => "/template/spec",
        "CronJob" => "/spec/jobTemplate/spec/template/spec",
        _ => "/spec/template/spec",
    };

    /// <param name="path">With slashes, <c>~1</c> for those within names; items by number, <c>[key=value]</c>, <c>*</c> or <c>-</c>.</param>
    public bool Has(string path) => Find(Json, path.Split('/', StringSplitOptions.RemoveEmptyEntries)) is not null;

    public bool HasParent(string path) => path.LastIndexOf('/') is var slash and > 0 ? Find(Json, path[..slash].Split('/', StringSplitOptions.RemoveEmptyEntries)) is JsonObject or JsonArray : path.Length > 0;

    private static JsonNode? Find(JsonNode? node, ReadOnlySpan<string> path)
    {
        foreach (var part in path)
        {
            var name = part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            node = node switch
            {
                JsonObject fields => fields[name],
                JsonArray items when name is "*" or "-" => items.FirstOrDefault(),
                JsonArray items when name is ['[', .. var inner, ']'] => items.FirstOrDefault(item => item is JsonObject fields && fields[inner[..inner.IndexOf('=', StringComparison.Ordinal)]]?.ToString() == inner[(inner.IndexOf('=', StringComparison.Ordinal) + 1)..]),
                JsonArray items when int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) => items.ElementAtOrDefault(index),
                _ => null,
            };
        }

        return node;
    }
}

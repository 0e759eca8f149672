using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace GitOps.Sandbox.OpenApi;

/// <summary>A parameter of an operation.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">string, boolean or integer.</param>
/// <param name="In">query or path.</param>
internal sealed record OperationParameter(string Name, string Type = "string", string In = "query")
{
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["name"] = Name, ["in"] = In };
        if (In == "path")
        {
            json["required"] = true;
        }

        json["schema"] = new JsonObject { ["type"] = Type, ["uniqueItems"] = true };
        return json;
    }
}

/// <summary>The parameters of each kind of operation.</summary>
internal static class OperationParameters
{
    public static readonly ImmutableArray<OperationParameter> List =
    [
        new("allowWatchBookmarks", "boolean"), new("continue"), new("fieldSelector"), new("labelSelector"), new("limit", "integer"),
        new("resourceVersion"), new("resourceVersionMatch"), new("sendInitialEvents", "boolean"), new("shardSelector"),
        new("timeoutSeconds", "integer"), new("watch", "boolean"),
    ];

    public static readonly ImmutableArray<OperationParameter> CustomGet = [new("resourceVersion")];

    public static readonly ImmutableArray<OperationParameter> Write = [new("dryRun"), new("fieldManager"), new("fieldValidation")];

    public static readonly ImmutableArray<OperationParameter> Patch = [.. Write, new("force", "boolean")];

    public static readonly ImmutableArray<OperationParameter> Delete =
    [
        new("dryRun"), new("gracePeriodSeconds", "integer"), new("ignoreStoreReadErrorWithClusterBreakingPotential", "boolean"),
        new("orphanDependents", "boolean"), new("propagationPolicy"),
    ];

    public static readonly ImmutableArray<OperationParameter> DeleteCollection =
    [
        .. Delete.Concat(List).Where(static parameter => parameter.Name is not ("allowWatchBookmarks" or "watch"))
            .OrderBy(static parameter => parameter.Name, StringComparer.Ordinal),
    ];

    public static readonly OperationParameter Name = new("name", In: "path");

    public static readonly OperationParameter Namespace = new("namespace", In: "path");

    public static readonly OperationParameter Pretty = new("pretty");
}

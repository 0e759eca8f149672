using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.OpenApi;

/// <summary>One operation of a path.</summary>
/// <param name="Method">In lower case.</param>
/// <param name="Id">Unique in all documents.</param>
/// <param name="Tag">Of the group and version.</param>
/// <param name="Answer">The component of what is answered.</param>
/// <param name="Codes">With which codes it is answered.</param>
internal sealed record Operation(string Method, string Id, string Tag, string Answer, ImmutableArray<int> Codes)
{
    private static readonly ImmutableArray<string> AnyMediaType = [Http.MediaTypes.Any];

    public string? Action { get; init; }

    public GroupVersionKind? Kind { get; init; }

    public ImmutableArray<OperationParameter> Parameters { get; init; } = [];

    /// <summary>The component of the body; null: there is none.</summary>
    public string? Body { get; init; }

    public ImmutableArray<string> BodyTypes { get; init; } = AnyMediaType;

    public bool IsBodyRequired { get; init; } = true;

    public ImmutableArray<string> AnswerTypes { get; init; } = [];

    /// <param name="common">The parameters that stand beside the path's operations.</param>
    public JsonObject ToJson(IReadOnlyCollection<OperationParameter> common)
    {
        var json = new JsonObject { ["tags"] = new JsonArray(Tag), ["operationId"] = Id };
        if (Parameters.Where(parameter => !common.Contains(parameter)).Select(static parameter => parameter.ToJson()).ToArray() is { Length: > 0 } own)
        {
            json["parameters"] = new JsonArray(own);
        }

        if (Body is not null)
        {
            json["requestBody"] = new JsonObject { ["content"] = Content(BodyTypes, Body) };
            if (IsBodyRequired)
            {
                json["requestBody"]!["required"] = true;
            }
        }

        var responses = new JsonObject();
        foreach (var code in Codes)
        {
            responses[code.ToString(CultureInfo.InvariantCulture)] = new JsonObject
            {
                ["description"] = code switch { 201 => "Created", 202 => "Accepted", _ => "OK" },
                ["content"] = Content(AnswerTypes, Answer),
            };
        }

        responses["401"] = new JsonObject { ["description"] = "Unauthorized" };
        json["responses"] = responses;
        if (Action is not null)
        {
            json["x-kubernetes-action"] = Action;
        }

        if (Kind is { } kind)
        {
            json["x-kubernetes-group-version-kind"] = new JsonObject { ["group"] = kind.Group, ["version"] = kind.Version, ["kind"] = kind.Kind };
        }

        return json;
    }

    private static JsonObject Content(ImmutableArray<string> types, string component)
    {
        var content = new JsonObject();
        foreach (var type in types)
        {
            content[type] = new JsonObject { ["schema"] = Components.Reference(component) };
        }

        return content;
    }
}

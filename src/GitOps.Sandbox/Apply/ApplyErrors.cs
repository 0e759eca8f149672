using System.Net;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Apply;

/// <summary>The refusals of this half of the server, as the Status a client gets.</summary>
internal static class ApplyErrors
{
    public static ApiException BadRequest(string message) => new(HttpStatusCode.BadRequest, "BadRequest", message);

    public static ApiException Internal(string message) =>
        new(HttpStatusCode.InternalServerError, string.Empty, message);

    /// <summary>422 without causes: a patch that does not fit what it is applied to.</summary>
    public static ApiException Unprocessable(string message) =>
        new(HttpStatusCode.UnprocessableEntity, "Invalid", message, []);

    /// <summary>422 with a cause for each thing that is wrong with an object.</summary>
    public static ApiException Invalid(GroupKind kind, string name, IReadOnlyList<StatusCause> causes)
    {
        var messages = causes.Select(static cause => $"{cause.Field}: {cause.Message}").Distinct(StringComparer.Ordinal).ToArray();
        var list = messages.Length == 1 ? messages[0] : $"[{string.Join(", ", messages)}]";
        var qualified = kind.Group.Length == 0 ? kind.Kind : $"{kind.Kind}.{kind.Group}";
        var details = new JsonObject { ["name"] = name };
        if (kind.Group.Length > 0)
        {
            details["group"] = kind.Group;
        }

        details["kind"] = kind.Kind;
        details["causes"] = ToJson(causes);
        return new(HttpStatusCode.UnprocessableEntity, "Invalid", $"{qualified} \"{name}\" is invalid: {list}", details);
    }

    /// <summary>409: others own what was applied with other values.</summary>
    public static ApiException ApplyConflict(string message, IReadOnlyList<StatusCause> causes) =>
        new(HttpStatusCode.Conflict, "Conflict", message, new() { ["causes"] = ToJson(causes) });

    private static JsonArray ToJson(IReadOnlyList<StatusCause> causes) => [.. causes.Select(static cause => new JsonObject
    {
        ["reason"] = cause.Reason,
        ["message"] = cause.Message,
        ["field"] = cause.Field,
    })];
}

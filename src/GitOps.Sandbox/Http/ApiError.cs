using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Http;

/// <summary>A request that is refused: what goes out as a Status object.</summary>
internal sealed class ApiError : Exception
{
    public ApiError(int code, string reason, string message, JsonObject? details = null)
        : base(message)
    {
        Code = code;
        Reason = reason;
        Details = details;
    }

    public int Code { get; }

    public string Reason { get; }

    public JsonObject? Details { get; }

    /// <summary>Seconds, sent as the Retry-After header too.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>With an expired continuation: where the list can be gone on with, at the present state.</summary>
    public string? Continue { get; init; }

    public static ApiError BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiError Unauthorized() => new(401, "Unauthorized", "Unauthorized");

    public static ApiError NotFound(GroupResource resource, string name) =>
        new(404, "NotFound", $"{resource} \"{name}\" not found", Named(resource, name));

    /// <summary>There is no such path.</summary>
    public static ApiError PathNotFound() =>
        new(404, "NotFound", "the server could not find the requested resource", []);

    public static ApiError MethodNotAllowed() =>
        new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", []);

    public static ApiError AlreadyExists(GroupResource resource, string name) =>
        new(409, "AlreadyExists", $"{resource} \"{name}\" already exists", Named(resource, name));

    public static ApiError Conflict(GroupResource resource, string name, string why) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {resource} \"{name}\": {why}", Named(resource, name));

    public static ApiError Modified(GroupResource resource, string name) => Conflict(
        resource, name, "the object has been modified; please apply your changes to the latest version and try again");

    public static ApiError UnsupportedMediaType(string message) => new(415, "UnsupportedMediaType", message);

    public static ApiError NotAcceptable(string message) => new(406, "NotAcceptable", message);

    /// <summary>As <see cref="UnsupportedMediaType"/>, for a patch.</summary>
    public static ApiError UnsupportedPatch(string message) => new(415, "UnsupportedMediaType", message, []);

    public static ApiError Expired(string message) => new(410, "Expired", message);

    public static ApiError Forbidden(GroupResource resource, string name, string why, params IReadOnlyList<StatusCause> causes)
    {
        var details = Named(resource, name);
        AddCauses(details, causes);
        var subject = name.Length == 0 ? resource.ToString() : $"{resource} \"{name}\"";
        return new(403, "Forbidden", $"{subject} is forbidden: {why}", details);
    }

    /// <summary>422 with its causes.</summary>
    /// <param name="group">The group of what is invalid, empty for the core group.</param>
    /// <param name="kind">The kind of what is invalid.</param>
    /// <param name="name">Its name.</param>
    /// <param name="causes">At least one.</param>
    public static ApiError Invalid(string group, string kind, string name, params IReadOnlyList<StatusCause> causes)
    {
        var details = new JsonObject();
        foreach (var (member, value) in ((string, string)[])[("name", name), ("group", group), ("kind", kind)])
        {
            if (value.Length > 0)
            {
                details[member] = value;
            }
        }

        AddCauses(details, causes);
        var texts = causes.Select(static cause => $"{cause.Field}: {cause.Message}").Distinct(StringComparer.Ordinal).ToList();
        var text = texts.Count == 1 ? texts[0] : $"[{string.Join(", ", texts)}]";
        var qualified = group.Length == 0 ? kind : $"{kind}.{group}";
        return new(422, "Invalid", $"{qualified} \"{name}\" is invalid: {text}", details);
    }

    /// <summary>A resourceVersion that nobody has handed out yet.</summary>
    public static ApiError TooLargeResourceVersion(long asked, long present)
    {
        var details = new JsonObject();
        AddCauses(details, [new("ResourceVersionTooLarge", "Too large resource version", string.Empty)]);
        details["retryAfterSeconds"] = 1;
        return new(504, "Timeout", string.Create(
            CultureInfo.InvariantCulture, $"Timeout: Too large resource version: {asked}, current: {present}"), details)
        {
            RetryAfterSeconds = 1,
        };
    }

    public static ApiError Internal(string message) => new(500, "InternalError", message);

    /// <summary>500 with what happened as its cause.</summary>
    public static ApiError InternalCause(string cause) => new(
        500, "InternalError", $"Internal error occurred: {cause}",
        new() { ["causes"] = new JsonArray(new JsonObject { ["message"] = cause }) });

    /// <summary>The Status object.</summary>
    public JsonObject ToJson()
    {
        var metadata = new JsonObject();
        if (Continue is not null)
        {
            metadata["continue"] = Continue;
        }

        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = metadata,
            ["status"] = "Failure",
            ["message"] = Message,
        };
        if (Reason.Length > 0)
        {
            status["reason"] = Reason;
        }

        if (Details is not null)
        {
            status["details"] = Details.DeepClone();
        }

        status["code"] = Code;
        return status;
    }

    private static JsonObject Named(GroupResource resource, string name)
    {
        var details = new JsonObject();
        if (name.Length > 0)
        {
            details["name"] = name;
        }

        if (resource.Group.Length > 0)
        {
            details["group"] = resource.Group;
        }

        details["kind"] = resource.Resource;
        return details;
    }

    private static void AddCauses(JsonObject details, IReadOnlyList<StatusCause> causes)
    {
        if (causes.Count == 0)
        {
            return;
        }

        var items = new JsonArray();
        foreach (var cause in causes)
        {
            var item = new JsonObject { ["reason"] = cause.Reason, ["message"] = cause.Message };
            if (cause.Field.Length > 0)
            {
                item["field"] = cause.Field;
            }

            items.Add((JsonNode)item);
        }

        details["causes"] = items;
    }
}

using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Nodes;

namespace GitOps.Kubernetes.Http;

/// <summary>One cause of a Status: <c>reason</c>, <c>message</c>, <c>field</c>.</summary>
public sealed record StatusCause(string Reason, string Message, string Field);

/// <summary>
/// The server refused: its whole Status. Transport failures are <see cref="ApiConnectionException"/>.
/// The message never holds an object's content.
/// </summary>
public sealed class ApiException : Exception
{
    public ApiException(HttpStatusCode code, string reason, string message, JsonObject? details = null, TimeSpan? retryAfter = null,
        string? auditId = null)
        : base(message)
    {
        Code = code;
        Reason = reason;
        Details = details;
        RetryAfter = retryAfter;
        AuditId = auditId;
        Causes = details?["causes"] is JsonArray causes
            ? [.. causes.OfType<JsonObject>().Select(static cause => new StatusCause(
                Objects.KubernetesObject.GetString(cause, "reason") ?? string.Empty,
                Objects.KubernetesObject.GetString(cause, "message") ?? string.Empty,
                Objects.KubernetesObject.GetString(cause, "field") ?? string.Empty))]
            : [];
    }

    public HttpStatusCode Code { get; }

    /// <summary>Machine-readable: <c>NotFound</c>, <c>Conflict</c>, <c>Invalid</c>, …; empty when the body was no Status.</summary>
    public string Reason { get; }

    public JsonObject? Details { get; }

    public ImmutableArray<StatusCause> Causes { get; }

    /// <summary>From the Retry-After header or the Status.</summary>
    public TimeSpan? RetryAfter { get; }

    public string? AuditId { get; }

    /// <summary>Which of the server's flow control rules the request fell under; null where the server does not say.</summary>
    public string? FlowSchemaUid { get; init; }

    /// <inheritdoc cref="FlowSchemaUid"/>
    public string? PriorityLevelUid { get; init; }

    public bool IsNotFound => Code == HttpStatusCode.NotFound;

    public bool IsAlreadyExists => Code == HttpStatusCode.Conflict && Reason == "AlreadyExists";

    /// <summary>Another manager owns an applied field (only without force).</summary>
    public bool IsApplyConflict => Code == HttpStatusCode.Conflict && Causes.Any(static cause => cause.Reason == "FieldManagerConflict");

    /// <summary>The object changed since it was read, or a precondition failed.</summary>
    public bool IsConflict => Code == HttpStatusCode.Conflict && !IsAlreadyExists && !IsApplyConflict;

    public bool IsInvalid => Code == HttpStatusCode.UnprocessableEntity;

    public bool IsForbidden => Code == HttpStatusCode.Forbidden;

    public bool IsUnauthorized => Code == HttpStatusCode.Unauthorized;

    /// <summary>410: reason Expired or Gone.</summary>
    public bool IsGone => Code == HttpStatusCode.Gone;

    /// <summary>The server, or one behind it, did not finish in time; the request may have been carried out.</summary>
    public bool IsTimeout => Code == HttpStatusCode.GatewayTimeout || Reason is "Timeout" or "ServerTimeout";

    public bool IsTooLargeResourceVersion => Causes.Any(static cause => cause.Reason == "ResourceVersionTooLarge");

    /// <summary>
    /// A 500 whose message begins with <c>failed to create typed patch object</c>: an unknown field, a duplicate key or a wrong
    /// type in what was applied. The user's error, whatever the code says.
    /// </summary>
    public bool IsTypedPatchError =>
        Code == HttpStatusCode.InternalServerError && Message.StartsWith("failed to create typed patch object", StringComparison.Ordinal);

    /// <summary>The same request may succeed later without anybody changing anything.</summary>
    public bool IsTransient => !IsTypedPatchError && (Code is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout || (int)Code >= 500);
}

/// <summary>No answer: refused, reset, timed out, an untrusted certificate.</summary>
public sealed class ApiConnectionException : Exception
{
    public ApiConnectionException(string message, Exception? inner, bool isTimeout = false)
        : base(message, inner) => IsTimeout = isTimeout;

    public bool IsTimeout { get; }

    /// <summary>A connection was refused, reset or cut: a new one may do. False for what a new one would not mend, as an untrusted certificate.</summary>
    internal bool IsTransport { get; init; }

    /// <summary>Nothing was sent, or nothing that the server carries out: a <see cref="IWriteGuard"/> refused.</summary>
    public bool WasNotSent { get; init; }

    /// <summary>No request was made, because those before have failed; see <see cref="KubernetesClientOptions.Circuit"/>.</summary>
    public bool IsCircuitOpen { get; init; }
}

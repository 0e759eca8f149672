using System.Text.Json.Nodes;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;

namespace GitOps.Sandbox.Policies;

/// <summary>How a policy refuses: as a forbidden write, with a reason and code of its own.</summary>
internal static class PolicyRefusal
{
    /// <param name="request">The write.</param>
    /// <param name="message">The whole message, behind what is forbidden; null: the cause alone.</param>
    /// <param name="cause">What stands in the details.</param>
    /// <param name="reason">The reason.</param>
    /// <param name="code">The HTTP status.</param>
    public static ApiError Of(AdmissionRequest request, string? message, string cause, string reason, int code)
    {
        var forbidden = ApiError.Forbidden(request.Storage, request.DisplayName, message ?? string.Empty);
        var details = (JsonObject)forbidden.Details!.DeepClone();
        details["causes"] = new JsonArray(new JsonObject { ["message"] = cause });
        return new(code, reason, message is null ? cause : forbidden.Message, details);
    }
}

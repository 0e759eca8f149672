using System.Net;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Apply;

/// <summary>Turns a refused or unanswered write into a result that says what to do next, in one line for people.</summary>
internal static class ApplyFailures
{
    private const int MaxMessage = 600;

    public static ApplyResult From(ObjectKey key, string location, ApiException refusal)
    {
        var outcome = refusal.IsTransient || refusal.IsUnauthorized || refusal.IsConflict ? ApplyOutcome.Unavailable : ApplyOutcome.Rejected;
        return new(
            key, outcome, Message: Cut($"{key} ({location}): {Describe(key, refusal)}"), RetryAfter: refusal.RetryAfter,
            IsPermanent: refusal.IsInvalid || refusal.IsTypedPatchError || refusal.Code == HttpStatusCode.BadRequest);
    }

    public static ApplyResult From(ObjectKey key, ApiConnectionException failure) =>
        new(key, ApplyOutcome.Unavailable, Message: Cut($"{key}: no answer from the API server: {failure.Message}"));

    /// <summary>One line of the server's refusal. A Secret's refused values are left out of it.</summary>
    public static string Describe(ObjectKey key, ApiException refusal)
    {
        if (refusal.IsForbidden)
        {
            return $"not allowed: {refusal.Message}";
        }

        if (refusal.IsInvalid && refusal.Causes.Length > 0)
        {
            var fields = string.Join("; ", refusal.Causes.Select(cause =>
                IsSecret(key) ? $"{cause.Field} ({cause.Reason})" : $"{cause.Field}: {cause.Message}"));
            return ImmutableRefusal.Is(refusal)
                ? $"immutable field: {fields}. Change it back, delete the object so that it is created anew, or have that done by the sync option Force=true"
                : $"invalid: {fields}";
        }

        return IsSecret(key) ? $"refused by the server ({(int)refusal.Code} {refusal.Reason})" : refusal.Message;
    }

    private static bool IsSecret(ObjectKey key) => key is { Group: "", Kind: "Secret" };

    private static string Cut(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= MaxMessage ? line : line[..(MaxMessage - 1)] + "…";
    }
}

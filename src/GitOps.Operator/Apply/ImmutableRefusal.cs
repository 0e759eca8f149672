using GitOps.Kubernetes.Http;

namespace GitOps.Operator.Apply;

/// <summary>Whether the server refuses a change because the field can only be set when the object is made.</summary>
internal static class ImmutableRefusal
{
    /// <summary>As the kinds of the server put it; the Status has no reason of its own for this.</summary>
    private static readonly string[] Wordings = ["immutable", "may not change", "cannot change", "not be changed", "updates to"];

    public static bool Is(ApiException refusal) => refusal.IsInvalid && refusal.Causes.Any(static cause => Says(cause.Message));

    public static bool Says(string message) => Array.Exists(Wordings, wording => message.Contains(wording, StringComparison.Ordinal));
}

using System.Globalization;
using GitOps.Kubernetes.Http;
using GitOps.Sandbox.Http;

namespace GitOps.Sandbox.Watch;

/// <summary>What a watch asks for, beside its selection.</summary>
/// <param name="ResourceVersion">Where to begin; null: with the present state.</param>
/// <param name="InitialState">Whether the present objects come first.</param>
/// <param name="InitialEnd">Whether a bookmark marks the end of the present objects.</param>
/// <param name="Bookmarks">Whether bookmarks are welcome.</param>
/// <param name="Timeout">After which the stream ends; null: never.</param>
internal sealed record WatchRequest(long? ResourceVersion, bool InitialState, bool InitialEnd, bool Bookmarks, TimeSpan? Timeout)
{
    /// <exception cref="ApiError">The parameters contradict each other.</exception>
    public static WatchRequest Parse(ApiContext context)
    {
        var bookmarks = context.Flag("allowWatchBookmarks");
        var versionText = context.Query("resourceVersion");
        var version = string.IsNullOrEmpty(versionText) || versionText == "0" ? (long?)null : ResourceVersions.Parse(versionText);
        var timeout = context.Query("timeoutSeconds") is { Length: > 0 } text
            && double.TryParse(text, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
                ? TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue / 1000.0))
                : (TimeSpan?)null;
        var match = context.Query("resourceVersionMatch");
        if (string.IsNullOrEmpty(context.Query("sendInitialEvents")))
        {
            return string.IsNullOrEmpty(match)
                ? new(version, version is null, false, bookmarks, timeout)
                : throw Refuse("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided", "resourceVersionMatch");
        }

        if (match != "NotOlderThan")
        {
            throw Refuse("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan", "resourceVersionMatch");
        }

        var initial = context.Flag("sendInitialEvents");
        return new(version, initial, initial && bookmarks, bookmarks, timeout);
    }

    private static ApiError Refuse(string why, string field) => ApiError.Invalid(
        "meta.k8s.io", "ListOptions", string.Empty, new StatusCause("FieldValueForbidden", $"Forbidden: {why}", field));
}

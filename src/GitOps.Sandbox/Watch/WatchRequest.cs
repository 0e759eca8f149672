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
        ListParameters.Check(context);
        var bookmarks = context.Flag("allowWatchBookmarks");
        var versionText = context.Query("resourceVersion");
        var version = string.IsNullOrEmpty(versionText) || versionText == "0" ? (long?)null : ResourceVersions.ParseOne(versionText);
        var timeout = ListParameters.Number(context, "timeoutSeconds") is > 0 and var seconds
            ? TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue / 1000))
            : (TimeSpan?)null;
        if (string.IsNullOrEmpty(context.Query("sendInitialEvents")))
        {
            return new(version, version is null, false, bookmarks, timeout);
        }

        var initial = context.Flag("sendInitialEvents");
        return new(version, initial, initial && bookmarks, bookmarks, timeout);
    }
}

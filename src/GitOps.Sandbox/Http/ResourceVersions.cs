using System.Globalization;

namespace GitOps.Sandbox.Http;

/// <summary>What clients send as resourceVersion.</summary>
internal static class ResourceVersions
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    /// <exception cref="ApiError">400: no number.</exception>
    public static long Parse(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : throw ApiError.BadRequest($"Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax");

    /// <summary>As <see cref="Parse"/>, where a server finds out too late to say whose fault it is: of a single object, and of a watch.</summary>
    /// <exception cref="ApiError">500: no number.</exception>
    public static long ParseOne(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : throw new ApiError(500, string.Empty, $"Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax");

    /// <summary>Waits for a version that is still to come, as a server behind a cache does.</summary>
    /// <exception cref="ApiError">504: it did not come.</exception>
    public static async Task WaitUntilReachedAsync(ApiContext context, long version)
    {
        var store = context.Cluster.Store;
        var time = context.Cluster.Options.TimeProvider;
        var started = time.GetTimestamp();
        while (store.Version < version)
        {
            if (time.GetElapsedTime(started) >= LongestWait)
            {
                throw ApiError.TooLargeResourceVersion(version, store.Version);
            }

            await Task.Delay(Poll, time, context.Aborted);
        }
    }

    public static ApiError Expired(long asked, long oldest) =>
        ApiError.Expired(string.Create(CultureInfo.InvariantCulture, $"too old resource version: {asked} ({oldest})"));
}

using GitOps.Operator.Git;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Charts;

/// <summary>Everything that is logged about repositories of charts: ids 1500 to 1599.</summary>
internal static partial class ChartLog
{
    [LoggerMessage(1500, LogLevel.Warning, "{Repository} cannot be asked for charts ({Kind}): {Reason}")]
    public static partial void PollFailed(ILogger logger, string repository, GitFailure kind, string reason);

    [LoggerMessage(1501, LogLevel.Information, "{Repository} can be asked for charts again")]
    public static partial void PollRecovered(ILogger logger, string repository);

    [LoggerMessage(1502, LogLevel.Information, "{Repository}: {Changed} of the followed charts changed")]
    public static partial void ChartsChanged(ILogger logger, string repository, int changed);

    [LoggerMessage(1503, LogLevel.Error, "{Repository}: a subscriber failed to take a notice")]
    public static partial void SubscriberFailed(ILogger logger, Exception exception, string repository);

    [LoggerMessage(1504, LogLevel.Warning, "The package {File} in the cache is damaged and is fetched again")]
    public static partial void PackageDamaged(ILogger logger, string file);

    [LoggerMessage(1505, LogLevel.Warning, "The cache of charts cannot be written, every start fetches them again: {Reason}")]
    public static partial void CacheNotWritten(ILogger logger, string reason);

    [LoggerMessage(1506, LogLevel.Warning, "{Repository}: {Release} was replaced by another package of the same version: {Former} before, {Digest} now")]
    public static partial void ReleaseReplaced(ILogger logger, string repository, string release, string former, string digest);
}

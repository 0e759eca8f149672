using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Git;

/// <summary>Everything the Git stage logs: ids 1000 to 1099.</summary>
internal static partial class GitLog
{
    [LoggerMessage(1000, LogLevel.Information, "Mirror of {Repository} created at {Directory}")]
    public static partial void MirrorCreated(ILogger logger, string repository, string directory);

    [LoggerMessage(1001, LogLevel.Warning, "Mirror of {Repository} is damaged and is cloned again: {Reason}")]
    public static partial void MirrorDamaged(ILogger logger, string repository, string reason);

    [LoggerMessage(1002, LogLevel.Information, "{Repository}: {Changed} of the followed revisions changed")]
    public static partial void RevisionsChanged(ILogger logger, string repository, int changed);

    [LoggerMessage(1003, LogLevel.Warning, "{Repository} cannot be polled ({Kind}): {Reason}")]
    public static partial void PollFailed(ILogger logger, string repository, GitFailure kind, string reason);

    [LoggerMessage(1004, LogLevel.Information, "{Repository} can be polled again")]
    public static partial void PollRecovered(ILogger logger, string repository);

    [LoggerMessage(1005, LogLevel.Warning, "{Repository}: maintenance failed ({Kind}): {Reason}")]
    public static partial void MaintenanceFailed(ILogger logger, string repository, GitFailure kind, string reason);

    [LoggerMessage(1006, LogLevel.Debug, "{Repository}: mirror repacked")]
    public static partial void Maintained(ILogger logger, string repository);

    [LoggerMessage(1007, LogLevel.Information, "Mirror {Directory} was not used for a while and is deleted")]
    public static partial void MirrorRemoved(ILogger logger, string directory);

    [LoggerMessage(1008, LogLevel.Warning, "Mirror {Directory} cannot be deleted: {Reason}")]
    public static partial void MirrorNotRemoved(ILogger logger, string directory, string reason);

    [LoggerMessage(1009, LogLevel.Error, "{Repository}: a subscriber failed to take a notice")]
    public static partial void SubscriberFailed(ILogger logger, Exception exception, string repository);

    [LoggerMessage(1010, LogLevel.Warning,
        "{Repository}: the server sends every file of every commit, needed or not; its uploadpack.allowFilter would save time and disk")]
    public static partial void NoFilters(ILogger logger, string repository);

    [LoggerMessage(1011, LogLevel.Warning,
        "{Repository}: the server hands out no files by their ids; those of all commits are fetched. Protocol v2 (GIT_PROTOCOL has to reach the server), or uploadpack.allowAnySHA1InWant, would save time and disk")]
    public static partial void Withheld(ILogger logger, string repository);
}

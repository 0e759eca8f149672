using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Controllers;

/// <summary>What watches, queue and workers log; ids from 6000.</summary>
internal static partial class Log
{
    [LoggerMessage(6001, LogLevel.Information, "started with {Applications} applications and {Objects} managed objects")]
    public static partial void Started(ILogger logger, int applications, int objects);

    [LoggerMessage(6002, LogLevel.Warning, "waiting for {What}: {Message}")]
    public static partial void StartBlocked(ILogger logger, string what, string message);

    [LoggerMessage(6003, LogLevel.Warning, "the watch of {Kind} is interrupted: {Message}")]
    public static partial void WatchInterrupted(ILogger logger, string kind, string message);

    [LoggerMessage(6004, LogLevel.Warning, "inventory page {Page} cannot be read: {Message}")]
    public static partial void PageUnreadable(ILogger logger, string page, string message);

    [LoggerMessage(6005, LogLevel.Information, "letting go of the inventory of {Application}, which does not exist any more; its objects stay")]
    public static partial void InventoryReleased(ILogger logger, string application);

    [LoggerMessage(6006, LogLevel.Warning, "{Application} is gone, and what holds its inventory or hooks cannot be taken off yet: {Message}")]
    public static partial void ForgetFailed(ILogger logger, string application, string message);

    [LoggerMessage(6020, LogLevel.Warning, "{Count} applications are more than --metrics-application-limit={Limit} allows: none has metrics of its own")]
    private static partial void LabelsDropped(ILogger logger, int count, int limit);

    [LoggerMessage(6021, LogLevel.Information, "{Count} applications are within --metrics-application-limit={Limit} again: each has metrics of its own")]
    private static partial void LabelsBack(ILogger logger, int count, int limit);

    public static void ApplicationLabels(ILogger logger, bool isOver, int count, int limit)
    {
        if (isOver)
        {
            LabelsDropped(logger, count, limit);
        }
        else
        {
            LabelsBack(logger, count, limit);
        }
    }

    [LoggerMessage(6010, LogLevel.Information, "charts are rendered by helm {Version}: {Isolation}")]
    public static partial void HelmFound(ILogger logger, string version, string isolation);

    [LoggerMessage(6011, LogLevel.Warning, "charts cannot be rendered: {Message}")]
    public static partial void HelmUnavailable(ILogger logger, string message);

    [LoggerMessage(6012, LogLevel.Warning, "--helm-isolation=none: helm runs with all rights of the operator, and so may a hostile chart")]
    public static partial void HelmIsNotIsolated(ILogger logger);
}

using GitOps.Operator.Observability;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Leading;

/// <summary>Who leads, and why not any more.</summary>
internal static partial class Log
{
    [LoggerMessage(LogEvents.Leading + 1, LogLevel.Information, "leader election: {Message}")]
    public static partial void Told(ILogger logger, string message);

    [LoggerMessage(LogEvents.Leading + 2, LogLevel.Warning, "leader election: {Message}")]
    public static partial void AttemptFailed(ILogger logger, string message);

    [LoggerMessage(LogEvents.Leading + 3, LogLevel.Error, "leader election: {Message}")]
    public static partial void Lost(ILogger logger, string message);

    [LoggerMessage(LogEvents.Leading + 4, LogLevel.Information, "no new pass begins; those under way have {Seconds} s to end")]
    public static partial void Draining(ILogger logger, double seconds);

    [LoggerMessage(LogEvents.Leading + 5, LogLevel.Warning, "passes were still under way after {Seconds} s and are broken off; they are run again where this one stopped")]
    public static partial void BrokenOff(ILogger logger, double seconds);

    [LoggerMessage(LogEvents.Leading + 6, LogLevel.Warning, "a webhook call could not be handed to the leader at {Address} ({Problem}); polling finds what was pushed")]
    public static partial void WebhookNotHandedOn(ILogger logger, string address, string problem);

    [LoggerMessage(LogEvents.Leading + 7, LogLevel.Information, "standing by: {Holder} leads")]
    public static partial void StandingBy(ILogger logger, string holder);
}

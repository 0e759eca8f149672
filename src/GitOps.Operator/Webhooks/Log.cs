using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Webhooks;

/// <summary>What the webhooks log; ids from 7000. Nothing of a call that is not verified is in it.</summary>
internal static partial class Log
{
    [LoggerMessage(7001, LogLevel.Information, "webhooks are on for {Providers}, by the Secret {Namespace}/{Name}")]
    public static partial void On(ILogger logger, string providers, string @namespace, string name);

    [LoggerMessage(7002, LogLevel.Information, "webhooks are off: there is no Secret {Namespace}/{Name} with a key of theirs any more")]
    public static partial void Off(ILogger logger, string @namespace, string name);

    [LoggerMessage(7003, LogLevel.Warning, "Secret {Namespace}/{Name}: {Problem}")]
    public static partial void KeyProblem(ILogger logger, string @namespace, string name, string problem);

    [LoggerMessage(7004, LogLevel.Warning, "the Secret of the webhooks cannot be watched, what was read of it last stays valid: {Message}")]
    public static partial void WatchInterrupted(ILogger logger, string message);

    [LoggerMessage(7005, LogLevel.Warning, "{Count} calls of {Provider} refused since the last such line: {Reason}")]
    public static partial void Refused(ILogger logger, int count, string provider, string reason);

    [LoggerMessage(7006, LogLevel.Debug, "a push by {Provider}: {Subscriptions} subscriptions of {Repositories} repositories are touched")]
    public static partial void Pushed(ILogger logger, string provider, int subscriptions, int repositories);

    [LoggerMessage(7007, LogLevel.Information, "{Repository} was looked at as its server said, and fails: {Message}")]
    public static partial void RefreshFailed(ILogger logger, string repository, string message);
}

using GitOps.Operator.Observability;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Auditing;

/// <summary>The audit log. The names of the fields are a contract: queries and alerts rest on them.</summary>
internal static partial class Log
{
    [LoggerMessage(
        LogEvents.Audit + 1, LogLevel.Information,
        "{Application}: {Reason}: {Verb} {Group}/{Kind} {Namespace}/{Name}: {Outcome}; fields {Fields}; revision {Revision} of {Author}, operation {Operation}, by {Initiator} ({Trigger}), approved by {Approver}; as {Account}, request {RequestId}")]
    public static partial void Changed(
        ILogger logger, string application, string reason, string verb, string group, string kind, string nameSpace, string name, string outcome, string fields,
        string revision, string author, string operation, string initiator, string trigger, string approver, string account, string requestId);

    [LoggerMessage(
        LogEvents.Audit + 2, LogLevel.Warning,
        "{Application}: {Reason}: {Verb} {Group}/{Kind} {Namespace}/{Name}: {Outcome}; fields {Fields}; revision {Revision} of {Author}, operation {Operation}, by {Initiator} ({Trigger}), approved by {Approver}; as {Account}, request {RequestId}")]
    public static partial void Refused(
        ILogger logger, string application, string reason, string verb, string group, string kind, string nameSpace, string name, string outcome, string fields,
        string revision, string author, string operation, string initiator, string trigger, string approver, string account, string requestId);

    [LoggerMessage(LogEvents.Audit + 3, LogLevel.Information, "the log level is {Level}: {Why}")]
    public static partial void LevelSet(ILogger logger, string level, string why);

    [LoggerMessage(LogEvents.Audit + 4, LogLevel.Warning, "ConfigMap {Namespace}/{Name}: {Problem}; the log levels stay as they are")]
    public static partial void LevelRefused(ILogger logger, string nameSpace, string name, string problem);

    [LoggerMessage(LogEvents.Audit + 5, LogLevel.Warning, "ConfigMap {Namespace}/{Name} cannot be watched, the log levels stay as they are: {Problem}")]
    public static partial void LevelsUnwatched(ILogger logger, string nameSpace, string name, string problem);

    [LoggerMessage(LogEvents.Audit + 6, LogLevel.Warning, "{Count} Kubernetes events could not be written since the last such line: {Reason}; the audit log has every change")]
    public static partial void EventsDropped(ILogger logger, int count, string reason);
}

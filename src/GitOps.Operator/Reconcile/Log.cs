using GitOps.Kubernetes.Objects;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Reconcile;

/// <summary>What the pipeline logs; ids from 3000.</summary>
internal static partial class Log
{
    [LoggerMessage(3001, LogLevel.Warning, "{Application}: drift: {Drift}")]
    public static partial void DriftDetected(ILogger logger, NamespacedName application, string drift);

    [LoggerMessage(3002, LogLevel.Information, "{Application}: healed: {Drift}")]
    public static partial void DriftHealed(ILogger logger, NamespacedName application, string drift);

    [LoggerMessage(3003, LogLevel.Information, "{Application}: synced to {Revision}: {Created} created, {Updated} updated, {Deleted} deleted")]
    public static partial void Synced(ILogger logger, NamespacedName application, string revision, int created, int updated, int deleted);

    [LoggerMessage(3004, LogLevel.Warning, "{Application}: sync of {Revision} failed: {Message}")]
    public static partial void SyncFailed(ILogger logger, NamespacedName application, string revision, string message);

    [LoggerMessage(3005, LogLevel.Error, "{Application}: step {Step} failed unexpectedly")]
    public static partial void StepPanicked(ILogger logger, Exception exception, NamespacedName application, string step);

    [LoggerMessage(3006, LogLevel.Warning, "{Application}: {Reason}: {Message}")]
    public static partial void Blocked(ILogger logger, NamespacedName application, string reason, string message);

    [LoggerMessage(3007, LogLevel.Information, "{Application}: deleted; {Deleted} objects went with it, {Kept} stay")]
    public static partial void Finalized(ILogger logger, NamespacedName application, int deleted, int kept);

    [LoggerMessage(3008, LogLevel.Warning, "{Application}: step {Step} could not finish: {Message}")]
    public static partial void StepFailed(ILogger logger, NamespacedName application, string step, string message);

    [LoggerMessage(3031, LogLevel.Warning, "{Application}: contested: {Fight}")]
    public static partial void Contested(ILogger logger, NamespacedName application, string fight);

    [LoggerMessage(3032, LogLevel.Debug, "{Application}: drift in full:\n{Diff}", SkipEnabledCheck = true)]
    public static partial void DriftDiff(ILogger logger, NamespacedName application, string diff);

    [LoggerMessage(3030, LogLevel.Information, "{Application}: {What}")]
    public static partial void Remade(ILogger logger, NamespacedName application, string what);

    [LoggerMessage(3020, LogLevel.Information, "{Application}: {What}, operation {Id}")]
    public static partial void SyncBegan(ILogger logger, NamespacedName application, string what, string id);

    [LoggerMessage(3021, LogLevel.Warning, "{Application}: refused: {Message}")]
    public static partial void RequestRefused(ILogger logger, NamespacedName application, string message);

    [LoggerMessage(3022, LogLevel.Information, "{Application}: operation {Id} was terminated {By}")]
    public static partial void Terminated(ILogger logger, NamespacedName application, string id, string by);

    [LoggerMessage(3023, LogLevel.Information, "{Application}: {What}")]
    public static partial void RolledBack(ILogger logger, NamespacedName application, string what);

    [LoggerMessage(3040, LogLevel.Information, "{Application}: {What}")]
    public static partial void Adopted(ILogger logger, NamespacedName application, string what);

    [LoggerMessage(3041, LogLevel.Warning, "{Application}: {What}")]
    public static partial void SharesLeft(ILogger logger, NamespacedName application, string what);

    [LoggerMessage(3042, LogLevel.Warning, "{Application}: {What}")]
    public static partial void ForeignManager(ILogger logger, NamespacedName application, string what);
}

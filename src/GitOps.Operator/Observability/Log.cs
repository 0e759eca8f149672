using GitOps.Kubernetes.Http;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Observability;

/// <summary>What the host itself logs, and what the Kubernetes client has to say.</summary>
internal static partial class Log
{
    [LoggerMessage(LogEvents.Host + 1, LogLevel.Information, "gitops-operator {Version} starts against {Server}, as namespace {OperatorNamespace}, watching {Namespaces}")]
    public static partial void Starting(ILogger logger, string version, Uri server, string operatorNamespace, string namespaces);

    [LoggerMessage(LogEvents.Host + 2, LogLevel.Information, "serving /healthz, /readyz and /metrics on {Addresses}")]
    public static partial void Serving(ILogger logger, string addresses);

    [LoggerMessage(LogEvents.Host + 3, LogLevel.Information, "stopping: {Reason}")]
    public static partial void Stopping(ILogger logger, string reason);

    [LoggerMessage(LogEvents.Host + 4, LogLevel.Warning, "the directory {Directory} is left behind, it could not be deleted: {Problem}")]
    public static partial void LeftBehind(ILogger logger, string directory, string problem);

    [LoggerMessage(LogEvents.Host + 40, LogLevel.Warning, "{Problem}")]
    public static partial void TelemetryProblem(ILogger logger, string problem);

    [LoggerMessage(LogEvents.Host + 41, LogLevel.Information, "sending {What}")]
    public static partial void Telemetry(ILogger logger, string what);

    [LoggerMessage(LogEvents.Host + 42, LogLevel.Warning, "{Signal} are not sent, and what is in them is lost until they are: {Problem}")]
    public static partial void TelemetryLost(ILogger logger, string signal, string problem);

    [LoggerMessage(LogEvents.Host + 43, LogLevel.Information, "{Signal} are sent again")]
    public static partial void TelemetrySent(ILogger logger, string signal);

    [LoggerMessage(LogEvents.Kubernetes + 1, LogLevel.Debug, "{Message}")]
    public static partial void RequestRepeated(ILogger logger, string message);

    [LoggerMessage(LogEvents.Kubernetes + 2, LogLevel.Information, "{Message}")]
    public static partial void CertificatesRefreshed(ILogger logger, string message);

    [LoggerMessage(LogEvents.Kubernetes + 3, LogLevel.Information, "the API server warns: {Message}")]
    public static partial void ServerWarning(ILogger logger, string message);

    [LoggerMessage(LogEvents.Kubernetes + 4, LogLevel.Warning, "{Message}")]
    public static partial void DiscoveryIncomplete(ILogger logger, string message);

    [LoggerMessage(LogEvents.Kubernetes + 5, LogLevel.Warning, "{Kind}: {Message}")]
    public static partial void CredentialsTroubled(ILogger logger, NoticeKind kind, string message);
}

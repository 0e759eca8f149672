using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Credentials;

/// <summary>Everything that is logged about credentials: ids 1100 to 1199.</summary>
internal static partial class CredentialLog
{
    [LoggerMessage(1100, LogLevel.Warning, "{Message}")]
    public static partial void Remarkable(ILogger logger, string message);
}

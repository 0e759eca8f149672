using GitOps.Operator.Auditing;
using GitOps.Operator.Options;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace GitOps.Operator.Observability;

/// <summary>
/// Where the log goes and how it looks: one JSON object a line where a machine reads it (in a cluster), one short line where a
/// person does (on a terminal). Times are UTC. The framework itself is heard from warnings on.
/// </summary>
internal static class OperatorLogging
{
    public static void Configure(ILoggingBuilder logging, OperatorOptions options, bool isTerminal)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(options.LogLevel);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("System", LogLevel.Warning);

        // Whatever the level: a log without it is no audit log.
        logging.AddFilter(AuditTrail.Category, LogLevel.Information);
        if (options.AuditLog == AuditStream.Stderr)
        {
            logging.AddFilter<ConsoleLoggerProvider>(AuditTrail.Category, LogLevel.None);
            logging.Services.AddSingleton<ILoggerProvider, AuditStreamProvider>();
        }

        if (UsesJson(options.LogFormat, isTerminal))
        {
            logging.AddJsonConsole(static console =>
            {
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
                console.IncludeScopes = true;
            });
        }
        else
        {
            logging.AddSimpleConsole(static console =>
            {
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "HH:mm:ss.fff ";
                console.SingleLine = true;
                console.IncludeScopes = false;
                console.ColorBehavior = LoggerColorBehavior.Default;
            });
        }
    }

    public static bool UsesJson(LogFormat format, bool isTerminal) => format switch
    {
        LogFormat.Json => true,
        LogFormat.Text => false,
        _ => !isTerminal,
    };
}

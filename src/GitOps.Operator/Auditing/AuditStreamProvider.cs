using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace GitOps.Operator.Auditing;

/// <summary>Writes the audit log, and nothing else, to standard error; in the form that the rest of the log has.</summary>
[ProviderAlias("Audit")]
internal sealed class AuditStreamProvider : ILoggerProvider
{
    private readonly ConsoleLoggerProvider _console;

    public AuditStreamProvider(IOptionsMonitor<ConsoleLoggerOptions> options, IEnumerable<ConsoleFormatter> formatters) =>
        _console = new(new Fixed(new() { LogToStandardErrorThreshold = LogLevel.Trace, FormatterName = options.CurrentValue.FormatterName }), formatters);

    public ILogger CreateLogger(string categoryName) =>
        categoryName == AuditTrail.Category ? _console.CreateLogger(categoryName) : NullLogger.Instance;

    public void Dispose() => _console.Dispose();

    private sealed class Fixed(ConsoleLoggerOptions options) : IOptionsMonitor<ConsoleLoggerOptions>
    {
        public ConsoleLoggerOptions CurrentValue => options;

        public ConsoleLoggerOptions Get(string? name) => options;

        public IDisposable? OnChange(Action<ConsoleLoggerOptions, string?> listener) => null;
    }
}

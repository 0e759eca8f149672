using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Commands;

/// <summary>Hands each log entry on as one line: level, last part of the category, message, the exception's message.</summary>
internal sealed class LineLoggerProvider : ILoggerProvider
{
    private readonly Action<string> _write;

    public LineLoggerProvider(Action<string> write) => _write = write;

    public ILogger CreateLogger(string categoryName) => new LineLogger(categoryName[(categoryName.LastIndexOf('.') + 1)..], _write);

    public void Dispose()
    {
        // There is nothing to let go.
    }

    private sealed class LineLogger(string category, Action<string> write) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var message = formatter(state, exception);
            write($"{logLevel.ToString().ToLowerInvariant()}: {category}: {(exception is null ? message : $"{message}: {exception.Message}")}");
        }
    }
}

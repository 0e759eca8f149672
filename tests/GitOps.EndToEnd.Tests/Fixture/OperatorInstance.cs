using System.Collections.Concurrent;
using GitOps.Kubernetes.Config;
using GitOps.Operator.Commands;
using GitOps.Operator.Observability;
using GitOps.Operator.Options;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GitOps.EndToEnd.Tests.Fixture;

/// <summary>The whole operator, as <c>run</c> would start it, in this process.</summary>
internal sealed class OperatorInstance : IRunningOperator
{
    private readonly WebApplication _host;
    private readonly LineCollector _lines;
    private readonly CancellationTokenSource _stopping = new();
    private Task<int>? _run;

    private OperatorInstance(WebApplication host, LineCollector lines) => (_host, _lines) = (host, lines);

    public IReadOnlyCollection<string> Log => _lines.All;

    /// <summary>Starts it and waits until it is ready.</summary>
    public static async Task<OperatorInstance> StartAsync(
        OperatorOptions options, ClusterConfig cluster, Action<IServiceCollection>? configure = null, bool waitUntilReady = true,
        TelemetrySettings? telemetry = null)
    {
        var lines = new LineCollector();
        var host = OperatorHost.Build(options, cluster, logging => logging.SetMinimumLevel(LogLevel.Information).AddProvider(lines), configure, telemetry ?? TelemetrySettings.Off);
        var instance = new OperatorInstance(host, lines);
        instance._run = Task.Run(() => OperatorHost.RunAsync(host, instance._stopping.Token));
        if (waitUntilReady)
        {
            var health = host.Services.GetRequiredService<HealthRegistry>();
            await Eventually.IsTrueAsync(
                // Ready may come before the endpoints are bound, and a host that is stopped while it starts ends with an error.
                "the operator is ready",
                () => instance._run.IsFaulted || (host.Lifetime.ApplicationStarted.IsCancellationRequested && health.ReadinessProblems().IsEmpty),
                () => Task.FromResult(string.Join('\n', health.ReadinessProblems().Concat(instance.Log))));
        }

        return instance;
    }

    /// <summary>Where health, metrics and webhooks are.</summary>
    public Uri Address => new(_host.Urls.First());

    /// <summary>The Prometheus text.</summary>
    public async Task<string> MetricsAsync() =>
        System.Text.Encoding.UTF8.GetString((await _host.Services.GetRequiredService<OperatorMetrics>().Scraper.ScrapeAsync()).ToArray());

    /// <summary>Stops it as SIGTERM would.</summary>
    public async Task StopAsync()
    {
        if (_run is { } run)
        {
            _run = null;
            await _stopping.CancelAsync();
            await run;
            await _host.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private sealed class LineCollector : ILoggerProvider
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> All => _lines;

        public ILogger CreateLogger(string categoryName) => new Lines(this);

        public void Dispose()
        {
            // Nothing is held.
        }

        private sealed class Lines(LineCollector collector) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                collector._lines.Enqueue($"{DateTimeOffset.UtcNow:HH:mm:ss.fff} {logLevel} {formatter(state, exception)} {exception}");
        }
    }
}

/// <summary>An operator that a test has started.</summary>
internal interface IRunningOperator : IAsyncDisposable
{
    /// <summary>What it has logged so far.</summary>
    IReadOnlyCollection<string> Log { get; }
}

using System.Diagnostics;
using System.Diagnostics.Metrics;
using GitOps.Benchmarks.Cluster;
using GitOps.Operator.Commands;
using GitOps.Operator.Controllers;
using GitOps.Operator.Git;
using GitOps.Operator.Observability;
using GitOps.Operator.Options;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GitOps.Benchmarks.Operators;

/// <summary>The operator in this process, for what has to be triggered or timed from within.</summary>
internal sealed class OperatorInside : IAsyncDisposable
{
    private const string Reconciles = "gitops_operator_reconciles";

    private readonly WebApplication _host;
    private readonly HttpClient _http = new();
    private readonly MeterListener _meters = new();
    private readonly Uri _address;
    private readonly Lock _lock = new();
    private long _fetched;
    private long _passes;
    private (long Count, TaskCompletionSource<long> Reached)? _awaited;

    private OperatorInside(WebApplication host, Uri address)
    {
        (_host, _address) = (host, address);
        _meters.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == OperatorMetrics.MeterName && instrument.Name is "gitops_operator_git_operation" or Reconciles)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _meters.SetMeasurementEventCallback<double>((_, _, tags, _) => NoteFetch(tags));
        _meters.SetMeasurementEventCallback<long>((_, value, _, _) => NotePass(value));
        _meters.Start();
    }

    /// <summary>When a fetch ended last, as <see cref="Stopwatch.GetTimestamp"/>; 0: never.</summary>
    public long FetchedAt => Interlocked.Read(ref _fetched);

    public ReconcileQueue Queue => _host.Services.GetRequiredService<ReconcileQueue>();

    /// <param name="server">The cluster.</param>
    /// <param name="cacheDirectory">For mirrors.</param>
    /// <param name="workers">Null: as many as by default.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<OperatorInside> StartAsync(ApiServer server, string cacheDirectory, int? workers, CancellationToken cancellationToken)
    {
        var options = new OperatorOptions
        {
            Kubeconfig = server.Kubeconfig,
            CacheDirectory = cacheDirectory,
            AllowLocalRepositories = true,
            Listen = "http://127.0.0.1:0",
        };
        options = workers is { } number ? options with { Workers = number } : options;
        var host = OperatorHost.Build(options, server.Config, static logging => logging.SetMinimumLevel(LogLevel.Critical));
        var addresses = await OperatorHost.StartAsync(host, cancellationToken);
        return new OperatorInside(host, new Uri(addresses[0]));
    }

    public Task<MetricsPage> MetricsAsync(CancellationToken cancellationToken) => MetricsPage.ReadAsync(_address, _http, cancellationToken);

    /// <summary>Looks at a repository now, as a webhook would make it.</summary>
    public Task RefreshAsync(string repository, CancellationToken cancellationToken) =>
        _host.Services.GetRequiredService<IGitRepositories>().RefreshAsync(repository, cancellationToken);

    /// <summary>Waits until so many more passes have ended; call it before they are triggered.</summary>
    /// <returns>When the last of them did, as <see cref="Stopwatch.GetTimestamp"/>.</returns>
    public Task<long> PassesAsync(int count)
    {
        lock (_lock)
        {
            var reached = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited = (_passes + count, reached);
            return reached.Task;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _meters.Dispose();
        _http.Dispose();
        await OperatorHost.StopAsync(_host, wasTold: true);
        await _host.DisposeAsync();
    }

    private void NoteFetch(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var tag in tags)
        {
            if (tag is { Key: "operation", Value: "fetch" })
            {
                Interlocked.Exchange(ref _fetched, Stopwatch.GetTimestamp());
            }
        }
    }

    private void NotePass(long count)
    {
        lock (_lock)
        {
            _passes += count;
            if (_awaited is { } awaited && _passes >= awaited.Count)
            {
                _awaited = null;
                awaited.Reached.TrySetResult(Stopwatch.GetTimestamp());
            }
        }
    }
}

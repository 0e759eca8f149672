using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using GitOps.Benchmarks.Cluster;

namespace GitOps.Benchmarks.Operators;

/// <summary>The operator as it is deployed: a process of its own, with default options.</summary>
internal sealed partial class OperatorProcess : IAsyncDisposable
{
    private const int MaxLines = 200;
    private const int ShownLines = 20;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly HttpClient _http = new();
    private readonly ConcurrentQueue<string> _log = new();
    private readonly TaskCompletionSource<Uri> _serving = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private OperatorProcess(Process process) => _process = process;

    /// <summary>Of the operator and its children.</summary>
    public ProcessUsage Usage => ProcessUsage.Of(_process.Id);

    public int Id => _process.Id;

    /// <summary>Null while it runs.</summary>
    public int? ExitCode => _process.HasExited ? _process.ExitCode : null;

    /// <summary>Starts it; returns when it serves its endpoints, before it knows anything of the cluster.</summary>
    public static Task<OperatorProcess> StartAsync(
        BenchmarkSettings settings, ApiServer server, string cacheDirectory, CancellationToken cancellationToken) =>
        StartAsync(settings, server.Kubeconfig, cacheDirectory, cancellationToken);

    /// <inheritdoc cref="StartAsync(BenchmarkSettings, ApiServer, string, CancellationToken)"/>
    public static async Task<OperatorProcess> StartAsync(
        BenchmarkSettings settings, string kubeconfig, string cacheDirectory, CancellationToken cancellationToken, MemoryCage? cage = null)
    {
        string[] arguments =
        [
            "run", "--kubeconfig", kubeconfig, "--cache-directory", cacheDirectory, "--listen", "http://127.0.0.1:0",
            "--allow-local-repositories", "--log-format", "json", .. settings.OperatorArguments,
        ];
        var running = new OperatorProcess(DotNet.Start(
            settings.Operator ?? Path.Combine(AppContext.BaseDirectory, "gitops-operator.dll"), arguments, redirectInput: false, cage, settings.OperatorEnvironment));
        running._process.OutputDataReceived += (_, line) => running.Take(line.Data);
        running._process.ErrorDataReceived += (_, line) => running.Take(line.Data);
        running._process.BeginOutputReadLine();
        running._process.BeginErrorReadLine();
        await running._serving.Task.WaitAsync(StartLimit, cancellationToken);
        return running;
    }

    /// <exception cref="InvalidOperationException">It does not answer; the last lines of its log go along.</exception>
    public async Task<MetricsPage> MetricsAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await MetricsPage.ReadAsync(await _serving.Task, _http, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            var how = _process.HasExited ? $"ended with {_process.ExitCode}" : "does not answer";
            throw new InvalidOperationException($"the operator {how}\n{string.Join('\n', _log.TakeLast(ShownLines))}", exception);
        }
    }

    /// <summary>Waits until the metrics say so.</summary>
    /// <exception cref="TimeoutException">They did not; the last lines of the log go along.</exception>
    public async Task<MetricsPage> WaitAsync(string what, Func<MetricsPage, bool> holds, TimeSpan limit, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var page = await MetricsAsync(cancellationToken);
            if (holds(page))
            {
                return page;
            }

            if (Stopwatch.GetElapsedTime(started) > limit)
            {
                throw new TimeoutException($"{what}: not within {limit.TotalSeconds:0} s\n{string.Join('\n', _log)}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
        }
    }

    /// <summary>Waits for what is to come about while it runs.</summary>
    /// <exception cref="InvalidOperationException">It ended before; the last lines of its log go along.</exception>
    public async Task<T> WhileRunningAsync<T>(Task<T> work, CancellationToken cancellationToken)
    {
        if (await Task.WhenAny(work, _process.WaitForExitAsync(cancellationToken)) == work)
        {
            return await work;
        }

        throw new InvalidOperationException($"the operator ended with {_process.ExitCode}\n{string.Join('\n', _log.TakeLast(ShownLines))}");
    }

    /// <summary>Waits until it takes Applications.</summary>
    public async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        var address = new Uri(await _serving.Task, "/readyz");
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            using var answer = await _http.GetAsync(address, cancellationToken);
            if (answer.IsSuccessStatusCode)
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(started) > StartLimit)
            {
                throw new TimeoutException($"the operator is not ready\n{string.Join('\n', _log)}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        _http.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            _serving.TrySetException(new InvalidOperationException("the operator ended:\n" + string.Join('\n', _log)));
            return;
        }

        _log.Enqueue(line);
        if (_log.Count > MaxLines)
        {
            _log.TryDequeue(out _);
        }

        if (!_serving.Task.IsCompleted && ListenAddress().Match(line) is { Success: true } match)
        {
            _serving.TrySetResult(new Uri(match.Value));
        }
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:[1-9]\d*", RegexOptions.CultureInvariant)]
    private static partial Regex ListenAddress();
}

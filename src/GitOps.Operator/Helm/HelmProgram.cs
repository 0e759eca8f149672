using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using GitOps.Manifests.Helm;
using GitOps.Operator.Helm.Jail;

namespace GitOps.Operator.Helm;

/// <summary>
/// Runs helm: a list of arguments, never a shell; no environment; a private directory with the files of the run; bounded in time,
/// output and number; and kept apart from everything else (<see cref="HelmJail"/>).
/// </summary>
internal sealed class HelmProgram : IHelmProgram, IDisposable
{
    private const int KilledExitCode = 128 + 9;
    private static readonly TimeSpan FailureAge = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan VersionTimeLimit = TimeSpan.FromSeconds(30);

    private readonly HelmOptions _options;
    private readonly HelmLauncher _launcher;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _places;
    private readonly SemaphoreSlim _asking = new(1, 1);
    private volatile string? _version;
    private volatile KnownFailure? _failure;

    /// <exception cref="HelmException">The directory cannot be used.</exception>
    public HelmProgram(HelmOptions options, TimeProvider time)
    {
        _options = options;
        _launcher = new(options);
        _time = time;
        _places = new(options.Concurrency, options.Concurrency);
        try
        {
            HelmDirectory.Sweep(options.Directory);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new HelmException(HelmFailure.Unavailable, $"the directory {options.Directory} cannot be used for charts: {failure.Message}", failure);
        }
    }

    /// <summary>Whether the last look found a helm that can be run; null: nobody has looked.</summary>
    public bool? IsUsable => _version is not null ? true : _failure is not null ? false : null;

    /// <summary>Empty: not known.</summary>
    public string KnownVersion => _version ?? string.Empty;

    /// <summary>What keeps it apart, in words; true once a version is known.</summary>
    public string Isolation => _options.Describe();

    public async ValueTask<string> VersionAsync(CancellationToken cancellationToken)
    {
        if (_version is { } known)
        {
            return known;
        }

        await _asking.WaitAsync(cancellationToken);
        try
        {
            if (_version is { } found)
            {
                return found;
            }

            if (_failure is { } failure && _time.GetElapsedTime(failure.At) < FailureAge)
            {
                throw new HelmException(HelmFailure.Unavailable, failure.Message);
            }

            return _version = await AskVersionAsync(cancellationToken);
        }
        finally
        {
            _asking.Release();
        }
    }

    public async Task<HelmOutput> RunAsync(HelmRun run, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        try
        {
            using var directory = Stage(run);
            return await RunAsync(run.Arguments, directory.Path, _options.TimeLimit, cancellationToken);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose()
    {
        _places.Dispose();
        _asking.Dispose();
    }

    private async Task<string> AskVersionAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var directory = Stage(new([], []));
            var answer = await RunAsync(["version", "--template", "{{.Version}}"], directory.Path, VersionTimeLimit, cancellationToken);
            var version = Encoding.UTF8.GetString(answer.Output.Span).Trim();
            return HelmSupport.Problem(version, _options.Program) is { } problem ? throw new HelmException(HelmFailure.Unavailable, problem) : version;
        }
        catch (HelmException failure)
        {
            _failure = new(failure.Message, _time.GetTimestamp());
            throw failure.Failure == HelmFailure.Unavailable ? failure : new HelmException(HelmFailure.Unavailable, failure.Message, failure);
        }
    }

    private HelmDirectory Stage(HelmRun run)
    {
        try
        {
            return HelmDirectory.Create(_options.Directory, run.Files);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new HelmException(HelmFailure.Unavailable, $"the files of a chart cannot be written: {failure.Message}", failure);
        }
    }

    private async Task<HelmOutput> RunAsync(IReadOnlyList<string> arguments, string directory, TimeSpan timeLimit, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeLimit, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        using var process = Start(arguments, directory);
        var messages = BoundedOutput.ReadEndsAsync(process.StandardError.BaseStream, stop.Token);
        try
        {
            process.StandardInput.Close();
            var output = await BoundedOutput.ReadAsync(process.StandardOutput.BaseStream, _options.MaxOutputBytes, stop.Token)
                ?? throw new HelmException(HelmFailure.Limit, $"the chart renders to more than {_options.MaxOutputBytes} bytes: split it, or leave parts of it out");
            var text = await messages;
            await process.WaitForExitAsync(stop.Token);
            return process.ExitCode == 0 ? new(output, text) : throw Failed(process.ExitCode, text, directory);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new HelmException(HelmFailure.Limit, $"helm took longer than {timeLimit.TotalSeconds:0.#} s, and was stopped: a template may loop; --helm-timeout allows more");
        }
        catch (IOException failure)
        {
            throw new HelmException(HelmFailure.Unavailable, $"helm cannot be read: {failure.Message}", failure);
        }
        finally
        {
            await stop.CancelAsync();
            End(process);
            await ((Task)messages).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Process Start(IReadOnlyList<string> arguments, string directory)
    {
        var program = HelmLauncher.Find(_options.Program) ?? throw new HelmException(
            HelmFailure.Unavailable, $"there is no helm program '{_options.Program}': install Helm 4, or name it with --helm");
        try
        {
            return Process.Start(_launcher.StartInfo(program, directory, arguments)) ?? throw new Win32Exception("no process");
        }
        catch (Win32Exception failure)
        {
            throw new HelmException(HelmFailure.Unavailable, $"helm cannot be started: {failure.Message}", failure);
        }
    }

    private HelmException Failed(int exitCode, string messages, string directory)
    {
        if (exitCode == HelmJail.NotClosed)
        {
            return new(
                HelmFailure.Unavailable,
                $"helm cannot be kept apart from the operator, so no chart is rendered: {messages.Trim()}; --helm-isolation=none renders without, and is dangerous");
        }

        if (exitCode == KilledExitCode)
        {
            return new(HelmFailure.Limit, $"helm was stopped: the chart takes more than {_options.TimeLimit.TotalSeconds:0.#} s of processor time, or more memory than there is");
        }

        if (messages.Contains("out of memory", StringComparison.Ordinal) || messages.Contains("cannot allocate memory", StringComparison.Ordinal))
        {
            return new(HelmFailure.Limit, $"helm was stopped: the chart takes more than {_options.MaxMemoryBytes >> 20} MiB of memory");
        }

        if (messages.Contains("fatal error: stack overflow", StringComparison.Ordinal))
        {
            return new(HelmFailure.Limit, "helm was stopped: a template of the chart calls itself without end");
        }

        return new(HelmFailure.Chart, HelmMessage.Of(messages, directory));
    }

    private static void End(Process process)
    {
        try
        {
            if (!process.HasExited)
            {
                // It has no children: the jail lets it have none.
                process.Kill();
            }
        }
        catch (Exception failure) when (failure is InvalidOperationException or Win32Exception or NotSupportedException)
        {
            // It ended in between.
        }
    }

    private sealed record KnownFailure(string Message, long At);
}

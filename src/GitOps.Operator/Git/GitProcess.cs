using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace GitOps.Operator.Git;

/// <summary>One run of git.</summary>
/// <remarks>
/// <para><paramref name="Operation"/>: Its name in metrics, logs and messages.</para>
/// <para><paramref name="Repository"/>: What to call the repository in messages; never with credentials.</para>
/// <para><paramref name="Arguments"/>: Everything after <c>git</c>, but the git directory.</para>
/// </remarks>
internal sealed record GitCommand(string Operation, string Repository, IReadOnlyList<string> Arguments, TimeSpan TimeLimit)
{
    public string? GitDirectory { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Config { get; init; } = [];

    /// <summary>With what the server is reached; null: it is not, or with nothing.</summary>
    public GitPass? Pass { get; init; }

    public ReadOnlyMemory<byte> Input { get; init; }

    public int MaxOutputBytes { get; init; } = 1024 * 1024;

    /// <summary>Told what git wrote to stderr although it succeeded.</summary>
    public Action<string>? Remarked { get; init; }
}

/// <summary>
/// Runs git: a list of arguments, never a shell; the environment of <see cref="GitEnvironment"/>; a time limit after which the whole
/// process tree is killed; bounded output. Every failure is a <see cref="GitException"/>, and every run is observed.
/// </summary>
internal sealed class GitProcess
{
    private const int MaxErrorBytes = 16 * 1024;

    private readonly GitOptions _options;
    private readonly GitEnvironment _environment;
    private readonly IGitObserver _observer;
    private readonly TimeProvider _time;

    public GitProcess(GitOptions options, IGitObserver observer, TimeProvider time)
    {
        _options = options;
        _environment = new GitEnvironment(options);
        _observer = observer;
        _time = time;
    }

    /// <returns>What git wrote to stdout.</returns>
    /// <exception cref="GitException">Git failed, took too long, wrote too much or could not be started.</exception>
    public async Task<byte[]> RunAsync(GitCommand command, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var result = "canceled";
        try
        {
            var output = await RunOnceAsync(command, cancellationToken);
            result = "ok";
            return output;
        }
        catch (GitException exception)
        {
            result = exception.Kind.ToString();
            throw;
        }
        finally
        {
            _observer.Ran(command.Operation, command.Repository, result, _time.GetElapsedTime(started));
        }
    }

    /// <summary>A process to talk to; the caller ends it with <see cref="End"/>.</summary>
    /// <exception cref="GitException">The git program cannot be started.</exception>
    public Process Start(GitCommand command)
    {
        var start = new ProcessStartInfo(_options.GitProgram)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _options.CacheDirectory,
        };
        _environment.Fill(start.Environment, command.Pass is { } pass ? [.. command.Config, .. pass.Config] : command.Config, command.Pass?.Environment);
        if (command.GitDirectory is { } directory)
        {
            start.ArgumentList.Add("--git-dir=" + directory);
        }

        foreach (var argument in command.Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            return Process.Start(start) ?? throw new Win32Exception("no process");
        }
        catch (Win32Exception exception)
        {
            throw new GitException(
                GitFailure.Other, $"the git program '{_options.GitProgram}' cannot be started: install git, or correct its path ({exception.Message})", exception);
        }
    }

    /// <remarks>
    /// <paramref name="mayHaveChildren"/>: they are found by looking at every process of the machine, which is not for each of many readers.
    /// </remarks>
    public static void End(Process process, bool mayHaveChildren = true)
    {
        try
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: mayHaveChildren);
            }
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception or NotSupportedException or AggregateException)
        {
            // It ended in between.
        }
    }

    private async Task<byte[]> RunOnceAsync(GitCommand command, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(command.TimeLimit, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        using var process = Start(command);
        var errors = ReadErrorsAsync(process.StandardError.BaseStream, stop.Token);
        var input = WriteInputAsync(process.StandardInput.BaseStream, command.Input, stop.Token);
        try
        {
            var output = await ReadOutputAsync(process.StandardOutput.BaseStream, command, stop.Token);
            var stderr = await errors;
            await input;
            await process.WaitForExitAsync(stop.Token);
            if (process.ExitCode == 0)
            {
                command.Remarked?.Invoke(stderr);
                return output;
            }

            throw GitErrors.From(command.Repository, command.Operation, command.Pass?.Redact(stderr) ?? stderr, process.ExitCode, command.GitDirectory is not null);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new GitException(
                GitFailure.Timeout,
                $"{GitErrors.Clean(command.Repository)}: git {command.Operation} took longer than {command.TimeLimit.TotalSeconds:0.#} s and was stopped; retrying");
        }
        catch (IOException exception)
        {
            throw new GitException(GitFailure.Other, $"{GitErrors.Clean(command.Repository)}: git {command.Operation} cannot be read: {exception.Message}", exception);
        }
        finally
        {
            await stop.CancelAsync();
            End(process);
            await Task.WhenAll(errors, input).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<byte[]> ReadOutputAsync(Stream stdout, GitCommand command, CancellationToken cancellationToken)
    {
        using var output = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int count;
        while ((count = await stdout.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (output.Length + count > command.MaxOutputBytes)
            {
                throw new GitException(
                    GitFailure.TooLarge, $"{GitErrors.Clean(command.Repository)}: git {command.Operation} answered more than {command.MaxOutputBytes} bytes");
            }

            output.Write(buffer.AsSpan(0, count));
        }

        return output.ToArray();
    }

    private static async Task<string> ReadErrorsAsync(Stream stderr, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxErrorBytes];
        var waste = new byte[4096];
        var length = 0;
        while (true)
        {
            var target = length < buffer.Length ? buffer.AsMemory(length) : waste;
            var count = await stderr.ReadAsync(target, cancellationToken);
            if (count == 0)
            {
                return Encoding.UTF8.GetString(buffer, 0, length);
            }

            length = Math.Min(length + count, buffer.Length);
        }
    }

    private static async Task WriteInputAsync(Stream stdin, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        try
        {
            await stdin.WriteAsync(input, cancellationToken);
            stdin.Close();
        }
        catch (IOException)
        {
            // Git ended before it read everything; its exit code and stderr say why.
        }
    }
}

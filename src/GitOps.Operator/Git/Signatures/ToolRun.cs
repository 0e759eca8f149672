using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace GitOps.Operator.Git.Signatures;

/// <summary>What a program said.</summary>
internal sealed record ToolAnswer(int ExitCode, string Output, string Errors);

/// <summary>
/// Runs git and gpg where their exit code and both of their outputs count. Like <see cref="GitProcess"/>: no shell, an environment
/// of its own, a time limit for the whole tree, bounded output.
/// </summary>
internal sealed class ToolRun
{
    private const int MaxBytes = 16 * 1024 * 1024;

    private readonly GitOptions _options;
    private readonly GitEnvironment _environment;
    private readonly TimeProvider _time;

    public ToolRun(GitOptions options, TimeProvider time)
    {
        _options = options;
        _environment = new GitEnvironment(options);
        _time = time;
    }

    /// <param name="program">On the PATH, or a path.</param>
    /// <param name="package">What to install where it is missing.</param>
    /// <param name="arguments">After the program's name.</param>
    /// <param name="config">Settings of git for this run.</param>
    /// <param name="variables">Of the environment, beside those of git.</param>
    /// <param name="input">Written to it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="VerificationException">It cannot be started, takes too long or says too much.</exception>
    public async Task<ToolAnswer> RunAsync(
        string program, string package, IReadOnlyList<string> arguments, IReadOnlyList<KeyValuePair<string, string>> config,
        IReadOnlyDictionary<string, string> variables, string input, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_options.FetchTimeout, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        using var process = Start(program, package, arguments, config, variables);
        var output = ReadAsync(process.StandardOutput.BaseStream, stop.Token);
        var errors = ReadAsync(process.StandardError.BaseStream, stop.Token);
        try
        {
            await WriteAsync(process.StandardInput.BaseStream, input, stop.Token);
            await Task.WhenAll(output, errors);
            await process.WaitForExitAsync(stop.Token);
            return new(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new VerificationException("VerificationFailed", $"{program} took longer than {_options.FetchTimeout.TotalSeconds:0.#} s and was stopped; retrying");
        }
        catch (IOException exception)
        {
            throw new VerificationException("VerificationFailed", $"{program} cannot be read: {exception.Message}", exception);
        }
        finally
        {
            await stop.CancelAsync();
            GitProcess.End(process);
            await ((Task)Task.WhenAll(output, errors)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Process Start(
        string program, string package, IReadOnlyList<string> arguments, IReadOnlyList<KeyValuePair<string, string>> config,
        IReadOnlyDictionary<string, string> variables)
    {
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _options.CacheDirectory,
        };
        _environment.Fill(start.Environment, config);
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            return Process.Start(start) ?? throw new Win32Exception("no process");
        }
        catch (Win32Exception exception)
        {
            throw VerificationException.NoProgram(program, package, exception);
        }
    }

    private static async Task<string> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var all = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int count;
        while ((count = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (all.Length + count > MaxBytes)
            {
                throw new IOException($"it says more than {MaxBytes} bytes");
            }

            all.Write(buffer.AsSpan(0, count));
        }

        return Encoding.UTF8.GetString(all.GetBuffer(), 0, (int)all.Length);
    }

    private static async Task WriteAsync(Stream stdin, string input, CancellationToken cancellationToken)
    {
        try
        {
            await stdin.WriteAsync(Encoding.UTF8.GetBytes(input), cancellationToken);
            stdin.Close();
        }
        catch (IOException)
        {
            // It ended before it read everything; its exit code says why.
        }
    }
}

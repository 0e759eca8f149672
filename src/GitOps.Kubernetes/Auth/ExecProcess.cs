using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;

namespace GitOps.Kubernetes.Auth;

/// <summary>
/// Runs a credential plugin once: no shell, no terminal, closed input, bounded output, and an end to the whole process tree
/// when it takes too long.
/// </summary>
internal static class ExecProcess
{
    private const int MaxOutput = 1024 * 1024;
    private const int MaxErrorText = 4096;

    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="ApiConnectionException">It cannot be started, fails, or takes too long.</exception>
    public static async Task<string> RunAsync(ExecPlugin plugin, KubernetesClientOptions options, CancellationToken cancellationToken)
    {
        using var process = Start(plugin);
        process.StandardInput.Close();
        using var deadline = new CancellationTokenSource(plugin.Timeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            var output = ReadAsync(process.StandardOutput, MaxOutput, either.Token);
            var errors = ReadAsync(process.StandardError, MaxErrorText, either.Token);
            await Task.WhenAll(output, errors, process.WaitForExitAsync(either.Token));
            if (await errors is { Length: > 0 } text)
            {
                options.Notify(NoticeKind.PluginOutput, $"{plugin.Command}: {text.Trim()}");
            }

            return process.ExitCode == 0
                ? await output
                : throw new ApiConnectionException($"credential plugin {plugin.Command} ended with exit code {process.ExitCode}", inner: null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ApiConnectionException(
                $"credential plugin {plugin.Command} gave no answer within {plugin.Timeout.TotalSeconds:0} s", inner: null, isTimeout: true);
        }
        finally
        {
            Kill(process);
        }
    }

    private static Process Start(ExecPlugin plugin)
    {
        var start = new ProcessStartInfo(plugin.Command)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        foreach (var argument in plugin.Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in plugin.Environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["KUBERNETES_EXEC_INFO"] = ExecCredential.Request(plugin);
        try
        {
            return Process.Start(start)!;
        }
        catch (Exception exception) when (exception is Win32Exception or IOException)
        {
            var hint = plugin.InstallHint is { } text ? $"; {text.Trim()}" : "; is it installed, and on the PATH?";
            throw new ApiConnectionException($"credential plugin {plugin.Command} cannot be started{hint}", exception);
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader, int limit, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var buffer = new char[4096];
        while (await reader.ReadAsync(buffer, cancellationToken) is var read and > 0)
        {
            // What is over the limit is read and dropped: a full pipe would block the plugin.
            text.Append(buffer, 0, Math.Min(read, limit - text.Length));
        }

        return text.ToString();
    }

    private static void Kill(Process process)
    {
        try
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception or NotSupportedException)
        {
            // It ended by itself in between.
        }
    }
}

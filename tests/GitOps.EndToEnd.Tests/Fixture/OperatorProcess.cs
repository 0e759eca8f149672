using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using GitOps.Operator.Options;

namespace GitOps.EndToEnd.Tests.Fixture;

/// <summary>The operator as a process of its own, which can be killed.</summary>
internal sealed partial class OperatorProcess : IRunningOperator
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly TaskCompletionSource<Uri> _serving = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private OperatorProcess(Process process) => _process = process;

    public IReadOnlyCollection<string> Log => _lines;

    /// <summary>The lines of the standard error alone.</summary>
    public IReadOnlyCollection<string> Errors => _errors;

    /// <summary>Where health and metrics are; when it has said so.</summary>
    public Task<Uri> Address => _serving.Task;

    /// <summary>Whether it has ended, for whatever reason.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Its number among the processes of this machine.</summary>
    public int Id => _process.Id;

    /// <summary>Starts <c>gitops-operator run</c>; does not wait.</summary>
    /// <param name="options">Those that a process of tests can be given.</param>
    /// <param name="kubeconfig">Its path.</param>
    /// <param name="variables">Of its environment, beside this process's.</param>
    /// <param name="arguments">Further ones.</param>
    public static OperatorProcess Start(
        OperatorOptions options, string kubeconfig, IEnumerable<KeyValuePair<string, string?>> variables, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(DotNet)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in Arguments(options, kubeconfig).Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        var process = new Process { StartInfo = start };
        var running = new OperatorProcess(process);
        process.OutputDataReceived += (_, line) => running.Take(line.Data);
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is { } text)
            {
                running._errors.Enqueue(text);
            }

            running.Take(line.Data);
        };
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return running;
    }

    /// <summary>Waits until <c>/readyz</c> says so.</summary>
    public async Task WaitUntilReadyAsync()
    {
        var address = await Address.WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);
        using var http = new HttpClient { BaseAddress = address };
        await Eventually.IsTrueAsync("the operator is ready", async () =>
        {
            using var answer = await http.GetAsync(new Uri("/readyz", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }, () => Task.FromResult(string.Join('\n', Log)));
    }

    /// <summary>kill -9; returns when it is dead.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
    }

    /// <summary>SIGSTOP, SIGCONT, SIGTERM: by name, as kill takes it.</summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", ["-s", name, Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        kill.ExitCode.ShouldBe(0, $"kill -s {name}");
    }

    /// <summary>Waits until it has ended by itself; its exit code.</summary>
    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Eventually.Deadline);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    /// <summary>The program that starts others of this runtime.</summary>
    internal static string DotNet => Path.GetFullPath(Path.Combine(
        RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));

    private static IEnumerable<string> Arguments(OperatorOptions options, string kubeconfig)
    {
        string[] fixedOnes =
        [
            Path.Combine(AppContext.BaseDirectory, "gitops-operator.dll"), "run", "--kubeconfig", kubeconfig, "--log-format", options.LogFormat == LogFormat.Json ? "json" : "text",
            "--operator-namespace", options.OperatorNamespace, "--cache-directory", options.CacheDirectory, "--listen", options.Listen,
            "--allow-local-repositories",
        ];
        return fixedOnes
            .Concat(options.Namespaces.SelectMany(static name => (string[])["--namespace", name]))
            .Concat(options.TrustedNamespaces.SelectMany(static name => (string[])["--trusted-namespaces", name]))
            .Concat(options.FormerManagers.SelectMany(static name => (string[])["--former-managers", name]));
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            _serving.TrySetException(new InvalidOperationException("the operator ended:\n" + string.Join('\n', _lines)));
            return;
        }

        _lines.Enqueue(line);
        if (ListenAddress().Match(line) is { Success: true } match)
        {
            _serving.TrySetResult(new Uri(match.Value));
        }
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:[1-9]\d*", RegexOptions.CultureInvariant)]
    private static partial Regex ListenAddress();
}

using System.Collections.Concurrent;
using System.Diagnostics;
using GitOps.EndToEnd.Tests.Fixture;

namespace GitOps.EndToEnd.Tests.Guides;

/// <summary><c>gitops-operator sandbox</c> as a reader starts it: a process of its own, on a copy of the examples.</summary>
internal sealed class SandboxProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    private SandboxProcess(Process process) => _process = process;

    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>What it says of itself when it is up: <c>kubeconfig</c>, <c>repository</c>, <c>metrics</c>.</summary>
    public string this[string name] => Find(name) ?? throw new KeyNotFoundException($"the sandbox does not say its {name}");

    /// <param name="command">The command line of <c>gitops-operator</c>.</param>
    /// <param name="helm">The helm program.</param>
    /// <param name="temporary">Where it makes its directory.</param>
    public static async Task<SandboxProcess> StartAsync(IReadOnlyList<string> command, string helm, string temporary)
    {
        var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])[.. command.Skip(1), "sandbox", "--helm", helm])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["TMPDIR"] = temporary;
        var process = new Process { StartInfo = start };
        var sandbox = new SandboxProcess(process);
        process.OutputDataReceived += (_, line) => sandbox.Take(line.Data);
        process.ErrorDataReceived += (_, line) => sandbox.Take(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await Eventually.IsTrueAsync(
            "the sandbox is up", () => Task.FromResult(process.HasExited || sandbox.Find("metrics") is not null),
            () => Task.FromResult(string.Join('\n', sandbox.Lines)));
        return process.HasExited ? throw new InvalidOperationException("the sandbox ended:\n" + string.Join('\n', sandbox.Lines)) : sandbox;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private string? Find(string name) => _lines
        .Where(line => line.StartsWith(name + " ", StringComparison.Ordinal))
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1])
        .FirstOrDefault();

    private void Take(string? line)
    {
        if (line is not null)
        {
            _lines.Enqueue(line);
        }
    }
}

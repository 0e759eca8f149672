using System.CommandLine;
using System.Diagnostics;
using GitOps.Benchmarks.Operators;
using GitOps.Sandbox;

namespace GitOps.Benchmarks.Cluster;

/// <summary>The sandbox in a process of its own, so that what it costs is not taken for the operator's. It ends with its input.</summary>
internal sealed class SandboxProcess : IAsyncDisposable
{
    private const string Name = "sandbox-server";
    private const string Ready = "ready";

    private readonly Process _process;

    private SandboxProcess(Process process, string kubeconfig) => (_process, Kubeconfig) = (process, kubeconfig);

    public string Kubeconfig { get; }

    public int Id => _process.Id;

    /// <summary>The hidden command that the process runs.</summary>
    public static Command Command()
    {
        var kubeconfig = new Argument<string>("kubeconfig");
        var command = new Command(Name) { kubeconfig };
        command.Hidden = true;
        command.SetAction((parsed, cancellationToken) => ServeAsync(parsed.GetValue(kubeconfig)!, cancellationToken));
        return command;
    }

    public static async Task<SandboxProcess> StartAsync(string kubeconfig, CancellationToken cancellationToken)
    {
        var process = DotNet.Start(typeof(SandboxProcess).Assembly.Location, [Name, kubeconfig], redirectInput: true);
        process.BeginErrorReadLine();
        var line = await process.StandardOutput.ReadLineAsync(cancellationToken);
        return line == Ready
            ? new SandboxProcess(process, kubeconfig)
            : throw new InvalidOperationException("the sandbox did not start");
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task<int> ServeAsync(string kubeconfig, CancellationToken cancellationToken)
    {
        var options = new SandboxOptions { RecordRequests = false, HistoryLength = 100_000 };
        await using var server = await SandboxServer.StartAsync(options, cancellationToken);
        server.WriteKubeconfig(kubeconfig);
        Console.WriteLine(Ready);
        while (await Console.In.ReadLineAsync(cancellationToken) is not null)
        {
            // Only the end of the input counts.
        }

        return 0;
    }
}

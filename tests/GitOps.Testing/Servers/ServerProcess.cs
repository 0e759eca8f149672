using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace GitOps.Testing.Servers;

/// <summary>A real server that a test has started on the loopback device.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly List<string> _said = [];

    private ServerProcess(ProcessStartInfo start)
    {
        start.RedirectStandardError = true;
        start.RedirectStandardOutput = true;
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    /// <summary>Starts a program and waits until it is so; another attempt follows where it ends, as when its port was taken meanwhile.</summary>
    public static async Task<ServerProcess> StartAsync(Func<ProcessStartInfo> prepare, Func<Task<bool>> isReady)
    {
        var clock = Stopwatch.StartNew();
        var server = new ServerProcess(prepare());
        while (!await isReady())
        {
            if (clock.Elapsed > Deadline)
            {
                var said = server.Said();
                server.Dispose();
                Assert.Fail($"the server is not ready: {said}");
            }

            if (server._process.HasExited)
            {
                server.Dispose();
                server = new ServerProcess(prepare());
            }

            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        return server;
    }

    /// <summary>A port that nobody listens at just now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Whether something listens there.</summary>
    public static async Task<bool> AnswersAsync(int port)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>What it has written, a line each.</summary>
    public string Said()
    {
        lock (_said)
        {
            return string.Join('\n', _said);
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is not null)
        {
            lock (_said)
            {
                _said.Add(line);
            }
        }
    }
}

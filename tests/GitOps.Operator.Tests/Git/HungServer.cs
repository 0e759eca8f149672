using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;

namespace GitOps.Operator.Tests.Git;

/// <summary>Takes connections and keeps them: it says nothing, or goes on with an answer forever, a byte at a time.</summary>
internal sealed partial class HungServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _stopped;
    private readonly X509Certificate2? _certificate;
    private int _served;

    /// <param name="certificate">With which it begins answers; null: it says nothing at all.</param>
    public HungServer(X509Certificate2? certificate)
    {
        _certificate = certificate;
        _stopped = _stop.Token;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>How many have been taken, and have got the first bytes where they get any.</summary>
    public int Served => Volatile.Read(ref _served);

    /// <summary>Whether one of those was the program, whose version has three parts.</summary>
    public bool HasServedGit { get; private set; }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stopped));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var connection = client;
        try
        {
            if (_certificate is null)
            {
                Interlocked.Increment(ref _served);
                await Task.Delay(Timeout.Infinite, _stopped);
            }

            await using var stream = new SslStream(connection.GetStream());
            await stream.AuthenticateAsServerAsync(_certificate!);
            var head = await ReadHeadAsync(stream);
            await stream.WriteAsync(
                Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\n\r\n001e# service=git-upload-pack\n0000"),
                _stopped);
            Interlocked.Increment(ref _served);
            HasServedGit |= GitProgram().IsMatch(head);
            for (var i = 0; ; i++)
            {
                // The beginning of a packet that never ends.
                await stream.WriteAsync(new[] { (byte)(i < 4 ? "fff0"[i] : 'x') }, _stopped);
                await Task.Delay(20, _stopped);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The client has had enough, or the test is over.
        }
    }
    private async Task<string> ReadHeadAsync(SslStream stream)
    {
        var head = new StringBuilder();
        var buffer = new byte[4096];
        while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(buffer, _stopped) is > 0 and var read)
        {
            head.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }

        return head.ToString();
    }

    [GeneratedRegex(@"^User-Agent: git/\d+\.\d+\.\d+", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex GitProgram();
}

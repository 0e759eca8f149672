using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace GitOps.Operator.Tests.Git;

/// <summary>Takes connections and keeps them: it says nothing, or goes on with an answer forever, a byte at a time.</summary>
internal sealed class HungServer : IDisposable
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
            await stream.WriteAsync(
                Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\n\r\n001e# service=git-upload-pack\n0000"),
                _stopped);
            Interlocked.Increment(ref _served);
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
}

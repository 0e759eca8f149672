using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace GitOps.Kubernetes.Tests.Support;

/// <summary>An HTTP proxy that tunnels, once it is given user and password; over TLS if it has a certificate.</summary>
internal sealed class ConnectProxy : IAsyncDisposable
{
    private readonly ProxyListener _listener;
    private readonly string? _authorization;
    private readonly X509Certificate2? _certificate;

    public ConnectProxy(string? user = null, string? password = null, X509Certificate2? certificate = null)
    {
        _authorization = user is null
            ? null
            : "Proxy-Authorization: Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes($"{user}:{password}"));
        _certificate = certificate;
        _listener = new ProxyListener(TunnelAsync);
    }

    public int Port => _listener.Port;

    /// <summary>Hosts and ports that were asked for.</summary>
    public IReadOnlyCollection<string> Tunnels => _listener.Tunnels;

    /// <summary>All that came in the clear before the tunnels, credentials apart.</summary>
    public ConcurrentQueue<string> Heads { get; } = new();

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task TunnelAsync(Stream connection)
    {
        if (_certificate is not null)
        {
            var tls = new SslStream(connection);
            await tls.AuthenticateAsServerAsync(_certificate, clientCertificateRequired: false, SslProtocols.None, checkCertificateRevocation: false);
            connection = tls;
        }

        while (true)
        {
            var head = await ReadHeadAsync(connection);
            Heads.Enqueue(head);
            if (_authorization is null || head.Contains(_authorization, StringComparison.Ordinal))
            {
                await _listener.JoinAsync(connection, head.Split(' ')[1], "HTTP/1.1 200 OK\r\n\r\n"u8.ToArray());
                return;
            }

            await connection.WriteAsync("HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        }
    }

    private static async Task<string> ReadHeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one) == 1)
        {
            head.Append((char)one[0]);
        }

        return head.Length == 0 ? throw new IOException("the client went away") : head.ToString();
    }
}

/// <summary>Accepts connections, and joins each with the server it asks for.</summary>
internal sealed class ProxyListener : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<Stream, Task> _serve;
    private readonly ConcurrentQueue<string> _tunnels = new();
    private readonly Task _accepting;

    public ProxyListener(Func<Stream, Task> serve)
    {
        _serve = serve;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public IReadOnlyCollection<string> Tunnels => _tunnels;

    /// <param name="connection">The client's.</param>
    /// <param name="target">Host and port; every name leads to this machine.</param>
    /// <param name="answer">Sent to the client when the server is reached.</param>
    public async Task JoinAsync(Stream connection, string target, byte[] answer)
    {
        _tunnels.Enqueue(target);
        using var server = new TcpClient();
        await server.ConnectAsync(IPAddress.Loopback, int.Parse(target[(target.LastIndexOf(':') + 1)..]));
        await connection.WriteAsync(answer);
        await Task.WhenAny(connection.CopyToAsync(server.GetStream()), server.GetStream().CopyToAsync(connection));
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await _serve(client.GetStream());
            }
            catch (Exception exception) when (exception is IOException or AuthenticationException)
            {
                // The client does not like it, or went away.
            }
        }
    }
}

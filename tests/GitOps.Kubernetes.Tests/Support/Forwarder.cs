using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace GitOps.Kubernetes.Tests.Support;

/// <summary>A way to a server on which connections can go dead without a word, as when a firewall forgets them; new ones work.</summary>
internal sealed class Forwarder : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _server;
    private readonly ConcurrentQueue<Connection> _connections = new();
    private readonly Task _accepting;

    public Forwarder(int server)
    {
        _server = server;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How often something was sent that did not get through.</summary>
    public int Swallowed => _connections.Sum(static connection => connection.Swallowed);

    /// <summary>Nothing passes any more over those that are open.</summary>
    public void Freeze()
    {
        foreach (var connection in _connections)
        {
            connection.IsFrozen = true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = new Connection(await _listener.AcceptTcpClientAsync());
                await connection.Server.ConnectAsync(IPAddress.Loopback, _server);
                _connections.Enqueue(connection);
                _ = connection.CopyAsync(connection.Client, connection.Server);
                _ = connection.CopyAsync(connection.Server, connection.Client);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private sealed class Connection : IDisposable
    {
        private volatile bool _isFrozen;
        private int _swallowed;

        public Connection(TcpClient client) => Client = client;

        public TcpClient Client { get; }

        public TcpClient Server { get; } = new();

        public bool IsFrozen
        {
            set => _isFrozen = value;
        }

        public int Swallowed => Volatile.Read(ref _swallowed);

        public async Task CopyAsync(TcpClient from, TcpClient to)
        {
            var buffer = new byte[16 * 1024];
            try
            {
                while (await from.GetStream().ReadAsync(buffer) is var read and > 0)
                {
                    if (_isFrozen)
                    {
                        Interlocked.Increment(ref _swallowed);
                        continue;
                    }

                    await to.GetStream().WriteAsync(buffer.AsMemory(0, read));
                }
            }
            catch (Exception exception) when (exception is IOException or InvalidOperationException)
            {
                // One of the two is gone.
            }

            if (!_isFrozen)
            {
                Dispose();
            }
        }

        public void Dispose()
        {
            Client.Dispose();
            Server.Dispose();
        }
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace GitOps.Kubernetes.Tests.Support;

/// <summary>A SOCKS5 proxy (RFC 1928), that may ask for user and password (RFC 1929).</summary>
internal sealed class SocksProxy : IAsyncDisposable
{
    private const byte NoAuthentication = 0;
    private const byte UserAndPassword = 2;

    private readonly ProxyListener _listener;
    private readonly string? _user;

    /// <param name="user"><c>user:password</c>; null: nobody is asked.</param>
    public SocksProxy(string? user = null)
    {
        _user = user;
        _listener = new ProxyListener(ServeAsync);
    }

    public int Port => _listener.Port;

    public IReadOnlyCollection<string> Tunnels => _listener.Tunnels;

    public ConcurrentQueue<string> Users { get; } = new();

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ServeAsync(Stream stream)
    {
        var greeting = await ReadAsync(stream, 2);
        await ReadAsync(stream, greeting[1]);
        await stream.WriteAsync(new byte[] { 5, _user is null ? NoAuthentication : UserAndPassword });
        if (_user is not null)
        {
            var name = await ReadTextAsync(stream, (await ReadAsync(stream, 2))[1]);
            var password = await ReadTextAsync(stream, (await ReadAsync(stream, 1))[0]);
            Users.Enqueue($"{name}:{password}");
            var isRight = $"{name}:{password}" == _user;
            await stream.WriteAsync(new byte[] { 1, isRight ? (byte)0 : (byte)1 });
            if (!isRight)
            {
                return;
            }
        }

        var request = await ReadAsync(stream, 4);
        var host = request[3] switch
        {
            1 => new IPAddress(await ReadAsync(stream, 4)).ToString(),
            3 => await ReadTextAsync(stream, (await ReadAsync(stream, 1))[0]),
            _ => new IPAddress(await ReadAsync(stream, 16)).ToString(),
        };
        var port = await ReadAsync(stream, 2);
        await _listener.JoinAsync(stream, $"{host}:{(port[0] << 8) + port[1]}", [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    }

    private static async Task<byte[]> ReadAsync(Stream stream, int count)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }

    private static async Task<string> ReadTextAsync(Stream stream, int count) => Encoding.ASCII.GetString(await ReadAsync(stream, count));
}

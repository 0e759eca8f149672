using System.Net.Security;
using System.Net.Sockets;

namespace GitOps.Kubernetes.Http;

/// <summary>
/// Connects with another name for TLS than the host's. The handler itself always takes the name from the request, and setting
/// a Host header for it would change what gateways route by; so the handshake is made here.
/// </summary>
internal static class NamedTls
{
    /// <param name="tls">With the name as its TargetHost.</param>
    /// <param name="mayUseHttp2">Whether the server may choose it; what it chooses has to be spoken.</param>
    public static Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> Connect(
        SslClientAuthenticationOptions tls, bool mayUseHttp2)
    {
        tls.ApplicationProtocols = mayUseHttp2 ? [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11] : [SslApplicationProtocol.Http11];
        return async (context, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            SslStream? stream = null;
            try
            {
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
                await stream.AuthenticateAsClientAsync(tls, cancellationToken);
                return stream;
            }
            catch
            {
                socket.Dispose();
                if (stream is not null)
                {
                    await stream.DisposeAsync();
                }

                throw;
            }
        };
    }
}

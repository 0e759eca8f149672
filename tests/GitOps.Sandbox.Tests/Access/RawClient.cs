using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Tests.Access;

/// <summary>One header line of a request.</summary>
public sealed record HeaderLine(string Name, string Value);

/// <summary>What a request gave.</summary>
public sealed record RawAnswer(int Status, IReadOnlyList<HeaderLine> Headers, string Body)
{
    public JsonObject Json => Body.StartsWith('{') ? KubernetesJson.ParseObject(Body) : [];

    public IReadOnlyList<string> All(string name) =>
        [.. Headers.Where(header => string.Equals(header.Name, name, StringComparison.OrdinalIgnoreCase)).Select(static header => header.Value)];
}

/// <summary>
/// HTTP/1.1 by hand, one connection for each request: .NET's own client joins the lines of a header that is given more than
/// once, and several groups would become one with a comma in its name.
/// </summary>
public static class RawClient
{
    public static async Task<RawAnswer> SendAsync(
        Uri server, string method, string path, IEnumerable<HeaderLine> headers, string? body, X509Certificate2? certificate = null)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var socket = new TcpClient();
        await socket.ConnectAsync(server.Host, server.Port, cancellationToken);
        await using var tls = new SslStream(socket.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = server.Host,
                ClientCertificates = certificate is null ? null : [certificate],
                LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
                RemoteCertificateValidationCallback = static (_, _, _, _) => true,
            },
            cancellationToken);

        var content = Encoding.UTF8.GetBytes(body ?? string.Empty);
        var head = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"{method} {path} HTTP/1.1\r\nHost: {server.Authority}\r\nConnection: close\r\n")
            .Append(CultureInfo.InvariantCulture, $"Content-Length: {content.Length}\r\n");
        foreach (var (name, value) in headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        await tls.WriteAsync(Encoding.UTF8.GetBytes(head.Append("\r\n").ToString()), cancellationToken);
        await tls.WriteAsync(content, cancellationToken);
        using var received = new MemoryStream();
        await tls.CopyToAsync(received, cancellationToken);
        return Parse(received.ToArray());
    }

    private static RawAnswer Parse(ReadOnlySpan<byte> received)
    {
        var end = received.IndexOf("\r\n\r\n"u8);
        var lines = Encoding.UTF8.GetString(received[..end]).Split("\r\n");
        var headers = lines.Skip(1).Select(static line => line.Split(':', 2)).Select(static parts => new HeaderLine(parts[0], parts[1].Trim())).ToList();
        var isChunked = headers.Exists(static header => header is { Value: "chunked" });
        var body = received[(end + 4)..];
        return new(
            int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture), headers, Encoding.UTF8.GetString(isChunked ? Unchunk(body) : body));
    }

    private static byte[] Unchunk(ReadOnlySpan<byte> body)
    {
        var whole = new List<byte>();
        while (true)
        {
            var line = body.IndexOf("\r\n"u8);
            var length = int.Parse(Encoding.ASCII.GetString(body[..line]), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (length == 0)
            {
                return [.. whole];
            }

            whole.AddRange(body.Slice(line + 2, length));
            body = body[(line + 2 + length + 2)..];
        }
    }
}

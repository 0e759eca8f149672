using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace GitOps.Operator.Git;

/// <summary>
/// Asks an https server for its refs over a connection that stays open: one small request (protocol v2, `ls-refs`) instead of two
/// processes and a TLS handshake per poll. It has no credentials and follows no redirect: where those are needed, it cannot tell.
/// </summary>
internal sealed class HttpRefProbe : IRefProbe, IDisposable
{
    private const int MaxBytes = 32 * 1024 * 1024;
    private const int LongestPacket = 65520;

    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);

    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdef"u8);

    private readonly HttpClient _client;
    private readonly TimeProvider _time;

    /// <remarks><paramref name="handler"/>: must not follow redirects.</remarks>
    public HttpRefProbe(HttpMessageHandler handler, TimeProvider time)
    {
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _time = time;
    }

    /// <summary>Connections that outlive a usual interval, but not a change of the server's address.</summary>
    public static SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,

        // Traces are ours: servers of others are told nothing of them.
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(100),
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        MaxConnectionsPerServer = 4,
    };

    public async ValueTask<string?> FingerprintAsync(GitUrl url, IReadOnlySet<string> wanted, CancellationToken cancellationToken)
    {
        if (url.Transport != GitTransport.Https || url.Text.Contains('?', StringComparison.Ordinal))
        {
            return null;
        }

        using var limit = new CancellationTokenSource(TimeLimit, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        using var request = new HttpRequestMessage(HttpMethod.Post, url.Text.TrimEnd('/') + "/git-upload-pack")
        {
            Content = new ByteArrayContent(Question(wanted)),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-git-upload-pack-request");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/x-git-upload-pack-result"));
        request.Headers.Add("Git-Protocol", "version=2");
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("git", "2.0"));
        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop.Token);
            return response.StatusCode == HttpStatusCode.OK
                && response.Content.Headers.ContentType?.MediaType == "application/x-git-upload-pack-result"
                ? await HashAsync(await response.Content.ReadAsStreamAsync(stop.Token), stop.Token)
                : null;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    public async ValueTask<bool> IsDumbAsync(GitUrl url, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(TimeLimit, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        using var request = new HttpRequestMessage(HttpMethod.Get, url.Text.TrimEnd('/') + "/info/refs?service=git-upload-pack");
        request.Headers.Add("Git-Protocol", "version=2");
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("git", "2.0"));
        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop.Token);
            return response.StatusCode == HttpStatusCode.OK
                && response.Content.Headers.ContentType?.MediaType != "application/x-git-upload-pack-advertisement";
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    public void Dispose() => _client.Dispose();

    private static byte[] Question(IReadOnlySet<string> wanted)
    {
        var text = new StringBuilder();
        Packet("command=ls-refs\n");
        text.Append("0001");
        Packet("peel\n");
        Packet("symrefs\n");
        Packet("ref-prefix HEAD\n");
        Packet("ref-prefix refs/heads/\n");
        Packet("ref-prefix refs/tags/\n");
        foreach (var name in wanted.Where(static name => name.Length < 1000 && name.All(char.IsAscii) && !name.Any(char.IsControl)))
        {
            Packet($"ref-prefix {name}\n");
        }

        text.Append("0000");
        return Encoding.ASCII.GetBytes(text.ToString());

        void Packet(string line) => text.Append(CultureInfo.InvariantCulture, $"{line.Length + 4:x4}{line}");
    }

    // Only an answer that is all refs counts. Anything else (an error in a packet, an older protocol, a login page) could be the
    // same every time and would hide every change.
    private static async Task<string?> HashAsync(Stream body, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[LongestPacket];
        var total = 0;
        var refs = 0;
        while (true)
        {
            if (await body.ReadAtLeastAsync(buffer.AsMemory(0, 4), 4, throwOnEndOfStream: false, cancellationToken) < 4
                || !ushort.TryParse(Encoding.ASCII.GetString(buffer, 0, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var length))
            {
                return null;
            }

            if (length == 0)
            {
                return refs > 0 ? Convert.ToHexStringLower(hash.GetHashAndReset()) : null;
            }

            var size = length - 4;
            total += length;
            if (size is < 42 or > LongestPacket - 4 || total > MaxBytes
                || await body.ReadAtLeastAsync(buffer.AsMemory(0, size), size, throwOnEndOfStream: false, cancellationToken) < size
                || !IsRef(buffer.AsSpan(0, size)))
            {
                return null;
            }

            hash.AppendData(buffer, 0, size);
            refs++;
        }
    }

    // "<id> <name>[ attributes]"; ids have 40 or 64 digits.
    private static bool IsRef(ReadOnlySpan<byte> line)
    {
        var space = line.IndexOf((byte)' ');
        return space is 40 or 64 && !line[..space].ContainsAnyExcept(HexDigits);
    }
}

/// <summary>The probe that knows a repository's kind of URL.</summary>
internal sealed class RefProbes : IRefProbe, IDisposable
{
    private readonly LocalRefProbe _local = new();
    private readonly HttpRefProbe _http;

    public RefProbes(HttpRefProbe http) => _http = http;

    public ValueTask<string?> FingerprintAsync(GitUrl url, IReadOnlySet<string> wanted, CancellationToken cancellationToken) => url.Transport switch
    {
        GitTransport.Local => _local.FingerprintAsync(url, wanted, cancellationToken),
        GitTransport.Https => _http.FingerprintAsync(url, wanted, cancellationToken),
        _ => new((string?)null),
    };

    public ValueTask<bool> IsDumbAsync(GitUrl url, CancellationToken cancellationToken) => _http.IsDumbAsync(url, cancellationToken);

    public void Dispose() => _http.Dispose();
}

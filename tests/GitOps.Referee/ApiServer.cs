using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace GitOps.Referee;

/// <summary>The API server, spoken to in plain HTTP and JSON.</summary>
public sealed class ApiServer : IDisposable
{
    private const int MaxAttempts = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly HttpClient _http;

    public ApiServer(Kubeconfig config)
    {
        var ssl = new SslClientAuthenticationOptions();
        if (config.Authority is { } authority)
        {
            ssl.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            ssl.CertificateChainPolicy.CustomTrustStore.ImportFromPem(authority);
        }

        if (config is { ClientCertificate: { } certificate, ClientKey: { } key })
        {
            ssl.ClientCertificates = [X509Certificate2.CreateFromPem(certificate, key)];
        }

        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, SslOptions = ssl, EnableMultipleHttp2Connections = true })
        {
            BaseAddress = config.Server,
            DefaultRequestVersion = HttpVersion.Version20,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if (config.Token is { } token)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    /// <summary>One request; a server that is busy, or has not read a new kind yet, is asked again.</summary>
    /// <param name="method">HTTP's.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="body">JSON; null: none.</param>
    /// <param name="contentType">Of the body.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public async Task<(HttpStatusCode Status, JsonObject Body)> SendAsync(
        HttpMethod method, string path, JsonNode? body, string contentType, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var answer = await SendOnceAsync(method, path, body, contentType, cancellationToken);
            if (answer.Status != HttpStatusCode.TooManyRequests || attempt == MaxAttempts)
            {
                return answer;
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    /// <summary>What is at a path; null if nothing is.</summary>
    /// <exception cref="HttpRequestException">The server refuses.</exception>
    public async Task<JsonObject?> GetAsync(string path, CancellationToken cancellationToken)
    {
        var (status, body) = await SendAsync(HttpMethod.Get, path, null, "application/json", cancellationToken);
        return status switch
        {
            HttpStatusCode.OK => body,
            HttpStatusCode.NotFound => null,
            _ => throw new HttpRequestException($"GET {path}: {(int)status} {body["message"]}", null, status),
        };
    }

    /// <summary>The events of a collection from a resourceVersion on, until the server ends the stream.</summary>
    /// <exception cref="HttpRequestException">The server refuses the watch.</exception>
    public async IAsyncEnumerable<(string Type, JsonObject Object)> WatchAsync(
        string path, string resourceVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var target = $"{path}?watch=true&allowWatchBookmarks=true&resourceVersion={Uri.EscapeDataString(resourceVersion)}";
        using var answer = await _http.GetAsync(new Uri(target, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"watch of {path}: {(int)answer.StatusCode}", null, answer.StatusCode);
        }

        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellationToken));
        while (await ReadLineAsync(reader, cancellationToken) is { } line)
        {
            if (line.Length > 0)
            {
                var item = JsonNode.Parse(line)!.AsObject();
                var subject = item["object"]!.AsObject();
                item.Remove("object");
                yield return (item["type"]!.GetValue<string>(), subject);
            }
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<(HttpStatusCode Status, JsonObject Body)> SendOnceAsync(
        HttpMethod method, string path, JsonNode? body, string contentType, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative))
        {
            Version = HttpVersion.Version20,
            Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, contentType),
        };
        using var answer = await _http.SendAsync(request, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        return (answer.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text)!.AsObject() : []);
    }

    // A stream that breaks has ended: whoever watches goes on from the version it has.
    private static async Task<string?> ReadLineAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadLineAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            return null;
        }
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using GitOps.Benchmarks.Figures;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;

namespace GitOps.Benchmarks.Cluster;

/// <summary>One apply, ready to be sent; without a body: one read.</summary>
internal sealed record RawRequest(string Path, byte[]? Body);

/// <summary>
/// The yardstick: plain <see cref="HttpClient"/> that sends prepared applies over 16 connections of HTTP/1.1 and looks at no answer
/// but its code. What it reaches is what the API server can take.
/// </summary>
internal sealed class RawLoop : IDisposable
{
    public const int Connections = 16;

    private const int LatencyRequests = 100;

    private static readonly MediaTypeHeaderValue ApplyPatch = new("application/apply-patch+yaml");

    private readonly HttpClient _http;
    private readonly HttpClient _streams;

    public RawLoop(ClusterConfig config)
    {
        var token = config.Credentials.Token ?? throw new InvalidOperationException("the kubeconfig must hold a token");
        _http = Client(config, token, new() { MaxConnectionsPerServer = Connections }, HttpVersion.Version11);
        _streams = Client(config, token, new() { EnableMultipleHttp2Connections = true }, HttpVersion.Version20);
    }

    /// <summary>An apply as the operator would send it.</summary>
    public static RawRequest Request(ApiResource resource, KubernetesObject item) => new(
        PathOf(resource, item) + "?fieldManager=gitops-benchmarks&force=true&fieldValidation=Strict", item.ToUtf8());

    /// <summary>Sends all of them as fast as the server takes them.</summary>
    /// <returns>Requests per second.</returns>
    public async Task<double> RunAsync(IReadOnlyList<RawRequest> requests, CancellationToken cancellationToken)
    {
        var next = -1;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(SendNextAsync, cancellationToken)));
        return requests.Count / Stopwatch.GetElapsedTime(started).TotalSeconds;

        async Task SendNextAsync()
        {
            for (var index = Interlocked.Increment(ref next); index < requests.Count; index = Interlocked.Increment(ref next))
            {
                await SendAsync(requests[index], cancellationToken);
            }
        }
    }

    /// <summary>How long one apply takes alone, one after the other: the median, in milliseconds.</summary>
    public async Task<double> LatencyAsync(string @namespace, CancellationToken cancellationToken)
    {
        var took = new List<double>(LatencyRequests);
        for (var index = 0; index < LatencyRequests; index++)
        {
            var request = Request(Kinds.ConfigMap, Workload.Yardstick(@namespace, index));
            var started = Stopwatch.GetTimestamp();
            await SendAsync(request, cancellationToken);
            took.Add(Sample.Milliseconds(started, Stopwatch.GetTimestamp()));
        }

        return Sample.Median(took);
    }

    /// <summary>A merge patch by somebody else.</summary>
    public async Task EditAsync(ApiResource resource, string @namespace, string name, string patch, CancellationToken cancellationToken)
    {
        var path = $"{CollectionOf(resource, @namespace)}/{name}?fieldManager=somebody";
        using var message = new HttpRequestMessage(HttpMethod.Patch, path)
        {
            Content = new StringContent(patch, Encoding.UTF8, "application/merge-patch+json"),
        };
        await SendAsync(message, cancellationToken);
    }

    /// <summary>Opens a watch; many of them share a few connections of HTTP/2.</summary>
    /// <returns>The lines of it, once it is open.</returns>
    public async Task<StreamReader> WatchAsync(string path, CancellationToken cancellationToken)
    {
        var answer = await _streams.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        answer.EnsureSuccessStatusCode();
        return new StreamReader(await answer.Content.ReadAsStreamAsync(cancellationToken), Encoding.UTF8);
    }

    public void Dispose()
    {
        _http.Dispose();
        _streams.Dispose();
    }

    private static HttpClient Client(ClusterConfig config, string token, SocketsHttpHandler handler, Version version)
    {
        handler.UseCookies = handler.UseProxy = false;
        if (config.CertificateAuthority is { } authority)
        {
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.ImportFromPem(Encoding.UTF8.GetString(authority.Read()));
        }

        var http = new HttpClient(handler) { BaseAddress = config.Server, DefaultRequestVersion = version, Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.UserAgent.ParseAdd("gitops-benchmarks-raw");
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    private static string PathOf(ApiResource resource, KubernetesObject item) => $"{CollectionOf(resource, item.Namespace)}/{item.Name}";

    private static string CollectionOf(ApiResource resource, string @namespace)
    {
        var root = resource.Group.Length == 0 ? $"/api/{resource.Version}" : $"/apis/{resource.Group}/{resource.Version}";
        return @namespace.Length == 0 ? $"{root}/{resource.Plural}" : $"{root}/namespaces/{@namespace}/{resource.Plural}";
    }

    private async Task SendAsync(RawRequest request, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(request.Body is null ? HttpMethod.Get : HttpMethod.Patch, request.Path)
        {
            Content = request.Body is null ? null : new ByteArrayContent(request.Body) { Headers = { ContentType = ApplyPatch } },
        };
        await SendAsync(message, cancellationToken);
    }

    private async Task SendAsync(HttpRequestMessage message, CancellationToken cancellationToken)
    {
        using var answer = await _http.SendAsync(message, HttpCompletionOption.ResponseContentRead, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(
                $"{message.Method} {message.RequestUri}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancellationToken)}");
        }
    }
}

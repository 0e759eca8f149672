using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Webhooks;

/// <summary>Sends a review to a webhook. What goes wrong is told in the words of a real server.</summary>
internal sealed class WebhookClient
{
    private const int MaxResponseBytes = 3 * 1024 * 1024;

    private static readonly GroupResource Services = new(string.Empty, "services");

    private readonly Cluster _cluster;
    private readonly ConcurrentDictionary<string, HttpClient> _clients = new(StringComparer.Ordinal);

    public WebhookClient(Cluster cluster) => _cluster = cluster;

    /// <summary>The webhook's answer, whatever it is.</summary>
    /// <exception cref="WebhookFailure">There is none that is JSON and a success.</exception>
    /// <exception cref="OperationCanceledException">The request itself was given up.</exception>
    public async Task<JsonObject> AskAsync(Webhook webhook, JsonObject review, CancellationToken cancellationToken)
    {
        var target = webhook.Target;
        var seconds = (int)target.Timeout.TotalSeconds;
        var url = new UriBuilder(target.Url) { Query = string.Create(CultureInfo.InvariantCulture, $"timeout={seconds}s") }.Uri;
        var text = target.Service is null ? url.AbsoluteUri : $"https://{url.Host}:{url.Port}{url.PathAndQuery}";
        using var timeLimit = new CancellationTokenSource(target.Timeout, _cluster.Options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeLimit.Token);
        try
        {
            CheckService(target);
            using var message = new HttpRequestMessage(HttpMethod.Post, url);
            message.Content = new ByteArrayContent(KubernetesJson.ToUtf8(review));
            message.Content.Headers.ContentType = new("application/json");
            using var response = await ClientFor(target).SendAsync(message, either.Token);
            var body = await response.Content.ReadAsByteArrayAsync(either.Token);
            return response.IsSuccessStatusCode ? Parse(body) : throw new IOException(Describe((int)response.StatusCode, response, body));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failure(webhook, $"Post \"{text}\": context deadline exceeded");
        }
        catch (HttpRequestException exception)
        {
            throw Failure(webhook, $"Post \"{text}\": {Describe(exception, url)}");
        }
        catch (ServiceUnreachableException exception)
        {
            throw Failure(webhook, $"Post \"{text}\": {exception.Message}");
        }
        catch (IOException exception)
        {
            throw Failure(webhook, exception.Message);
        }
    }

    private static WebhookFailure Failure(Webhook webhook, string what) => new(webhook.Name, $"failed to call webhook: {what}");

    private static JsonObject Parse(byte[] body)
    {
        try
        {
            return KubernetesJson.ParseObject(body);
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            throw new IOException("couldn't get version/kind; json parse error: invalid character in the answer", exception);
        }
    }

    private static string Describe(int code, HttpResponseMessage response, byte[] body)
    {
        if (TryReadStatus(body) is { } told)
        {
            return told;
        }

        var isText = response.Content.Headers.ContentType?.MediaType?.StartsWith("text/", StringComparison.Ordinal) is true;
        var text = isText ? System.Text.Encoding.UTF8.GetString(body).Trim() : "unknown";
        return code switch
        {
            400 => "the server rejected our request for an unknown reason",
            401 => "the server has asked for the client to provide credentials",
            403 or 415 => text,
            404 => "the server could not find the requested resource",
            405 => "the server does not allow this method on the requested resource",
            409 => "the server reported a conflict",
            422 => "the server rejected our request due to an error in our request",
            429 => "the server has received too many requests and has asked us to try again later",
            503 => "the server is currently unable to handle the request",
            504 => "the server was unable to return a response in the time allotted, but may still be processing the request",
            >= 500 => $"an error on the server ({JsonSerializer.Serialize(text)}) has prevented the request from succeeding",
            _ => string.Create(CultureInfo.InvariantCulture, $"the server responded with the status code {code} but did not return more information"),
        };
    }

    private static string? TryReadStatus(byte[] body)
    {
        try
        {
            var json = KubernetesJson.ParseObject(body);
            return json.Text("kind") == "Status" ? json.Text("message") : null;
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            return null;
        }
    }

    private static string Describe(HttpRequestException exception, Uri url)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case AuthenticationException { Message: var why }:
                    return "tls: failed to verify certificate: x509: "
                        + (why.Contains(nameof(SslPolicyErrors.RemoteCertificateNameMismatch), StringComparison.Ordinal)
                            ? $"certificate is not valid for {url.Host}"
                            : "certificate signed by unknown authority");
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused }:
                    return $"dial tcp {url.Host}:{url.Port}: connect: connection refused";
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }:
                    return $"dial tcp: lookup {url.Host}: no such host";
                case SocketException { SocketErrorCode: SocketError.ConnectionReset }:
                    return "read: connection reset by peer";
                default:
                    break;
            }
        }

        return exception.HttpRequestError == HttpRequestError.ResponseEnded ? "EOF" : exception.Message;
    }

    private static HttpClient Create(string caBundle)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            EnableMultipleHttp2Connections = true,
        };
        if (caBundle.Length > 0)
        {
            var trusted = new X509Certificate2Collection();
            trusted.ImportFromPem(caBundle);
            handler.SslOptions.CertificateChainPolicy = new()
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(trusted);
        }

        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxResponseBytes };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("kube-apiserver-admission", null));
        client.DefaultRequestHeaders.Accept.ParseAdd("application/json, */*");
        client.DefaultRequestVersion = new(2, 0);
        return client;
    }

    private HttpClient ClientFor(WebhookTarget target) => _clients.GetOrAdd(target.CaBundle, Create);

    /// <summary>Nothing in this cluster serves a service: it is known or not, but never answers.</summary>
    private void CheckService(WebhookTarget target)
    {
        if (target.Service is not var (ns, name))
        {
            return;
        }

        if (_cluster.Store.Table(Services).Find(ns, name) is null)
        {
            throw new ServiceUnreachableException($"service \"{name}\" not found");
        }

        throw new ServiceUnreachableException($"no endpoints available for service \"{name}\"");
    }

    private sealed class ServiceUnreachableException(string message) : Exception(message);
}

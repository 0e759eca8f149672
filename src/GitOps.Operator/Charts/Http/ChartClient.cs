using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using GitOps.Operator.Git;
using GitOps.Operator.Observability;

namespace GitOps.Operator.Charts.Http;

/// <summary>What all repositories share to make their requests.</summary>
internal sealed class ChartClients : IDisposable
{
    public ChartClients(ChartOptions options, IChartObserver observer, TimeProvider time)
    {
        (Options, Observer, Time) = (options, observer, time);
        Handlers = new(time);
        Lane = new(options.Parallelism);
    }

    public ChartOptions Options { get; }

    public IChartObserver Observer { get; }

    public TimeProvider Time { get; }

    public ChartHandlers Handlers { get; }

    public SemaphoreSlim Lane { get; }

    public void Dispose()
    {
        Handlers.Dispose();
        Lane.Dispose();
    }
}

/// <summary>
/// Makes the requests to one repository: over https alone, redirects followed by hand so that credentials stay with the host they
/// are for, each with a time limit that includes the body, and every failure in words that name host, what was asked for and status.
/// </summary>
internal sealed class ChartClient
{
    private const int MaxRedirects = 5;

    private readonly ChartClients _shared;
    private readonly ChartAccess _access;

    public ChartClient(ChartClients shared, ChartAccess access)
    {
        _shared = shared;
        _access = access;
    }

    public ChartAccess Access => _access;

    public ChartOptions Options => _shared.Options;

    public TimeProvider Time => _shared.Time;

    /// <param name="request">What to ask.</param>
    /// <param name="read">Reads the answer, which succeeded or is one of those that the request expects; runs inside the time limit.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="GitException">It failed.</exception>
    public async Task<T> SendAsync<T>(ChartRequest request, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        await _shared.Lane.WaitAsync(cancellationToken);
        var started = _shared.Time.GetTimestamp();
        var result = MetricLabels.GitResult.Canceled;
        var allowed = request.IsDownload ? Options.DownloadTimeout : Options.RequestTimeout;
        using var limit = new CancellationTokenSource(allowed, _shared.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var response = await FollowAsync(request, stop.Token);
            var answer = await read(response, stop.Token);
            result = response.StatusCode == HttpStatusCode.NotModified ? MetricLabels.ChartResult.NotModified : MetricLabels.GitResult.Ok;
            return answer;
        }
        catch (GitException exception)
        {
            result = exception.Kind.ToString();
            throw;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested))
        {
            var (kind, words) = Explain(exception, allowed);
            result = kind.ToString();
            throw new GitException(kind, $"{Subject(request)}{words}", exception);
        }
        finally
        {
            _shared.Observer.Ran(request.Operation, result, _shared.Time.GetElapsedTime(started));
            _shared.Lane.Release();
        }
    }

    /// <summary>The same for an answer that is kept whole.</summary>
    public Task<byte[]> ReadAsync(ChartRequest request, long maxBytes, CancellationToken cancellationToken) =>
        SendAsync(request, (response, token) => ReadAllAsync(request, response, maxBytes, token), cancellationToken);

    /// <summary>The body of an answer, unpacked where it was compressed on its way, and bounded.</summary>
    public async Task<Stream> BodyAsync(ChartRequest request, HttpResponseMessage response, long maxBytes, CancellationToken cancellationToken)
    {
        string TooLarge(long limit) => $"{Subject(request)} is larger than {limit} bytes";
        if (response.Content.Headers.ContentLength > maxBytes)
        {
            throw new GitException(GitFailure.TooLarge, TooLarge(maxBytes));
        }

        var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var encodings = response.Content.Headers.ContentEncoding;
        if (request.MayBeCompressed && encodings.Count == 1 && encodings.First() is "gzip" or "x-gzip")
        {
            body = new GZipStream(body, CompressionMode.Decompress);
        }
        else if (request.MayBeCompressed && encodings.Count > 0 && encodings.First() != "identity")
        {
            throw new GitException(GitFailure.Other, $"{Subject(request)} comes with an encoding that was not asked for");
        }

        return new BoundedStream(body, maxBytes, TooLarge);
    }

    public async Task<byte[]> ReadAllAsync(ChartRequest request, HttpResponseMessage response, long maxBytes, CancellationToken cancellationToken)
    {
        await using var body = await BodyAsync(request, response, maxBytes, cancellationToken);
        using var all = new MemoryStream();
        await body.CopyToAsync(all, cancellationToken);
        return all.ToArray();
    }

    public string Subject(ChartRequest request) => $"{_access.Url}: {request.What}";

    private async Task<HttpResponseMessage> FollowAsync(ChartRequest request, CancellationToken cancellationToken)
    {
        var url = request.Url;
        for (var hops = 0; ; hops++)
        {
            if (url.Scheme != Uri.UriSchemeHttps || url.UserInfo.Length > 0)
            {
                throw new GitException(
                    GitFailure.NotAllowed, $"{Subject(request)} is at a URL that is not allowed ({url.Scheme}://{url.Authority}/…): only https without a user is");
            }

            var response = await SendOnceAsync(request, url, cancellationToken);
            try
            {
                if (response.IsSuccessStatusCode || request.Expected.Contains(response.StatusCode))
                {
                    return response;
                }

                if (response.StatusCode is not (HttpStatusCode.Moved or HttpStatusCode.Found or HttpStatusCode.SeeOther
                        or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect)
                    || response.Headers.Location is not { } location)
                {
                    throw Refused(request, url, response);
                }

                if (hops == MaxRedirects)
                {
                    throw new GitException(GitFailure.Other, $"{Subject(request)} was redirected more than {MaxRedirects} times");
                }

                url = new Uri(url, location);
                response.Dispose();
            }
            catch
            {
                response.Dispose();
                throw;
            }
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(ChartRequest request, Uri url, CancellationToken cancellationToken)
    {
        var (credential, _) = _access.Current();
        var role = IsSameHost(url, _access.Url.Root) ? HostRole.Own : HostRole.Other;
        var client = _shared.Handlers.For(credential, _access.AuthoritiesOf(url), role);
        using var message = new HttpRequestMessage(request.Method, url);
        message.Headers.UserAgent.Add(new ProductInfoHeaderValue("gitops-operator", BuildInfo.Current.Version));
        foreach (var type in request.Accept)
        {
            message.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(type));
        }

        if (request.Authorization is not null && IsSameHost(url, request.Url))
        {
            message.Headers.Authorization = request.Authorization;
        }

        if (request.ETag is { } tag)
        {
            message.Headers.TryAddWithoutValidation("If-None-Match", tag);
        }
        else if (request.LastModified is { } modified)
        {
            message.Headers.IfModifiedSince = modified;
        }

        if (request.MayBeCompressed)
        {
            message.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));
        }

        return await client.SendAsync(message, cancellationToken);
    }

    private static bool IsSameHost(Uri left, Uri right) => left.Port == right.Port && string.Equals(left.IdnHost, right.IdnHost, StringComparison.OrdinalIgnoreCase);

    private GitException Refused(ChartRequest request, Uri url, HttpResponseMessage response)
    {
        var code = (int)response.StatusCode;
        var by = IsSameHost(url, _access.Url.Root) ? string.Empty : $" by {url.Authority}";
        var status = string.Create(CultureInfo.InvariantCulture, $"HTTP {code}{by}");
        var pause = RetryAfter(response);
        return code switch
        {
            401 or 403 => new(GitFailure.Authentication, $"{Subject(request)}: access was refused ({status}); it needs (other) credentials, or there is no such thing{_access.Ended(isAboutServer: false, Time.GetUtcNow())}"),
            404 or 410 => new(GitFailure.NotFound, $"{Subject(request)} is not there ({status}); check the URL and the name"),
            429 => new(GitFailure.Unreachable, $"{Subject(request)}: the server asks for fewer requests ({status}); retrying") { RetryAfter = pause },
            >= 500 => new(GitFailure.Unreachable, $"{Subject(request)}: the server failed ({status}); retrying") { RetryAfter = pause },
            // nginx says so where a client certificate is missing or not accepted.
            400 => new(GitFailure.Other, $"{Subject(request)} was not given ({status}){_access.Ended(isAboutServer: false, Time.GetUtcNow())}"),
            _ => new(GitFailure.Other, $"{Subject(request)} was not given ({status})"),
        };
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var header = response.Headers.RetryAfter;
        var pause = header?.Delta ?? header?.Date - Time.GetUtcNow();
        return pause <= TimeSpan.Zero ? null : pause > Options.LongestRetryAfter ? Options.LongestRetryAfter : pause;
    }

    private (GitFailure Kind, string Words) Explain(Exception exception, TimeSpan allowed) => exception switch
    {
        OperationCanceledException => (GitFailure.Timeout, string.Create(CultureInfo.InvariantCulture, $" took longer than {allowed.TotalSeconds:0.#} s")),
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError, InnerException: AuthenticationException } => (
            GitFailure.UntrustedServer,
            ": no secure connection: the server's certificate is not trusted or is for another host, or the server does not accept ours"
                + _access.Ended(isAboutServer: true, Time.GetUtcNow()) + _access.Ended(isAboutServer: false, Time.GetUtcNow())),
        HttpRequestException failure => (GitFailure.Unreachable, $": {Words(failure)}; retrying"),
        HttpIOException or IOException { InnerException: SocketException } => (GitFailure.Unreachable, ": the connection was cut before all of it came; retrying"),
        IOException or UnauthorizedAccessException => (GitFailure.Other, $" cannot be kept in the cache directory: {GitErrors.Clean(exception.Message)}"),
        InvalidDataException => (GitFailure.Other, " is damaged: its compression cannot be read"),
        _ => (GitFailure.Other, " cannot be read"),
    };

    private string Words(HttpRequestException failure) => failure.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => $"the name {_access.Url.Authority} or of where it leads cannot be resolved",
        HttpRequestError.ConnectionError => "the connection was not accepted",
        HttpRequestError.ProxyTunnelError => "the proxy does not let the connection through",
        HttpRequestError.SecureConnectionError => "no secure connection could be made",
        HttpRequestError.ResponseEnded => "the connection was cut before all of it came",
        HttpRequestError.ConfigurationLimitExceeded => "the answer's headers are too large",
        HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError => "the answer is not HTTP as it should be",
        _ when failure.InnerException is IOException => "the connection was cut before all of it came",
        _ => "the request could not be made",
    };
}

using System.Net;
using System.Security.Authentication;
using GitOps.Kubernetes.Auth;
using GitOps.Kubernetes.Config;

namespace GitOps.Kubernetes.Http;

/// <summary>
/// Sends requests: credentials, deadline, concurrency, repetition, and the three kinds of failure told apart. A 401 drops the
/// credential and repeats once. Every attempt has its own message, deadline and credential.
/// </summary>
internal sealed class RequestSender : IDisposable
{
    private readonly ClusterConfig _config;
    private readonly KubernetesClientOptions _options;
    private readonly ICredentialSource _credentials;
    private readonly ClusterCircuit? _circuit;
    private readonly SemaphoreSlim _slots;
    private readonly SeenWarnings _warnings = new();
    private readonly string _base;

    public RequestSender(ClusterConfig config, KubernetesClientOptions options, Transport transport, ClusterCircuit? circuit)
    {
        _config = config;
        _options = options;
        _credentials = config.Credentials switch
        {
            { TokenFile: { } path } => new TokenFileSource(path, options),
            { Token: null, Username: null, Exec: { } plugin } => new ExecCredentialSource(plugin, options),
            var others => new FixedCredentialSource(others),
        };
        Transport = transport;
        _circuit = circuit;
        _slots = new SemaphoreSlim(options.MaxConcurrentRequests, options.MaxConcurrentRequests);
        _base = config.Server.GetLeftPart(UriPartial.Path).TrimEnd('/');
    }

    public Transport Transport { get; }

    /// <summary>Sends, repeating where that is safe, and reads the whole answer.</summary>
    /// <exception cref="ApiException">The server refused.</exception>
    /// <exception cref="ApiConnectionException">There was no answer.</exception>
    public async Task<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        var time = _options.TimeProvider;
        var started = time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            TimeSpan delay;
            try
            {
                return await GuardAsync(token => AttemptAsync(request, token), cancellationToken);
            }
            catch (Exception failure) when (failure is ApiException or ApiConnectionException)
            {
                var left = _options.RetryBudget - time.GetElapsedTime(started);
                if (RetryRules.Delay(request.Repeat, failure, attempt, left, _options.Random()) is not { } next)
                {
                    throw;
                }

                delay = next;
                _options.Notify(NoticeKind.Retry,
                    $"{request.Verb} {request.Resource}: attempt {attempt} failed, the next in {delay.TotalSeconds:0.0} s: {failure.Message}");
            }

            await Task.Delay(delay, time, cancellationToken);
        }
    }

    /// <summary>Opens a stream; it is the caller's to read, to bound in time and to close.</summary>
    /// <exception cref="ApiException">The server refused.</exception>
    /// <exception cref="ApiConnectionException">There was no answer.</exception>
    public async Task<OpenStream> OpenAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        var started = _options.TimeProvider.GetTimestamp();
        var (response, pools) = await GuardAsync(token => SendOnceAsync(request, started, isWatch: true, token), cancellationToken);
        try
        {
            Report(request, (int)response.StatusCode, started);
            return new OpenStream(response, pools, await response.Content.ReadAsStreamAsync(cancellationToken));
        }
        catch
        {
            response.Dispose();
            pools.Leave();
            throw;
        }
    }

    public void Dispose()
    {
        _credentials.Dispose();
        _slots.Dispose();
    }

    private Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> action, CancellationToken cancellationToken) =>
        _circuit is null ? action(cancellationToken) : _circuit.RunAsync(action, cancellationToken);

    private async Task<ApiResponse> AttemptAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        using var span = RequestTracing.Begin(request);
        await _slots.WaitAsync(cancellationToken);
        var guard = request.Method == HttpMethod.Get ? null : _options.WriteGuard;
        using var deadline = new CancellationTokenSource(_options.RequestTimeout, _options.TimeProvider);
        var link = cancellationToken.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), deadline);
        var guardLink = guard?.Token.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), deadline) ?? default;
        var started = _options.TimeProvider.GetTimestamp();
        try
        {
            if (guard is not null)
            {
                GuardedContent.Check(guard);
            }

            var (response, pools) = await SendOnceAsync(request, started, isWatch: false, deadline.Token);
            try
            {
                var body = await PooledBody.ReadAsync(response.Content, _options.MaxResponseBytes, truncate: false, deadline.Token);
                var answer = new ApiResponse(response, body);
                Report(request, (int)response.StatusCode, started);
                _warnings.Report(answer.Warnings, _options);
                return answer;
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or ApiConnectionException)
            {
                Report(request, 0, started);
                throw Failure(exception);
            }
            finally
            {
                response.Dispose();
                pools.Leave();
            }
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            Report(request, 0, started);
            throw guard?.Refusal() is { } refusal
                ? new ApiConnectionException($"cut off, and carried out or not: {refusal}", exception)
                : TimedOut(request, exception);
        }
        catch (OperationCanceledException exception)
        {
            // Say it of the caller's token: that it was passed on through another is nobody's business.
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
        finally
        {
            await link.DisposeAsync();
            await guardLink.DisposeAsync();
            _slots.Release();
        }
    }

    /// <summary>One exchange up to the answer's headers, or two if the first was a 401 that a fresh credential may mend.</summary>
    private async Task<(HttpResponseMessage Response, ConnectionPools Pools)> SendOnceAsync(
        ApiRequest request, long started, bool isWatch, CancellationToken cancellationToken)
    {
        for (var isRepeated = false; ; isRepeated = true)
        {
            var credential = await _credentials.GetAsync(cancellationToken);
            var pools = Transport.Enter(credential);
            HttpResponseMessage? response = null;
            try
            {
                using var message = CreateMessage(request, credential, pools.HostHeader);
                var pool = message.Version == HttpVersion.Version11 ? pools.Repeating : isWatch ? pools.Watches : pools.Requests;
                response = await pool.SendAsync(message, cancellationToken);
                if (response.IsSuccessStatusCode || (response.StatusCode == HttpStatusCode.NotModified && request.IfNoneMatch is not null))
                {
                    return (response, pools);
                }

                if (response.StatusCode == HttpStatusCode.Unauthorized)
                {
                    Transport.Doubt();
                }

                if (response.StatusCode != HttpStatusCode.Unauthorized || isRepeated || !_credentials.TryDrop(credential))
                {
                    var refusal = await StatusReader.ReadAsync(response, _options.TimeProvider, cancellationToken);
                    Report(request, (int)response.StatusCode, started);
                    throw refusal;
                }

                Report(request, (int)response.StatusCode, started);
                response.Dispose();
                pools.Leave();
            }
            catch (Exception exception)
            {
                response?.Dispose();
                pools.Leave();
                if (exception is HttpRequestException or IOException)
                {
                    Report(request, 0, started);
                    throw Failure(exception);
                }

                throw;
            }
        }
    }

    private HttpRequestMessage CreateMessage(ApiRequest request, Credential credential, string? host)
    {
        var message = new HttpRequestMessage(request.Method, _base + request.Path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        var headers = message.Headers;
        headers.Host = host;
        headers.TryAddWithoutValidation("User-Agent", _options.UserAgent);
        if (request.Accept is { } accept)
        {
            headers.TryAddWithoutValidation("Accept", accept);
        }
        else
        {
            headers.Accept.Add(ApiRequest.Json);
        }

        if (_options.SendsTraceParent && RequestTracing.TraceParent is { } trace)
        {
            headers.TryAddWithoutValidation("traceparent", trace);
        }

        if (credential.Authorization is { } authorization)
        {
            headers.TryAddWithoutValidation("Authorization", authorization);
        }

        if (request.IfNoneMatch is { } tag)
        {
            headers.TryAddWithoutValidation("If-None-Match", tag);
        }

        var isRepeated = (request.Impersonation ?? _config.Impersonation) is { } impersonation && ImpersonationHeaders.Add(headers, impersonation);
        if (isRepeated || _options.UseHttp11)
        {
            message.Version = HttpVersion.Version11;
            message.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        }

        if (request.ContentType is { } type)
        {
            message.Content = _options.WriteGuard is { } guard
                ? new GuardedContent(request.Body, type, guard)
                : new ReadOnlyMemoryContent(request.Body) { Headers = { ContentType = type } };
        }

        return message;
    }

    private ApiConnectionException Failure(Exception exception)
    {
        if (exception is ApiConnectionException own)
        {
            return own;
        }

        var server = _config.Server.Authority;
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException)
            {
                Transport.Doubt();
                return new ApiConnectionException(
                    $"{server}: TLS failed ({cause.Message}); check the certificate authority, the server name and the client certificate", exception);
            }
        }

        return new ApiConnectionException($"{server}: {exception.GetBaseException().Message}", exception) { IsTransport = true };
    }

    private ApiConnectionException TimedOut(ApiRequest request, OperationCanceledException exception) => new(
        exception.InnerException is TimeoutException
            ? $"{_config.Server.Authority}: no connection within {_options.ConnectTimeout.TotalSeconds:0} s"
            : $"{_config.Server.Authority}: no answer to {request.Verb} {request.Resource} within {_options.RequestTimeout.TotalSeconds:0} s",
        exception, isTimeout: true);

    private void Report(ApiRequest request, int code, long started)
    {
        RequestTracing.Answered(code);
        _options.Observer?.OnCompleted(new CompletedRequest(
            request.Verb, request.Group, request.Resource, code, _options.TimeProvider.GetElapsedTime(started)));
    }
}

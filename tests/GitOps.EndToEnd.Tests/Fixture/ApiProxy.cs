using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Objects;

namespace GitOps.EndToEnd.Tests.Fixture;

/// <summary>
/// Stands between one operator and the API server: records every request, and lets a test answer in the server's place, cut
/// connections, drop or silence watches, hold requests back, and be away for a while. It works the same before the sandbox
/// and before a real API server, and nobody but its operator is disturbed.
/// </summary>
internal sealed class ApiProxy : IAsyncDisposable
{
    private static readonly TimeSpan ComeBackDeadline = TimeSpan.FromSeconds(60);

    private readonly Upstream _upstream;
    private readonly Lock _lock = new();
    private readonly List<ProxiedRequest> _requests = [];
    private readonly List<OpenWatch> _watches = [];
    private readonly List<Rule> _rules = [];
    private readonly CancellationTokenSource _closing = new();
    private WebApplication? _host;
    private long _count;
    private volatile bool _isFrozen;

    private ApiProxy(ClusterConfig cluster) => _upstream = new Upstream(cluster);

    /// <summary>Where it listens; stays the same while it is down.</summary>
    public Uri Url { get; private set; } = new("https://127.0.0.1:0");

    /// <summary>Called when a request has arrived; it goes on when the task ends.</summary>
    public Func<ProxiedRequest, Task>? Arrived { get; set; }

    /// <summary>Called when the server has answered, and before the operator gets the answer: a write has taken effect by then.</summary>
    public Func<ProxiedRequest, Task>? Answering { get; set; }

    /// <summary>Called when the operator has got its answer.</summary>
    public Func<ProxiedRequest, Task>? Answered { get; set; }

    /// <summary>Every request in order of arrival.</summary>
    public IReadOnlyList<ProxiedRequest> Requests
    {
        get
        {
            lock (_lock)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>How a client reaches the server through the proxy.</summary>
    public ClusterConfig Config => new()
    {
        Server = Url,
        CertificateAuthority = PemSource.FromData(Encoding.UTF8.GetBytes(ProxyCertificate.Pem)),
        Credentials = new ClusterCredentials { Token = "the-proxy-has-its-own" },
    };

    public static async Task<ApiProxy> StartAsync(ClusterConfig cluster)
    {
        var proxy = new ApiProxy(cluster);
        await proxy.ComeBackAsync();
        return proxy;
    }

    /// <summary>The same as a file, for another process.</summary>
    public void WriteKubeconfig(string path) => File.WriteAllText(path, string.Create(CultureInfo.InvariantCulture, $$"""
        apiVersion: v1
        kind: Config
        current-context: proxy
        contexts:
        - name: proxy
          context: {cluster: proxy, user: operator}
        clusters:
        - name: proxy
          cluster:
            server: "{{Url.GetLeftPart(UriPartial.Authority)}}"
            certificate-authority-data: {{Convert.ToBase64String(Encoding.UTF8.GetBytes(ProxyCertificate.Pem))}}
        users:
        - name: operator
          user: {token: the-proxy-has-its-own}

        """));

    /// <summary>The requests from now on are counted anew.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _requests.Clear();
        }
    }

    /// <summary>Nobody listens any more, and all connections are cut.</summary>
    public async Task GoDownAsync()
    {
        if (_host is { } host)
        {
            _host = null;
            await host.StopAsync(new CancellationToken(canceled: true));
            await host.DisposeAsync();
        }
    }

    /// <summary>Listens again on the same port.</summary>
    public async Task ComeBackAsync()
    {
        var started = Stopwatch.GetTimestamp();
        while (!await TryListenAsync(Stopwatch.GetElapsedTime(started) > ComeBackDeadline))
        {
            // Somebody's connection has just that port at the moment.
            await Task.Delay(TimeSpan.FromMilliseconds(100), _closing.Token);
        }
    }

    /// <summary>Answers with an error in the server's place, until the handle is disposed of or it has met so many requests.</summary>
    public IDisposable Refuse(HttpStatusCode status, Func<ProxiedRequest, bool>? matches = null, TimeSpan? retryAfter = null, int times = int.MaxValue,
        string message = "refused by the test's proxy") =>
        Add(new Rule(this, matches ?? (static _ => true)) { Status = status, RetryAfter = retryAfter, Left = times, Message = message });

    /// <summary>Cuts the connection in place of an answer: before the server sees the request, or after it took effect.</summary>
    public IDisposable Cut(bool afterEffect, Func<ProxiedRequest, bool>? matches = null, int times = int.MaxValue) =>
        Add(new Rule(this, matches ?? (static _ => true)) { CutsBefore = !afterEffect, CutsAfter = afterEffect, Left = times });

    /// <summary>Ends the watches that are open, as if their time were up, or with a reset.</summary>
    public void DropWatches(bool reset = false)
    {
        foreach (var watch in OpenWatches())
        {
            watch.IsReset = reset;
            watch.Stop.Cancel();
        }
    }

    /// <summary>Nothing comes any more on the watches that are open: neither events nor bookmarks, nor an end.</summary>
    public void SilenceWatches()
    {
        foreach (var watch in OpenWatches())
        {
            watch.IsSilent = true;
        }
    }

    /// <summary>No request goes through any more, nor any answer: what has not arrived at the server never will.</summary>
    public void Freeze() => _isFrozen = true;

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await GoDownAsync();
        await (_host?.DisposeAsync() ?? ValueTask.CompletedTask);
        _upstream.Dispose();
        _closing.Dispose();
    }

    private async Task<bool> TryListenAsync(bool isLast)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Limits.MaxRequestBodySize = null;
            options.Limits.MinRequestBodyDataRate = null;
            options.Limits.MinResponseDataRate = null;
            options.Limits.Http2.MaxStreamsPerConnection = 1000;
            options.Listen(new IPEndPoint(IPAddress.Loopback, Url.Port), static listen => listen.UseHttps(ProxyCertificate.Server));
        });
        var host = builder.Build();
        host.Run(HandleAsync);
        try
        {
            await host.StartAsync();
        }
        catch (IOException taken) when (!isLast && taken.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            await host.DisposeAsync();
            return false;
        }

        Url = new(host.Urls.First());
        _host = host;
        return true;
    }

    private Rule Add(Rule rule)
    {
        lock (_lock)
        {
            _rules.Add(rule);
        }

        return rule;
    }

    private List<OpenWatch> OpenWatches()
    {
        lock (_lock)
        {
            return [.. _watches];
        }
    }

    private Rule? TakeRule(ProxiedRequest request)
    {
        lock (_lock)
        {
            var rule = _rules.Find(item => item.Left > 0 && item.Matches(request));
            if (rule is not null)
            {
                rule.Left--;
            }

            return rule;
        }
    }

    private async Task HandleAsync(HttpContext context)
    {
        using var content = new MemoryStream();
        await context.Request.Body.CopyToAsync(content, context.RequestAborted);
        var body = content.ToArray();
        var request = ProxiedRequest.Of(Interlocked.Increment(ref _count), context.Request, body);
        lock (_lock)
        {
            _requests.Add(request);
        }

        try
        {
            await CarryOutAsync(context, request, body);
            if (Answered is { } answered && !context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.CompleteAsync();
                await answered(request);
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or HttpRequestException)
        {
            // The server or the operator has gone away: cut the other side too.
            context.Abort();
        }
    }

    private async Task CarryOutAsync(HttpContext context, ProxiedRequest request, byte[] body)
    {
        await (Arrived?.Invoke(request) ?? Task.CompletedTask);
        await WhileFrozenAsync(context);
        var rule = TakeRule(request);
        if (rule is { CutsBefore: true })
        {
            context.Abort();
            return;
        }

        if (rule?.Status is { } status)
        {
            await RefuseAsync(context, request, status, rule);
            return;
        }

        using var answer = await _upstream.SendAsync(context.Request, body, context.RequestAborted);
        request.Status = (int)answer.StatusCode;
        if (request.Verb == "apply" && answer.IsSuccessStatusCode)
        {
            await answer.Content.LoadIntoBufferAsync();
            var metadata = KubernetesJson.ParseObject(await answer.Content.ReadAsByteArrayAsync())["metadata"];
            request.Stored = (metadata?["generation"] ?? metadata?["resourceVersion"])?.ToString();
        }

        await (Answering?.Invoke(request) ?? Task.CompletedTask);
        await WhileFrozenAsync(context);
        if (rule is { CutsAfter: true })
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
        {
            if (!name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase) && !name.Equals("Connection", StringComparison.OrdinalIgnoreCase))
            {
                context.Response.Headers[name] = values.ToArray();
            }
        }

        if (request.IsWatch && answer.IsSuccessStatusCode)
        {
            await StreamAsync(context, request, answer);
        }
        else
        {
            await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
    }

    private async Task WhileFrozenAsync(HttpContext context)
    {
        if (_isFrozen)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _closing.Token);
            await Task.Delay(Timeout.Infinite, either.Token);
        }
    }

    private async Task StreamAsync(HttpContext context, ProxiedRequest request, HttpResponseMessage answer)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var watch = new OpenWatch(request, stop);
        lock (_lock)
        {
            _watches.Add(watch);
        }

        try
        {
            await context.Response.StartAsync(stop.Token);
            await using var source = await answer.Content.ReadAsStreamAsync(stop.Token);
            var buffer = new byte[64 * 1024];
            while (await source.ReadAsync(buffer, stop.Token) is var length && (length > 0 || watch.IsSilent))
            {
                if (watch.IsSilent)
                {
                    await Task.Delay(Timeout.Infinite, stop.Token);
                }

                await context.Response.Body.WriteAsync(buffer.AsMemory(0, length), stop.Token);
                await context.Response.Body.FlushAsync(stop.Token);
            }
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested && !watch.IsReset)
        {
            // Dropped: the answer ends as if its time were up.
        }
        finally
        {
            lock (_lock)
            {
                _watches.Remove(watch);
            }
        }
    }

    private static async Task RefuseAsync(HttpContext context, ProxiedRequest request, HttpStatusCode status, Rule rule)
    {
        request.Status = (int)status;
        context.Response.StatusCode = (int)status;
        context.Response.ContentType = "application/json";
        if (rule.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        var reason = status == HttpStatusCode.TooManyRequests ? "TooManyRequests" : "InternalError";
        await context.Response.WriteAsync(
            $$"""{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"{{rule.Message}}","reason":"{{reason}}","code":{{(int)status}}}""",
            context.RequestAborted);
    }

    private sealed class OpenWatch(ProxiedRequest request, CancellationTokenSource stop)
    {
        public ProxiedRequest Request => request;

        public CancellationTokenSource Stop => stop;

        public volatile bool IsSilent;

        public volatile bool IsReset;
    }

    private sealed class Rule(ApiProxy proxy, Func<ProxiedRequest, bool> matches) : IDisposable
    {
        public Func<ProxiedRequest, bool> Matches => matches;

        public HttpStatusCode? Status { get; init; }

        public TimeSpan? RetryAfter { get; init; }

        public string Message { get; init; } = string.Empty;

        public bool CutsBefore { get; init; }

        public bool CutsAfter { get; init; }

        public int Left { get; set; }

        public void Dispose()
        {
            lock (proxy._lock)
            {
                proxy._rules.Remove(this);
            }
        }
    }
}

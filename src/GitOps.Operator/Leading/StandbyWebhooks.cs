using System.Net.Sockets;
using GitOps.Operator.Webhooks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Leading;

/// <summary>
/// Hands webhook calls that reach a standby to the leader, which alone judges them. Git servers hardly repeat a call, so that one
/// is not simply refused; where the leader cannot be reached it is, and the first poll of the next leader finds what was pushed.
/// </summary>
internal sealed class StandbyWebhooks : IDisposable
{
    private const string HandedOn = "X-GitOps-Operator-Handed-On";
    private const int AtATime = 8;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private static readonly string[] OfConnection = ["Connection", "Host", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Proxy-Connection", "Expect"];

    private readonly Candidacy _candidacy;
    private readonly TimeProvider _time;
    private readonly ILogger<StandbyWebhooks> _log;
    private readonly SemaphoreSlim _slots = new(AtATime, AtATime);
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,

        // What the caller sent is handed on as it is.
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(3),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
    });

    public StandbyWebhooks(Candidacy candidacy, TimeProvider time, ILogger<StandbyWebhooks> log) =>
        (_candidacy, _time, _log) = (candidacy, time, log);

    /// <summary>Whether calls are not for this process.</summary>
    public bool IsStandby => !_candidacy.IsLeading;

    /// <summary>Answers with the leader's answer. Throws only if the caller goes away.</summary>
    public async Task HandleAsync(HttpContext context, string provider)
    {
        if (!WebhookProviders.All.ContainsKey(provider))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (context.Request.Headers.ContainsKey(HandedOn) || LeaderAddress.Read(_candidacy.LeaderAt) is not { } leader)
        {
            await RefuseAsync(context, "nobody who leads is known");
            return;
        }

        if (context.Request.ContentLength > WebhookReceiver.MaxBody || !await _slots.WaitAsync(TimeSpan.Zero, context.RequestAborted))
        {
            await RefuseAsync(context, "too much to hand on");
            return;
        }

        using var late = new CancellationTokenSource(Limit, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted);
        try
        {
            await HandOnAsync(context, new Uri(leader, $"/webhooks/{provider}"), stop.Token);
        }
        catch (Exception failure) when (
            failure is HttpRequestException or IOException or SocketException or BadHttpRequestException
            || (failure is OperationCanceledException && !context.RequestAborted.IsCancellationRequested))
        {
            Log.WebhookNotHandedOn(_log, leader.Authority, failure.GetType().Name);
            if (!context.Response.HasStarted)
            {
                await RefuseAsync(context, "the leader does not answer");
            }
        }
        finally
        {
            _slots.Release();
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _slots.Dispose();
    }

    private async Task HandOnAsync(HttpContext context, Uri leader, CancellationToken cancellationToken)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = WebhookReceiver.MaxBody;
        }

        using var message = new HttpRequestMessage(HttpMethod.Post, leader) { Content = new StreamContent(context.Request.Body) };
        foreach (var (name, values) in context.Request.Headers)
        {
            if (!OfConnection.Contains(name, StringComparer.OrdinalIgnoreCase) && !name.StartsWith(':')
                && !message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            {
                message.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        message.Headers.TryAddWithoutValidation(HandedOn, "1");
        using var answer = await _http.SendAsync(message, cancellationToken);
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = "text/plain; charset=utf-8";
        if (answer.Headers.RetryAfter is { } retry)
        {
            context.Response.Headers.RetryAfter = retry.ToString();
        }

        await answer.Content.CopyToAsync(context.Response.Body, cancellationToken);
    }

    private static async Task RefuseAsync(HttpContext context, string why)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = "10";

        // Else the server reads what is left of the body, to go on with the connection.
        context.Response.Headers.Connection = "close";
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync($"this replica stands by, and {why}; try again\n", context.RequestAborted);
    }
}

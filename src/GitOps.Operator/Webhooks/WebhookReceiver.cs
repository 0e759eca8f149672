using System.Buffers;
using System.Diagnostics;
using GitOps.Operator.Git;
using GitOps.Operator.Model;
using GitOps.Operator.Observability;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using static GitOps.Operator.Observability.MetricLabels;

namespace GitOps.Operator.Webhooks;

/// <summary>
/// Takes the calls of Git servers. In this order, so that a call costs no more than it has shown itself to be worth: is the provider
/// on, do the headers allow a proof, is there room, the body up to its limit, the proof over its raw bytes, and only then what it says.
/// A call can do one thing: let repositories that are followed be looked at sooner.
/// </summary>
internal sealed class WebhookReceiver
{
    public const int MaxBody = 5 * 1024 * 1024;

    private const int FirstBuffer = 64 * 1024;
    private const double CallsPerSecond = 20;
    private const double Burst = 100;
    private const int AtATime = 8;
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(15);

    private readonly Func<WebhookKeys> _keys;
    private readonly IFollowedRepositories _repositories;
    private readonly RepositoryRefresher _refresher;
    private readonly OperatorMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<WebhookReceiver> _log;
    private readonly DeliveryMemory _taken;
    private readonly CallBudget _budget;
    private readonly RefusalLog _refusals;

    /// <param name="keys">The secrets as they are now.</param>
    /// <param name="repositories">What is followed.</param>
    /// <param name="refresher">Looks at what was pushed to.</param>
    /// <param name="metrics">Counts the calls.</param>
    /// <param name="time">For signed times, rates and what is remembered.</param>
    /// <param name="log">Gets a line a minute of what is refused.</param>
    public WebhookReceiver(
        Func<WebhookKeys> keys, IFollowedRepositories repositories, RepositoryRefresher refresher, OperatorMetrics metrics, TimeProvider time,
        ILogger<WebhookReceiver> log)
    {
        _keys = keys;
        _repositories = repositories;
        _refresher = refresher;
        _metrics = metrics;
        _time = time;
        _log = log;
        _taken = new(time);
        _budget = new(time, CallsPerSecond, Burst, AtATime);
        _refusals = new(time, log);
    }

    /// <summary>Answers one call. Throws only if the caller goes away.</summary>
    public async Task HandleAsync(HttpContext context, string name)
    {
        if (!WebhookProviders.All.TryGetValue(name, out var provider))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        using var trace = OperatorTracing.BeginUnit("webhook", ActivityKind.Server);
        var answer = await AnswerAsync(context, provider);
        trace?.SetTag("gitops.webhook.provider", provider.Name).SetTag(OperatorTracing.Result, answer.Result);
        _metrics.WebhookAnswered(provider.Name, answer.Result);
        if (answer.Result is WebhookResult.Unverified or WebhookResult.Malformed or WebhookResult.TooLarge or WebhookResult.Limited)
        {
            _refusals.Add(provider.Name, answer.Result, answer.Text);
        }

        context.Response.StatusCode = answer.Code;
        if (answer.IsEarly)
        {
            // Else the server reads what is left of the body, to go on with the connection.
            context.Response.Headers.Connection = "close";
        }

        if (answer.Code == StatusCodes.Status429TooManyRequests)
        {
            context.Response.Headers.RetryAfter = "5";
        }

        if (answer.Text.Length > 0)
        {
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync(answer.Text + "\n", context.RequestAborted);
        }
    }

    private async Task<Answer> AnswerAsync(HttpContext context, IWebhookProvider provider)
    {
        var (request, keys) = (context.Request, _keys());
        if (!provider.IsOn(keys))
        {
            return new(StatusCodes.Status404NotFound, WebhookResult.Disabled, string.Empty);
        }

        var proof = provider.Prove(request.Headers, keys, _time.GetUtcNow());
        if (proof.IsRefused)
        {
            return Answer.Unverified;
        }

        if (ReferenceEquals(proof, Proof.Greeting))
        {
            return Answer.Pong;
        }

        if (request.ContentLength > MaxBody)
        {
            return Answer.TooLarge;
        }

        if (request.Headers.ContentEncoding.Count > 0)
        {
            return new(StatusCodes.Status415UnsupportedMediaType, WebhookResult.Malformed, "a compressed body is not taken");
        }

        if (!_budget.TryBegin())
        {
            return new(StatusCodes.Status429TooManyRequests, WebhookResult.Limited, "too many calls");
        }

        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(request.ContentLength ?? FirstBuffer, 1, FirstBuffer));
        try
        {
            (buffer, var length) = await ReadAsync(context, buffer);
            return length is null ? Answer.TooLarge : Judge(provider, proof, request.Headers, buffer.AsMemory(0, length.Value));
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            return new(StatusCodes.Status408RequestTimeout, WebhookResult.Malformed, "the body did not arrive in time");
        }
        catch (BadHttpRequestException exception)
        {
            return exception.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? Answer.TooLarge
                : new(StatusCodes.Status400BadRequest, WebhookResult.Malformed, "the body cannot be read");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            _budget.End();
        }
    }

    private Answer Judge(IWebhookProvider provider, Proof proof, IHeaderDictionary headers, ReadOnlyMemory<byte> body)
    {
        if (proof.OfBody?.Invoke(body) == false)
        {
            return Answer.Unverified;
        }

        WebhookCall call;
        try
        {
            call = provider.Read(headers, body);
        }
        catch (WebhookFormatException malformed)
        {
            return new(StatusCodes.Status400BadRequest, WebhookResult.Malformed, malformed.Message);
        }

        return call switch
        {
            { Event: WebhookEvent.Ping } => Answer.Pong,
            { Push: { } push } when !_taken.Take(DeliveryMemory.KeyOf(provider.Name, proof.CoversDelivery ? provider.Delivery(headers) : null, body.Span)) =>
                new(StatusCodes.Status200OK, WebhookResult.Repeated, $"this push to {push.Locations.Count} addresses was taken before"),
            { Push: { } push } => Follow(provider, push),
            _ => new(StatusCodes.Status200OK, WebhookResult.Ignored, "this event moves no ref: nothing to do"),
        };
    }

    private Answer Follow(IWebhookProvider provider, Push push)
    {
        var touched = new Dictionary<RepositoryAddress, List<ExpectedMove>>();
        var places = new Dictionary<string, bool>(StringComparer.Ordinal);
        var subscriptions = 0;
        foreach (var subscription in _repositories.Subscriptions)
        {
            var url = subscription.Repository.Url;
            if (!places.TryGetValue(url, out var isMeant))
            {
                places[url] = isMeant = RepositoryLocation.Of(url) is { } location && push.Locations.Contains(location);
            }

            if (isMeant && push.Touches(subscription.Revision, out var by))
            {
                subscriptions++;
                (touched.TryGetValue(subscription.Repository, out var moves) ? moves : touched[subscription.Repository] = [])
                    .Add(new(subscription.Revision, by.Before));
            }
        }

        if (touched.Count == 0)
        {
            return new(StatusCodes.Status200OK, WebhookResult.Unmatched, "nothing follows what was pushed");
        }

        foreach (var (repository, moves) in touched)
        {
            _refresher.Ask(repository, [.. moves.Distinct()]);
        }

        Log.Pushed(_log, provider.Name, subscriptions, touched.Count);
        return new(StatusCodes.Status202Accepted, WebhookResult.Accepted, $"looking for what was pushed: {subscriptions} follow it");
    }

    /// <returns>The buffer, which may be another one, and how much of it is filled; null: it is more than is taken.</returns>
    private async Task<(byte[] Buffer, int? Length)> ReadAsync(HttpContext context, byte[] buffer)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxBody;
        }

        using var late = new CancellationTokenSource(ReadLimit, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted);
        var length = 0;
        while (true)
        {
            if (length > MaxBody)
            {
                return (buffer, null);
            }

            if (length == buffer.Length)
            {
                var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                buffer.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }

            var read = await context.Request.Body.ReadAsync(buffer.AsMemory(length, Math.Min(buffer.Length, MaxBody + 1) - length), stop.Token);
            if (read == 0)
            {
                return (buffer, length);
            }

            length += read;
        }
    }

    private readonly record struct Answer(int Code, string Result, string Text)
    {
        /// <summary>Whether it may be given before the body was read.</summary>
        public bool IsEarly => Code >= StatusCodes.Status400BadRequest;

        public static readonly Answer Pong = new(StatusCodes.Status200OK, WebhookResult.Ping, "pong");

        public static readonly Answer Unverified =
            new(StatusCodes.Status403Forbidden, WebhookResult.Unverified, "the signature or token is missing or wrong");

        public static readonly Answer TooLarge =
            new(StatusCodes.Status413PayloadTooLarge, WebhookResult.TooLarge, $"the body is larger than {MaxBody / 1024 / 1024} MiB");
    }
}

using System.Text;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Storage;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace GitOps.Sandbox.Faults;

/// <summary>Carries out the faults that meet a request: before it is handled, and when it is answered.</summary>
internal static class FaultAnswers
{
    private const int SlowPieces = 4;

    /// <returns>False: the request has been answered, or cut.</returns>
    /// <exception cref="ApiError">What is answered in place of the request's own answer.</exception>
    public static async Task<bool> MeetAsync(ApiContext context)
    {
        foreach (var fault in context.Faults)
        {
            if (fault.OnMet is { } onMet)
            {
                await onMet(context.Record);
            }

            if (fault.Latency > TimeSpan.Zero)
            {
                await Task.Delay(fault.Latency, context.Cluster.Options.TimeProvider, context.Aborted);
            }

            if (fault.GoAway)
            {
                context.Http.Connection.RequestClose();
            }

            if (fault.AbortBefore)
            {
                Cut(context.Http, fault);
                return false;
            }

            if (fault.Foreign is { } foreign)
            {
                await context.AnswerAsync((int)foreign.Status, Encoding.UTF8.GetBytes(foreign.Text), foreign.ContentType);
                return false;
            }

            Refuse(context, fault);
        }

        return true;
    }

    /// <summary>Sends the body of an answer, as the faults have it.</summary>
    /// <returns>False: there was none that concerns it.</returns>
    public static async Task<bool> TrySendAsync(ApiContext context, ReadOnlyMemory<byte> body)
    {
        if (context.Faults.FirstOrDefault(static fault => fault.AbortAfter || fault.Body != BodyFault.None) is not { } fault)
        {
            return false;
        }

        if (fault.AbortAfter)
        {
            context.Record.Status = 0;
            Cut(context.Http, fault);
            return true;
        }

        var output = context.Http.Response.Body;
        var half = body[..(body.Length / 2)];
        switch (fault.Body)
        {
            case BodyFault.Truncated:
                context.Http.Response.ContentLength = half.Length;
                await output.WriteAsync(half, context.Aborted);
                break;
            case BodyFault.CutOff:
                context.Http.Response.ContentLength = body.Length;
                await output.WriteAsync(half, context.Aborted);
                await output.FlushAsync(context.Aborted);
                Cut(context.Http, fault);
                break;
            default:
                context.Http.Response.ContentLength = body.Length;
                await SendSlowlyAsync(context, fault, output, body);
                break;
        }

        return true;
    }

    /// <summary>Resets the stream of this request, or its whole connection.</summary>
    public static void Cut(HttpContext http, Fault fault)
    {
        if (fault.WholeConnection)
        {
            http.Features.GetRequiredFeature<IConnectionLifetimeFeature>().Abort();
        }

        http.Abort();
    }

    private static void Refuse(ApiContext context, Fault fault)
    {
        if (fault.TooLargeVersion && context.Record.Verb is "list" or "watch")
        {
            var present = context.Cluster.Store.Version;
            throw ApiError.TooLargeResourceVersion(present + 1000, present);
        }

        if (fault.ExpireContinue && context.Query("continue") is { Length: > 0 } token)
        {
            throw ListHandler.ExpiredContinuation(ContinueToken.Parse(token));
        }

        if (fault.Status is { } status)
        {
            throw Answer((int)status, fault.RetryAfter);
        }

        if (fault.RefuseDryRun && context.Record.DryRun)
        {
            throw ApiError.BadRequest("admission webhook \"sandbox.fault\" does not support dry run");
        }
    }

    private static async Task SendSlowlyAsync(ApiContext context, Fault fault, Stream output, ReadOnlyMemory<byte> body)
    {
        var size = (body.Length / SlowPieces) + 1;
        for (var start = 0; start < body.Length; start += size)
        {
            if (start > 0)
            {
                await Task.Delay(fault.BodyPause, context.Cluster.Options.TimeProvider, context.Aborted);
            }

            await output.WriteAsync(body.Slice(start, Math.Min(size, body.Length - start)), context.Aborted);
            await output.FlushAsync(context.Aborted);
        }
    }

    private static ApiError Answer(int status, TimeSpan? retryAfter)
    {
        var (reason, message) = status switch
        {
            401 => ("Unauthorized", "Unauthorized"),
            403 => ("Forbidden", "forbidden by a scripted fault"),
            404 => ("NotFound", "the server could not find the requested resource"),
            409 => ("Conflict", "conflict by a scripted fault"),
            410 => ("Expired", "too old resource version by a scripted fault"),
            429 => ("TooManyRequests", "too many requests, please try again later"),
            503 => ("ServiceUnavailable", "the server is currently unable to handle the request"),
            504 => ("Timeout", "the request did not complete within its time"),
            _ => ("InternalError", "Internal error occurred: scripted fault"),
        };
        var seconds = retryAfter is { } wait ? (int)Math.Ceiling(wait.TotalSeconds) : (int?)null;
        return new(status, reason, message, seconds is null ? [] : new() { ["retryAfterSeconds"] = seconds })
        {
            RetryAfterSeconds = seconds,
        };
    }
}

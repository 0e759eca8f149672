using GitOps.Sandbox.Http;

namespace GitOps.Sandbox.Faults;

/// <summary>Carries out the faults that meet a request before it is handled.</summary>
internal static class FaultAnswers
{
    /// <returns>False: the connection was cut.</returns>
    /// <exception cref="ApiError">What is answered in place of the request's own answer.</exception>
    public static async Task<bool> MeetAsync(ApiContext context)
    {
        foreach (var fault in context.Faults)
        {
            if (fault.Latency > TimeSpan.Zero)
            {
                await Task.Delay(fault.Latency, context.Cluster.Options.TimeProvider, context.Aborted);
            }

            if (fault.AbortBefore)
            {
                context.Http.Abort();
                return false;
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

        return true;
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

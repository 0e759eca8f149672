using System.Net;

namespace GitOps.Kubernetes.Http;

/// <summary>Whether, and after how long, a failed attempt is repeated. Pure.</summary>
internal static class RetryRules
{
    public const int MaxAttempts = 10;

    /// <summary>Without a word from the server about when: few attempts, because whoever asked has his own patience.</summary>
    public const int MaxUntoldAttempts = 4;

    private const double JitterShare = 0.25;

    private static readonly TimeSpan FirstUntoldDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan UntoldPushBack = TimeSpan.FromSeconds(1);

    /// <param name="repeat">What kind of request it is.</param>
    /// <param name="failure">What went wrong.</param>
    /// <param name="attempts">Those made, this one included.</param>
    /// <param name="left">What is left of the budget.</param>
    /// <param name="random">In [0, 1).</param>
    /// <returns>Null: not repeated.</returns>
    public static TimeSpan? Delay(Repeat repeat, Exception failure, int attempts, TimeSpan left, double random)
    {
        if (attempts >= MaxAttempts || !IsRepeatable(repeat, failure))
        {
            return null;
        }

        var refusal = failure as ApiException;
        TimeSpan delay;
        if (refusal?.RetryAfter is { } told)
        {
            // At least as long as told; the jitter spreads those who were told the same.
            delay = told + Max(told, UntoldPushBack) * (JitterShare * random);
        }
        else if (attempts >= MaxUntoldAttempts)
        {
            return null;
        }
        else
        {
            var first = refusal?.Code == HttpStatusCode.TooManyRequests ? UntoldPushBack : FirstUntoldDelay;
            delay = first * Math.Pow(2, attempts - 1) * (0.5 + (random / 2));
        }

        return delay <= left ? delay : null;
    }

    private static bool IsRepeatable(Repeat repeat, Exception failure) => failure switch
    {
        ApiException { Code: HttpStatusCode.TooManyRequests } => true,
        ApiException refusal => repeat == Repeat.Always && refusal.IsTransient && refusal.Code != HttpStatusCode.NotImplemented,
        ApiConnectionException { IsTransport: true } => repeat == Repeat.Always,
        _ => false,
    };

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;
}

namespace GitOps.Operator.Api;

/// <summary><c>spec.syncPolicy.retry</c>: Argo CD's meanings and defaults.</summary>
internal static class RetryRules
{
    private const string Path = "spec.syncPolicy.retry";

    public static RetryPolicy Check(RetrySpec? retry, SpecErrors errors)
    {
        var standard = RetryPolicy.Default;
        if (retry is null)
        {
            return standard;
        }

        if (retry.Refresh == false)
        {
            errors.Unsupported($"{Path}.refresh", "a newer commit always replaces the one that fails; leave it out or set true");
        }

        if (retry.Backoff?.Factor < 1)
        {
            errors.Invalid($"{Path}.backoff.factor", "must be 1 or more");
        }

        var duration = Duration(retry.Backoff?.Duration, "duration", standard.Duration, errors);
        return new(
            retry.Limit < 0 ? null : retry.Limit ?? 0,
            duration,
            retry.Backoff?.Factor ?? standard.Factor,
            Duration(retry.Backoff?.MaxDuration, "maxDuration", standard.MaxDuration > duration ? standard.MaxDuration : duration, errors));
    }

    private static TimeSpan Duration(string? text, string field, TimeSpan standard, SpecErrors errors)
    {
        if (string.IsNullOrEmpty(text))
        {
            return standard;
        }

        if (!GoDuration.TryParse(text, out var duration, bareSeconds: true))
        {
            errors.Invalid($"{Path}.backoff.{field}", $"'{text}' is no duration; write for example 5s or 3m");
        }

        return duration;
    }
}

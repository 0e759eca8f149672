namespace GitOps.Operator.Api;

/// <summary><c>spec.deadlines</c>: how long a sync waits before it has failed.</summary>
internal static class DeadlineRules
{
    private const string Path = "spec.deadlines";

    public static SyncDeadlines Check(DeadlinesSpec? deadlines, SpecErrors errors)
    {
        var standard = SyncDeadlines.Default;
        return deadlines is null
            ? standard
            : new(
                Duration(deadlines.Wave, "wave", standard.Wave, errors),
                Duration(deadlines.Hook, "hook", standard.Hook, errors),
                Duration(deadlines.Operation, "operation", standard.Operation, errors));
    }

    private static TimeSpan Duration(string? text, string field, TimeSpan standard, SpecErrors errors)
    {
        if (string.IsNullOrEmpty(text))
        {
            return standard;
        }

        if (!GoDuration.TryParse(text, out var duration))
        {
            errors.Invalid($"{Path}.{field}", $"'{text}' is no duration; write for example 90s or 30m");
        }
        else if (duration <= TimeSpan.Zero)
        {
            errors.Invalid($"{Path}.{field}", $"'{text}' is not longer than 0");
        }

        return duration;
    }
}

using System.Collections.Immutable;
using GitOps.Operator.Model.Schedules;

namespace GitOps.Operator.Api;

/// <summary><c>spec.syncWindows</c>: the fields of a sync window of Argo CD's AppProject.</summary>
internal static class SyncWindowRules
{
    private const string Path = "spec.syncWindows";
    private static readonly TimeSpan MaxDuration = TimeSpan.FromDays(3660);

    public static ImmutableArray<SyncWindow> Check(ImmutableArray<SyncWindowSpec> windows, SpecErrors errors)
    {
        var valid = ImmutableArray.CreateBuilder<SyncWindow>(windows.Length);
        for (var i = 0; i < windows.Length; i++)
        {
            if (Check($"{Path}[{i}]", windows[i], errors) is { } window)
            {
                valid.Add(window);
            }
        }

        return valid.ToImmutable();
    }

    private static SyncWindow? Check(string path, SyncWindowSpec window, SpecErrors errors)
    {
        WindowKind? kind = window.Kind switch { "allow" => WindowKind.Allow, "deny" => WindowKind.Deny, _ => null };
        if (kind is null)
        {
            errors.Invalid($"{path}.kind", $"'{window.Kind}' is not one of allow, deny");
        }

        if (!CronExpression.TryParse(window.Schedule ?? string.Empty, out var schedule, out var error))
        {
            errors.Invalid($"{path}.schedule", $"{error}; write for example '0 22 * * mon-fri'");
        }

        var zone = Zone($"{path}.timeZone", window.TimeZone, errors);
        var duration = Duration($"{path}.duration", window.Duration, errors);
        if (kind is null || schedule is null || zone is null || duration is null)
        {
            return null;
        }

        var name = string.IsNullOrEmpty(window.Description) ? path : $"{path} ({window.Description})";
        return new(kind.Value, schedule, duration.Value, zone, window.ManualSync == true, window.SyncOverrun == true, name);
    }

    private static TimeSpan? Duration(string field, string? text, SpecErrors errors)
    {
        if (!GoDuration.TryParse(text ?? string.Empty, out var duration))
        {
            errors.Invalid(field, $"'{text}' is no duration; write for example 1h or 90m");
            return null;
        }

        if (duration <= TimeSpan.Zero || duration > MaxDuration)
        {
            errors.Invalid(field, $"'{text}' is not between 0 and {GoDuration.Format(MaxDuration)}");
            return null;
        }

        return duration;
    }

    private static TimeZoneInfo? Zone(string field, string? id, SpecErrors errors)
    {
        if (string.IsNullOrEmpty(id) || id == "UTC")
        {
            return TimeZoneInfo.Utc;
        }

        // Local would be wherever the operator happens to run.
        if (id != "Local" && TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) && zone.HasIanaId)
        {
            return zone;
        }

        errors.Invalid(field, $"'{id}' is no time zone of the IANA database; write for example Europe/Berlin");
        return null;
    }
}

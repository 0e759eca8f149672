using System.Collections.Immutable;
using System.Globalization;

namespace GitOps.Sandbox.Cel.Libraries;

/// <summary>The parts of times and durations.</summary>
internal static class TimeLibrary
{
    public static ImmutableArray<CelOverload> Overloads { get; } =
    [
        .. Part("getFullYear", static (date, _) => date.Year),
        .. Part("getMonth", static (date, _) => date.Month - 1),
        .. Part("getDayOfYear", static (date, _) => date.DayOfYear - 1),
        .. Part("getDayOfMonth", static (date, _) => date.Day - 1),
        .. Part("getDate", static (date, _) => date.Day),
        .. Part("getDayOfWeek", static (date, _) => (int)date.DayOfWeek),
        .. Part("getHours", static (date, _) => date.Hour),
        .. Part("getMinutes", static (date, _) => date.Minute),
        .. Part("getSeconds", static (date, _) => date.Second),
        .. Part("getMilliseconds", static (_, nanoseconds) => nanoseconds / 1_000_000),
        Of("duration_to_hours", "(duration).getHours(): int", static a => Whole(a, 3600 * CelDuration.Second)),
        Of("duration_to_minutes", "(duration).getMinutes(): int", static a => Whole(a, 60 * CelDuration.Second)),
        Of("duration_to_seconds", "(duration).getSeconds(): int", static a => Whole(a, CelDuration.Second)),
        Of("duration_to_milliseconds", "(duration).getMilliseconds(): int", static a => CelInt.Of(((CelDuration)a[0]).Nanoseconds / 1_000_000)),
    ];

    private static CelOverload Of(string id, string signature, Func<CelValue[], CelValue> apply) => CelSignature.Read(id, signature, apply);

    private static CelInt Whole(CelValue[] arguments, long unit) => CelInt.Of(((CelDuration)arguments[0]).Nanoseconds / unit);

    private static IEnumerable<CelOverload> Part(string function, Func<DateTime, int, int> part) =>
    [
        Of($"timestamp_{function}", $"(timestamp).{function}(): int", a => CelInt.Of(part(((CelTimestamp)a[0]).Date, ((CelTimestamp)a[0]).Nanoseconds))),
        Of($"timestamp_{function}_tz", $"(timestamp).{function}(string): int", a => InZone((CelTimestamp)a[0], ((CelString)a[1]).Value, part)),
    ];

    private static CelValue InZone(CelTimestamp time, string zone, Func<DateTime, int, int> part)
    {
        var colon = zone.IndexOf(':', StringComparison.Ordinal);
        if (colon >= 0)
        {
            return int.TryParse(zone[..colon], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var hours)
                && int.TryParse(zone[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var minutes)
                ? Shifted(time, (hours * 60L) + (zone.StartsWith('-') ? -minutes : minutes), part)
                : new CelError($"unknown time zone {zone}");
        }

        try
        {
            var offset = zone is "" or "UTC" ? TimeSpan.Zero : TimeZoneInfo.FindSystemTimeZoneById(zone).GetUtcOffset(time.Date);
            return Shifted(time, (long)offset.TotalMinutes, part);
        }
        catch (Exception exception) when (exception is TimeZoneNotFoundException or InvalidTimeZoneException or System.Security.SecurityException)
        {
            return new CelError($"unknown time zone {zone}");
        }
    }

    private static CelValue Shifted(CelTimestamp time, long minutes, Func<DateTime, int, int> part) =>
        CelTimestamp.Of(time.Seconds + (minutes * 60), time.Nanoseconds) is CelTimestamp local
            ? CelInt.Of(part(local.Date, local.Nanoseconds))
            : new CelError("timestamp overflow");
}

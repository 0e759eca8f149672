using System.Diagnostics.CodeAnalysis;

namespace GitOps.Operator.Model.Schedules;

/// <summary>
/// Five fields — minute, hour, day of month, month, day of week — as Argo CD reads them: lists, ranges, steps, English names of
/// months and days, <c>?</c> for <c>*</c>. Where both kinds of day are restricted, either of them will do. Knows nothing of time
/// zones: it is about what the clock on the wall shows. Immutable.
/// </summary>
internal sealed class CronExpression
{
    // A 29th of February may be eight years away.
    private const int MaxYears = 9;

    private readonly CronField _minutes;
    private readonly CronField _hours;
    private readonly CronField _days;
    private readonly CronField _months;
    private readonly CronField _weekdays;

    private CronExpression(CronField minutes, CronField hours, CronField days, CronField months, CronField weekdays)
    {
        _minutes = minutes;
        _hours = hours;
        _days = days;
        _months = months;
        _weekdays = weekdays;
    }

    /// <param name="text">For example <c>0 22 * * mon-fri</c>.</param>
    /// <param name="cron">Null if it makes no sense.</param>
    /// <param name="error">What is wrong with it; null if nothing is.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out CronExpression? cron, [NotNullWhen(false)] out string? error)
    {
        cron = null;
        var parts = text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != CronField.Kinds.Length)
        {
            error = $"'{text}' has {parts.Length} fields instead of 5 (minute, hour, day of month, month, day of week)";
            return false;
        }

        var fields = new CronField[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!CronField.TryParse(parts[i], CronField.Kinds[i], out fields[i], out error))
            {
                return false;
            }
        }

        var parsed = new CronExpression(fields[0], fields[1], fields[2], fields[3], fields[4]);
        if (parsed.Next(new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Unspecified)) is null)
        {
            error = $"'{text}' names a day that never comes";
            return false;
        }

        (cron, error) = (parsed, null);
        return true;
    }

    /// <summary>The first minute after <paramref name="after"/> that it names; null if the calendar ends before.</summary>
    public DateTime? Next(DateTime after)
    {
        var first = after.AddTicks(-(after.Ticks % TimeSpan.TicksPerMinute)).AddMinutes(1);
        var last = Math.Min(first.Year + MaxYears, DateTime.MaxValue.Year - 1);
        for (var day = first.Date; day.Year <= last; day = day.AddDays(1))
        {
            if (!_months.Has(day.Month))
            {
                day = new DateTime(day.Year, day.Month, DateTime.DaysInMonth(day.Year, day.Month), 0, 0, 0, DateTimeKind.Unspecified);
            }
            else if (IsOn(day) && FirstOf(day == first.Date ? first.TimeOfDay : TimeSpan.Zero) is { } time)
            {
                return day + time;
            }
        }

        return null;
    }

    private bool IsOn(DateTime day)
    {
        var (byDate, byName) = (_days.Has(day.Day), _weekdays.Has((int)day.DayOfWeek));
        return _days.IsAny || _weekdays.IsAny ? byDate && byName : byDate || byName;
    }

    private TimeSpan? FirstOf(TimeSpan from)
    {
        for (var hour = from.Hours; hour < 24; hour++)
        {
            if (!_hours.Has(hour))
            {
                continue;
            }

            for (var minute = hour == from.Hours ? from.Minutes : 0; minute < 60; minute++)
            {
                if (_minutes.Has(minute))
                {
                    return new(hour, minute, 0);
                }
            }
        }

        return null;
    }
}

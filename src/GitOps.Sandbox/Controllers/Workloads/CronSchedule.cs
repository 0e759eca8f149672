using System.Globalization;

namespace GitOps.Sandbox.Controllers.Workloads;

/// <summary>Five fields (minute, hour, day, month, day of the week), or a word such as <c>@hourly</c>. Pure.</summary>
internal sealed class CronSchedule
{
    private static readonly (int First, int Last)[] Bounds = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];

    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private readonly SortedSet<int>[] _fields;
    private readonly bool _anyDay;
    private readonly bool _anyWeekday;

    private CronSchedule(string[] parts)
    {
        _fields = [.. parts.Select(static (part, index) => Field(part, index))];
        (_anyDay, _anyWeekday) = (parts[2] is ['*' or '?', ..], parts[4] is ['*' or '?', ..]);
        if (_fields[4].Contains(7))
        {
            _fields[4].Add(0);
        }
    }

    /// <returns>Null if it cannot be read.</returns>
    public static CronSchedule? Parse(string text)
    {
        var expanded = text.Trim() switch
        {
            "@yearly" or "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" or "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            var other => other,
        };
        var parts = expanded.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != Bounds.Length)
        {
            return null;
        }

        var schedule = new CronSchedule(parts);
        return Array.TrueForAll(schedule._fields, static field => field.Count > 0) ? schedule : null;
    }

    /// <summary>The first time after another, as the clock on a wall shows it; null if there is none within five years.</summary>
    public DateTime? Next(DateTime after)
    {
        var time = new DateTime(after.Year, after.Month, after.Day, after.Hour, after.Minute, 0, after.Kind).AddMinutes(1);
        var end = after.AddYears(5);
        while (time < end)
        {
            if (!_fields[3].Contains(time.Month))
            {
                time = new DateTime(time.Year, time.Month, 1, 0, 0, 0, time.Kind).AddMonths(1);
            }
            else if (!IsDay(time))
            {
                time = time.Date.AddDays(1);
            }
            else if (!_fields[1].Contains(time.Hour))
            {
                time = time.Date.AddHours(time.Hour + 1);
            }
            else if (!_fields[0].Contains(time.Minute))
            {
                time = time.AddMinutes(1);
            }
            else
            {
                return time;
            }
        }

        return null;
    }

    /// <summary>Where both kinds of day are told, one of them is enough.</summary>
    private bool IsDay(DateTime time)
    {
        var (isDay, isWeekday) = (_fields[2].Contains(time.Day), _fields[4].Contains((int)time.DayOfWeek));
        return _anyDay || _anyWeekday ? isDay && isWeekday : isDay || isWeekday;
    }

    private static SortedSet<int> Field(string text, int index)
    {
        var values = new SortedSet<int>();
        foreach (var item in text.Split(','))
        {
            var parts = item.Split('/');
            var ends = parts[0] is "*" or "?" ? null : parts[0].Split('-');
            var first = ends is null ? Bounds[index].First : Value(ends[0], index);
            var last = ends is null || (ends.Length == 1 && parts.Length == 2) ? Bounds[index].Last : Value(ends[^1], index);
            if (first is null || last is null || !int.TryParse(parts.Length == 2 ? parts[1] : "1", NumberStyles.None, CultureInfo.InvariantCulture, out var step) || step == 0)
            {
                return [];
            }

            for (var value = first.Value; value <= last; value += step)
            {
                values.Add(value);
            }
        }

        return values;
    }

    private static int? Value(string text, int index)
    {
        var names = index switch { 3 => Months, 4 => Days, _ => [] };
        var named = Array.FindIndex(names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        var value = named >= 0 ? named + Bounds[index].First
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
        return value >= Bounds[index].First && value <= Bounds[index].Last ? value : null;
    }
}

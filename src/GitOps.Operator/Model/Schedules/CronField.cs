using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace GitOps.Operator.Model.Schedules;

/// <summary>What a field of a cron expression may hold.</summary>
internal sealed record CronFieldKind(string Name, int Least, int Most, string[] Words)
{
    /// <summary>The number of the first of <see cref="Words"/>.</summary>
    public int FirstWord { get; init; }
}

/// <summary>The values that one field of a cron expression names.</summary>
/// <param name="Values">A bit for each.</param>
/// <param name="IsAny">It is <c>*</c> or <c>?</c>: it restricts nothing. One with a step does.</param>
internal readonly record struct CronField(ulong Values, bool IsAny)
{
    /// <summary>In the order of the expression.</summary>
    public static readonly CronFieldKind[] Kinds =
    [
        new("minute", 0, 59, []),
        new("hour", 0, 23, []),
        new("day of month", 1, 31, []),
        new("month", 1, 12, ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]) { FirstWord = 1 },
        new("day of week", 0, 6, ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    ];

    public bool Has(int value) => (Values & (1UL << value)) != 0;

    public static bool TryParse(string text, CronFieldKind kind, out CronField field, [NotNullWhen(false)] out string? error)
    {
        field = default;
        foreach (var part in text.Split(','))
        {
            if (!TryParsePart(part, kind, out var item))
            {
                error = $"'{part}' is no {kind.Name}: numbers from {kind.Least} to {kind.Most}"
                    + (kind.Words.Length == 0 ? string.Empty : $" or names from {kind.Words[0]} to {kind.Words[^1]}")
                    + ", ranges (a-b), steps (*/n, a-b/n) or *";
                return false;
            }

            field = new(field.Values | item.Values, field.IsAny || item.IsAny);
        }

        error = null;
        return true;
    }

    private static bool TryParsePart(string part, CronFieldKind kind, out CronField field)
    {
        field = default;
        var steps = part.Split('/');
        var step = 1;
        if (steps.Length > 2 || (steps.Length == 2 && (!TryNumber(steps[1], out step) || step == 0)))
        {
            return false;
        }

        var isAny = steps[0] is "*" or "?";
        var ends = steps[0].Split('-');
        var (first, last) = (kind.Least, kind.Most);
        if (!isAny && (ends.Length > 2 || !TryValue(ends[0], kind, out first) || !TryValue(ends[^1], kind, out last)))
        {
            return false;
        }

        if (!isAny && ends.Length == 1 && steps.Length == 2)
        {
            // 5/15: from 5 on.
            last = kind.Most;
        }

        if (first > last)
        {
            return false;
        }

        var values = 0UL;
        for (long value = first; value <= last; value += step)
        {
            values |= 1UL << (int)value;
        }

        field = new(values, isAny && step == 1);
        return true;
    }

    private static bool TryValue(string text, CronFieldKind kind, out int value)
    {
        var word = Array.FindIndex(kind.Words, item => item.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (word >= 0)
        {
            value = word + kind.FirstWord;
            return true;
        }

        return TryNumber(text, out value) && value >= kind.Least && value <= kind.Most;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

using System.Buffers;
using System.Globalization;
using System.Text;

namespace GitOps.Operator.Api;

/// <summary>Durations as Go writes them: <c>30s</c>, <c>1m30s</c>, <c>1.5h</c>, <c>100ms</c>.</summary>
internal static class GoDuration
{
    private static readonly SearchValues<char> NumberLetters = SearchValues.Create("0123456789.");

    private static readonly (string Unit, decimal Ticks)[] Units =
    [
        ("ns", 0.01m), ("us", 10m), ("µs", 10m), ("μs", 10m), ("ms", TimeSpan.TicksPerMillisecond),
        ("s", TimeSpan.TicksPerSecond), ("m", TimeSpan.TicksPerMinute), ("h", TimeSpan.TicksPerHour),
    ];

    /// <param name="text">The duration; negative ones and those beyond 290 years are refused.</param>
    /// <param name="duration">Rounded down to 100 ns.</param>
    /// <param name="bareSeconds">Take a number without a unit as seconds, as Argo CD does for back-offs.</param>
    public static bool TryParse(string text, out TimeSpan duration, bool bareSeconds = false)
    {
        duration = TimeSpan.Zero;
        var rest = text.AsSpan();
        if (rest is "0" || (bareSeconds && long.TryParse(rest, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            return TryAdd(rest, TimeSpan.TicksPerSecond, ref duration);
        }

        if (rest.IsEmpty)
        {
            return false;
        }

        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(NumberLetters);
            if (digits <= 0)
            {
                return false;
            }

            var number = rest[..digits];
            rest = rest[digits..];
            var letters = rest.IndexOfAny(NumberLetters);
            var unit = letters < 0 ? rest : rest[..letters];
            rest = rest[unit.Length..];
            if (!TryFindUnit(unit, out var ticks) || !TryAdd(number, ticks, ref duration))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The shortest form without fractions of a unit above seconds: <c>1m30s</c>, <c>500ms</c>.</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration < TimeSpan.FromSeconds(1))
        {
            return duration == TimeSpan.Zero ? "0s" : string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds}ms");
        }

        var text = new StringBuilder();
        if (duration.TotalHours >= 1)
        {
            text.Append(CultureInfo.InvariantCulture, $"{(long)duration.TotalHours}h");
        }

        if (duration.Minutes > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{duration.Minutes}m");
        }

        var seconds = (duration.Ticks % TimeSpan.TicksPerMinute) / (decimal)TimeSpan.TicksPerSecond;
        return seconds > 0 ? text.Append(CultureInfo.InvariantCulture, $"{seconds:0.#######}s").ToString() : text.ToString();
    }

    private static bool TryFindUnit(ReadOnlySpan<char> text, out decimal ticks)
    {
        foreach (var unit in Units)
        {
            if (text.SequenceEqual(unit.Unit))
            {
                ticks = unit.Ticks;
                return true;
            }
        }

        ticks = 0;
        return false;
    }

    private static bool TryAdd(ReadOnlySpan<char> number, decimal unit, ref TimeSpan sum)
    {
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
            || count > long.MaxValue / 100 / unit)
        {
            return false;
        }

        var ticks = sum.Ticks + (long)(count * unit);
        sum = TimeSpan.FromTicks(ticks);
        return ticks <= long.MaxValue / 100;
    }
}

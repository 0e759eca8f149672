namespace GitOps.Sandbox.Catalog;

/// <summary>Durations as kubectl's tables show them: two units at most, the finer the younger.</summary>
internal static class HumanDuration
{
    public static string Format(TimeSpan duration)
    {
        var seconds = (long)duration.TotalSeconds;
        var (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
        return seconds switch
        {
            < -1 => "<invalid>",
            <= 0 => "0s",
            < 120 => $"{seconds}s",
            < 600 => Two(minutes, "m", seconds % 60, "s"),
            < 3 * 3600 => $"{minutes}m",
            < 8 * 3600 => Two(hours, "h", minutes % 60, "m"),
            < 48 * 3600 => $"{hours}h",
            < 8 * 86400 => Two(days, "d", hours % 24, "h"),
            < 2 * 365 * 86400L => $"{days}d",
            < 8 * 365 * 86400L => Two(days / 365, "y", days % 365, "d"),
            _ => $"{days / 365}y",
        };
    }

    private static string Two(long first, string firstUnit, long second, string secondUnit) =>
        second == 0 ? $"{first}{firstUnit}" : $"{first}{firstUnit}{second}{secondUnit}";
}

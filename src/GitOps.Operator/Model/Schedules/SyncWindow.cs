namespace GitOps.Operator.Model.Schedules;

internal enum WindowKind
{
    /// <summary>Syncs run while it is open.</summary>
    Allow,

    /// <summary>No sync runs while it is open.</summary>
    Deny,
}

/// <summary>
/// A recurring stretch of time. Opens when the clock on the wall of its zone shows what the schedule says, and closes when that
/// clock has moved on by its duration: on the day the clocks change it is an hour shorter or longer, as in Argo CD.
/// </summary>
/// <param name="Kind">What it does while it is open.</param>
/// <param name="Schedule">When it opens.</param>
/// <param name="Duration">More than 0.</param>
/// <param name="Zone">Whose clock.</param>
/// <param name="ManualSync">What a person asks for passes it.</param>
/// <param name="SyncOverrun">A sync that began while it was allowed may go on.</param>
/// <param name="Name">For messages: its place in the spec, and its description.</param>
internal sealed record SyncWindow(
    WindowKind Kind, CronExpression Schedule, TimeSpan Duration, TimeZoneInfo Zone, bool ManualSync, bool SyncOverrun, string Name)
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public bool IsOpen(DateTimeOffset at)
    {
        var wall = WallOf(at);
        return Schedule.Next(wall - Duration) is { } opened && opened <= wall;
    }

    /// <summary>
    /// When to look again: it may open or close, or the clocks change. Never later than a day, since nobody says beforehand when
    /// the clocks change.
    /// </summary>
    public DateTimeOffset NextLook(DateTimeOffset after)
    {
        var wall = WallOf(after);
        var offset = Zone.GetUtcOffset(after.UtcDateTime);
        var look = after + Day;
        foreach (var change in (DateTime?[])[Schedule.Next(wall), Schedule.Next(wall - Duration) + Duration])
        {
            if (change is { } edge && edge - wall < look - after)
            {
                look = after + (edge - wall);
            }
        }

        return Zone.GetUtcOffset(look.UtcDateTime) == offset ? look : ChangeOfClocks(after, look, offset);
    }

    private DateTime WallOf(DateTimeOffset at) =>
        DateTime.SpecifyKind(at.UtcDateTime + Zone.GetUtcOffset(at.UtcDateTime), DateTimeKind.Unspecified);

    /// <summary>The first whole minute at which the offset is another.</summary>
    private DateTimeOffset ChangeOfClocks(DateTimeOffset before, DateTimeOffset after, TimeSpan offset)
    {
        var low = before.UtcTicks / TimeSpan.TicksPerMinute;
        var high = (after.UtcTicks + TimeSpan.TicksPerMinute - 1) / TimeSpan.TicksPerMinute;
        while (high - low > 1)
        {
            var middle = low + ((high - low) / 2);
            if (Zone.GetUtcOffset(new DateTime(middle * TimeSpan.TicksPerMinute, DateTimeKind.Utc)) == offset)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        return new(high * TimeSpan.TicksPerMinute, TimeSpan.Zero);
    }
}

using System.Collections.Immutable;
using System.Globalization;
using GitOps.Operator.Model.Schedules;

namespace GitOps.Operator.Tests.Schedules;

public sealed class SyncWindowTests
{
    /// <summary>A window; a time in UTC; whether it is open then.</summary>
    [Theory]
    [InlineData("0 22 * * *", "8h", "UTC", "2026-01-01 21:59:59", false)]
    [InlineData("0 22 * * *", "8h", "UTC", "2026-01-01 22:00:00", true)]
    [InlineData("0 22 * * *", "8h", "UTC", "2026-01-02 05:59:59", true)]
    [InlineData("0 22 * * *", "8h", "UTC", "2026-01-02 06:00:00", false)]
    // In Berlin it is an hour later in winter, two in summer.
    [InlineData("0 22 * * *", "1h", "Europe/Berlin", "2026-01-01 21:30:00", true)]
    [InlineData("0 22 * * *", "1h", "Europe/Berlin", "2026-01-01 22:30:00", false)]
    [InlineData("0 22 * * *", "1h", "Europe/Berlin", "2026-07-01 20:30:00", true)]
    [InlineData("0 22 * * *", "1h", "Europe/Berlin", "2026-07-01 21:30:00", false)]
    [InlineData("0 9 * * *", "1h", "Asia/Kolkata", "2026-01-01 03:30:00", true)]
    [InlineData("0 9 * * *", "1h", "Asia/Kolkata", "2026-01-01 03:29:59", false)]
    // Longer than the time between two openings: never closed.
    [InlineData("0 0 * * *", "25h", "UTC", "2026-01-01 23:59:59", true)]
    [InlineData("0 0 1 * *", "720h", "UTC", "2026-01-30 23:59:59", true)]
    [InlineData("0 0 1 * *", "720h", "UTC", "2026-01-31 00:00:00", false)]
    // 2026-03-29: at 01:00 UTC the clocks of Berlin go from 02:00 to 03:00. A window from 02:30 for an hour is half as long.
    [InlineData("30 2 * * *", "1h", "Europe/Berlin", "2026-03-29 00:59:59", false)]
    [InlineData("30 2 * * *", "1h", "Europe/Berlin", "2026-03-29 01:00:00", true)]
    [InlineData("30 2 * * *", "1h", "Europe/Berlin", "2026-03-29 01:29:59", true)]
    [InlineData("30 2 * * *", "1h", "Europe/Berlin", "2026-03-29 01:30:00", false)]
    // 2026-10-25: at 01:00 UTC they go from 03:00 back to 02:00. What is between 02:30 and 03:00 is there twice.
    [InlineData("30 2 * * *", "1h", "Europe/Berlin", "2026-10-25 00:29:59", false)]
    [InlineData("30 2 * * *", "1h", "Europe/Berlin", "2026-10-25 00:30:00", true)]
    [InlineData("30 2 * * *", "1h", "Europe/Berlin", "2026-10-25 00:59:59", true)]
    [InlineData("30 2 * * *", "1h", "Europe/Berlin", "2026-10-25 01:00:00", false)]
    [InlineData("30 2 * * *", "1h", "Europe/Berlin", "2026-10-25 01:30:00", true)]
    [InlineData("30 2 * * *", "1h", "Europe/Berlin", "2026-10-25 02:29:59", true)]
    [InlineData("30 2 * * *", "1h", "Europe/Berlin", "2026-10-25 02:30:00", false)]
    public void It_is_open_from_its_schedule_on_for_its_duration_by_the_clock_of_its_zone(
        string schedule, string duration, string zone, string at, bool expected) =>
        Windows.Of("deny", schedule, duration, zone).IsOpen(Windows.Utc(at)).ShouldBe(expected);

    [Theory]
    [InlineData("0 22 * * *", "8h", "UTC")]
    [InlineData("30 2 * * *", "1h", "Europe/Berlin")]
    [InlineData("30 1 * * sun", "90m", "America/New_York")]
    [InlineData("*/7 * * * *", "3m", "Asia/Kolkata")]
    [InlineData("0 0 * * *", "12h", "Australia/Lord_Howe")]
    [InlineData("15 2 25-29 3,10 *", "30m30s", "Europe/Berlin")]
    public void It_opens_and_closes_only_when_it_says_that_one_should_look_again(string schedule, string duration, string zone)
    {
        var window = Windows.Of("allow", schedule, duration, zone);
        foreach (var start in (string[])["2026-03-07 12:00:00", "2026-03-28 12:00:00", "2026-04-04 00:00:00", "2026-10-24 12:00:00", "2026-10-31 12:00:00"])
        {
            var (at, end) = (Windows.Utc(start), Windows.Utc(start).AddDays(2));
            while (at < end)
            {
                var look = window.NextLook(at);
                look.ShouldBeGreaterThan(at);
                look.ShouldBeLessThanOrEqualTo(at.AddDays(1).AddMinutes(1));
                var isOpen = window.IsOpen(at);
                for (var between = at; between < look; between = between.AddSeconds(30))
                {
                    window.IsOpen(between).ShouldBe(isOpen, $"{between} between {at} and {look}");
                }

                at = look;
            }
        }
    }
}

/// <summary>Windows to test with.</summary>
internal static class Windows
{
    public static SyncWindow Of(string kind, string schedule, string duration, string zone = "UTC", bool manual = false, bool overrun = false)
    {
        var errors = new GitOps.Operator.Api.SpecErrors();
        var windows = GitOps.Operator.Api.SyncWindowRules.Check(
            [new() { Kind = kind, Schedule = schedule, Duration = duration, TimeZone = zone, ManualSync = manual, SyncOverrun = overrun }], errors);
        errors.IsEmpty.ShouldBeTrue(string.Join('\n', errors.ToSorted()));
        return windows.Single();
    }

    /// <summary><c>deny 0 22 * * * 8h</c>, with <c>manual</c> and <c>overrun</c> behind it where that is so; several with <c>;</c> between them.</summary>
    public static ImmutableArray<SyncWindow> Read(string text) =>
    [
        .. text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(static item =>
        {
            var words = item.Split(' ');
            return Of(words[0], string.Join(' ', words[1..6]), words[6], "UTC", words.Contains("manual"), words.Contains("overrun"));
        }),
    ];

    public static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}

using GitOps.Operator.Model.Schedules;

namespace GitOps.Operator.Tests.Schedules;

public sealed class SyncWindowsTests
{
    private const string Night = "0 22 * * * 8h";
    private const string Noon = "0 12 * * * 1h";

    /// <summary>Windows; the time of 2026-01-01; whether an automatic and a manual sync may run.</summary>
    [Theory]
    [InlineData("deny " + Noon, "11:00", true, true)]
    [InlineData("deny " + Noon, "12:30", false, false)]
    [InlineData("deny " + Noon + " manual", "12:30", false, true)]
    [InlineData("deny " + Noon + " manual; deny 30 12 * * * 1h", "12:15", false, true)]
    [InlineData("deny " + Noon + " manual; deny 30 12 * * * 1h", "12:45", false, false)]
    [InlineData("allow " + Noon, "12:30", true, true)]
    [InlineData("allow " + Noon, "11:00", false, false)]
    [InlineData("allow " + Noon + " manual", "11:00", false, true)]
    [InlineData("allow " + Noon + " manual; allow " + Night, "11:00", false, false)]
    [InlineData("allow " + Noon + " manual; allow " + Night + " manual", "11:00", false, true)]
    [InlineData("allow " + Noon + "; allow " + Night, "12:30", true, true)]
    [InlineData("allow " + Noon + "; deny " + Noon, "12:30", false, false)]
    [InlineData("allow " + Noon + "; deny " + Noon + " manual", "12:30", false, true)]
    [InlineData("allow " + Noon + "; deny " + Night, "11:00", false, false)]
    [InlineData("allow " + Noon + "; deny " + Night, "12:30", true, true)]
    public void A_deny_window_forbids_and_allow_windows_forbid_all_other_times(string windows, string at, bool automatic, bool manual)
    {
        var time = Windows.Utc($"2026-01-01 {at}");
        SyncWindows.Judge(Windows.Read(windows), time, isManual: false, startedAt: null).Allows.ShouldBe(automatic);
        SyncWindows.Judge(Windows.Read(windows), time, isManual: true, startedAt: null).Allows.ShouldBe(manual);
    }

    /// <summary>Windows; when the sync under way began; now; whether it may go on.</summary>
    [Theory]
    [InlineData("deny " + Noon, "11:59", "12:01", false)]
    [InlineData("deny " + Noon + " overrun", "11:59", "12:01", true)]
    [InlineData("deny " + Noon + " overrun", "12:01", "12:02", false)]
    [InlineData("deny " + Noon + " overrun; deny 30 12 * * * 1h", "11:59", "12:15", true)]
    [InlineData("deny " + Noon + " overrun; deny 30 12 * * * 1h", "11:59", "12:45", false)]
    [InlineData("allow " + Noon, "12:59", "13:01", false)]
    [InlineData("allow " + Noon + " overrun", "12:59", "13:01", true)]
    [InlineData("allow " + Noon + " overrun", "11:59", "13:01", false)]
    [InlineData("allow " + Noon + " overrun; allow " + Night, "12:59", "13:01", false)]
    [InlineData("allow " + Noon + " overrun; deny 0 13 * * * 1h", "12:59", "13:01", false)]
    [InlineData("allow " + Noon + "; deny 30 12 * * * 1h overrun", "12:15", "12:45", true)]
    public void A_sync_under_way_goes_on_where_every_window_that_forbids_lets_it_overrun(string windows, string began, string now, bool expected) =>
        SyncWindows.Judge(Windows.Read(windows), Windows.Utc($"2026-01-01 {now}"), isManual: false, Windows.Utc($"2026-01-01 {began}"))
            .Allows.ShouldBe(expected);

    /// <summary>Windows; now; when it changes.</summary>
    [Theory]
    [InlineData("deny " + Noon, "2026-01-01 12:30", "2026-01-01 13:00")]
    [InlineData("deny " + Noon, "2026-01-01 13:00", "2026-01-02 12:00")]
    [InlineData("allow " + Noon, "2026-01-01 12:30", "2026-01-01 13:00")]
    [InlineData("deny " + Noon + "; deny 45 12 * * * 2h", "2026-01-01 12:30", "2026-01-01 14:45")]
    [InlineData("allow " + Noon + "; deny 30 11 * * * 1h", "2026-01-01 11:45", "2026-01-01 12:30")]
    [InlineData("allow 0 3 * * sun 1h", "2026-01-01 00:00", "2026-01-04 03:00")]
    [InlineData("allow 0 0 1 6 * 24h", "2026-01-01 00:00", "2026-06-01 00:00")]
    [InlineData("deny 0 0 * * * 24h; allow " + Noon, "2026-01-01 00:00", null)]
    public void It_says_when_it_will_be_otherwise(string windows, string now, string? expected)
    {
        var verdict = SyncWindows.Judge(Windows.Read(windows), Windows.Utc(now), isManual: false, startedAt: null);
        verdict.ChangesAt.ShouldBe(expected is null ? null : Windows.Utc(expected));
        verdict.LookAgain.ShouldBeGreaterThan(Windows.Utc(now));
    }

    [Fact]
    public void It_changes_with_the_clocks()
    {
        // Open from 23:30 to 03:30 on the wall; an hour of the night of 2026-03-29 does not exist.
        var windows = System.Collections.Immutable.ImmutableArray.Create(Windows.Of("deny", "30 23 * * *", "4h", "Europe/Berlin"));
        SyncWindows.Judge(windows, Windows.Utc("2026-03-28 23:00"), isManual: false, startedAt: null).ChangesAt.ShouldBe(Windows.Utc("2026-03-29 01:30"));
        SyncWindows.Judge(windows, Windows.Utc("2026-10-24 22:00"), isManual: false, startedAt: null).ChangesAt.ShouldBe(Windows.Utc("2026-10-25 02:30"));
    }
}

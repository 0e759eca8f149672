using System.Globalization;
using GitOps.Operator.Model.Schedules;

namespace GitOps.Operator.Tests.Schedules;

public sealed class CronExpressionTests
{
    /// <summary>An expression; a time; the next time it names. 2026-01-01 is a Thursday.</summary>
    [Theory]
    [InlineData("* * * * *", "2026-01-01 00:00:00", "2026-01-01 00:01")]
    [InlineData("* * * * *", "2026-01-01 00:00:59", "2026-01-01 00:01")]
    [InlineData("0 22 * * *", "2026-01-01 21:59:59", "2026-01-01 22:00")]
    [InlineData("0 22 * * *", "2026-01-01 22:00:00", "2026-01-02 22:00")]
    [InlineData("30 2,4 * * *", "2026-01-01 02:30:00", "2026-01-01 04:30")]
    [InlineData("0 9-11 * * *", "2026-01-01 11:00:00", "2026-01-02 09:00")]
    [InlineData("*/20 * * * *", "2026-01-01 00:20:00", "2026-01-01 00:40")]
    [InlineData("5/20 * * * *", "2026-01-01 00:05:00", "2026-01-01 00:25")]
    [InlineData("5/20 * * * *", "2026-01-01 00:45:00", "2026-01-01 01:05")]
    [InlineData("10-30/10 * * * *", "2026-01-01 00:30:00", "2026-01-01 01:10")]
    [InlineData("0 0 * * mon", "2026-01-01 00:00:00", "2026-01-05 00:00")]
    [InlineData("0 0 * * MON-Fri", "2026-01-02 00:00:00", "2026-01-05 00:00")]
    [InlineData("0 0 * * 0", "2026-01-01 00:00:00", "2026-01-04 00:00")]
    [InlineData("0 0 1 feb *", "2026-01-01 00:00:00", "2026-02-01 00:00")]
    [InlineData("0 0 1 Mar-dec/9 *", "2026-03-01 00:00:00", "2026-12-01 00:00")]
    [InlineData("0 0 31 * *", "2026-01-31 00:00:00", "2026-03-31 00:00")]
    [InlineData("0 0 29 2 *", "2026-01-01 00:00:00", "2028-02-29 00:00")]
    [InlineData("0 0 29 2 *", "2096-03-01 00:00:00", "2104-02-29 00:00")]
    [InlineData("59 23 31 12 *", "2026-12-31 23:59:00", "2027-12-31 23:59")]
    [InlineData("? ? ? ? ?", "2026-01-01 00:00:00", "2026-01-01 00:01")]
    // Both kinds of day restricted: either will do.
    [InlineData("0 0 13 * fri", "2026-01-01 00:00:00", "2026-01-02 00:00")]
    [InlineData("0 0 13 * fri", "2026-01-09 00:00:00", "2026-01-13 00:00")]
    // A star, or a question mark, restricts nothing: both have to fit. A star with a step does restrict.
    [InlineData("0 0 13 * *", "2026-01-02 00:00:00", "2026-01-13 00:00")]
    [InlineData("0 0 ? * fri", "2026-01-03 00:00:00", "2026-01-09 00:00")]
    [InlineData("0 0 */10 * fri", "2026-01-09 00:00:00", "2026-01-11 00:00")]
    [InlineData("0 0 */1 * fri", "2026-01-09 00:00:00", "2026-01-16 00:00")]
    [InlineData("  0\t0   1  1  * ", "2026-01-01 00:00:00", "2027-01-01 00:00")]
    public void The_next_time_is_the_first_that_all_fields_name(string text, string after, string expected)
    {
        CronExpression.TryParse(text, out var cron, out var error).ShouldBeTrue(error);
        cron!.Next(Time(after)).ShouldBe(Time(expected));
    }

    [Theory]
    [InlineData("", "0 fields")]
    [InlineData("* * * *", "4 fields")]
    [InlineData("* * * * * *", "6 fields")]
    [InlineData("@daily", "1 fields")]
    [InlineData("TZ=Europe/Berlin 0 0 * * *", "6 fields")]
    [InlineData("60 * * * *", "minute")]
    [InlineData("-1 * * * *", "minute")]
    [InlineData("* 24 * * *", "hour")]
    [InlineData("* * 0 * *", "day of month")]
    [InlineData("* * 32 * *", "day of month")]
    [InlineData("* * * 13 *", "month")]
    [InlineData("* * * foo *", "from jan to dec")]
    [InlineData("* * * * 7", "day of week")]
    [InlineData("* * * * monday", "from sun to sat")]
    [InlineData("5-1 * * * *", "'5-1'")]
    [InlineData("1-2-3 * * * *", "'1-2-3'")]
    [InlineData("*/0 * * * *", "'*/0'")]
    [InlineData("*/x * * * *", "'*/x'")]
    [InlineData("1/2/3 * * * *", "'1/2/3'")]
    [InlineData("*-5 * * * *", "'*-5'")]
    [InlineData("1,,2 * * * *", "''")]
    [InlineData("1.5 * * * *", "'1.5'")]
    [InlineData("0 0 30 2 *", "never comes")]
    [InlineData("0 0 31 4,6 *", "never comes")]
    public void What_makes_no_sense_is_told(string text, string expected)
    {
        CronExpression.TryParse(text, out var cron, out var error).ShouldBeFalse();
        cron.ShouldBeNull();
        error!.ShouldContain(expected);
    }

    [Fact]
    public void Before_the_end_of_the_calendar_there_is_no_next_time()
    {
        CronExpression.TryParse("0 0 1 1 *", out var cron, out _).ShouldBeTrue();
        cron!.Next(Time("9998-06-01 00:00:00")).ShouldBeNull();
    }

    private static DateTime Time(string text) => DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.None);
}

using GitOps.Operator.Reconcile;

namespace GitOps.Operator.Tests.Observing;

public sealed class HealHistoryTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Heals_of_one_fight_are_0_2_6_18_54_162_300_seconds_apart()
    {
        var now = Start;
        HealHistory? fight = null;
        var pauses = new List<double>();
        for (var i = 0; i < 8; i++)
        {
            fight = HealHistory.Next(fight, now);
            pauses.Add((fight.NotBefore - now).TotalSeconds);
            fight.IsContested.ShouldBe(i >= 4);
            now = fight.NotBefore;
        }

        pauses.ShouldBe([2, 6, 18, 54, 162, 300, 300, 300]);
        fight!.Count.ShouldBe(8);
        fight.First.ShouldBe(Start);
    }

    [Theory]
    [InlineData(29.9, 6)]
    [InlineData(30, 1)]
    public void Half_an_hour_without_a_fight_ends_it(double minutes, int count)
    {
        HealHistory? fight = null;
        for (var i = 0; i < 5; i++)
        {
            fight = HealHistory.Next(fight, Start);
        }

        var now = Start.AddMinutes(minutes);
        var next = HealHistory.Next(fight, now);
        next.Count.ShouldBe(count);
        next.IsContested.ShouldBe(count > 1);
        fight!.EndsAt.ShouldBe(Start.AddMinutes(30));
    }

    [Fact]
    public void Attempts_that_fail_wait_longer_and_longer_and_are_no_fight()
    {
        HealHistory? fight = null;
        var pauses = new List<double>();
        for (var i = 0; i < 7; i++)
        {
            fight = HealHistory.Fail(fight, Start);
            pauses.Add((fight.NotBefore - Start).TotalSeconds);
        }

        pauses.ShouldBe([2, 6, 18, 54, 162, 300, 300]);
        fight!.IsContested.ShouldBeFalse();
        HealHistory.Next(fight, Start).ShouldSatisfyAllConditions(
            static next => next.Count.ShouldBe(1), static next => (next.NotBefore - Start).TotalSeconds.ShouldBe(2));
    }
}

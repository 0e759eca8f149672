using System.Collections.Immutable;
using GitOps.Operator.Api;

namespace GitOps.Operator.Tests.Api;

public sealed class ConditionsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_transition_time_moves_only_with_the_status()
    {
        ImmutableArray<Condition> conditions = [];

        conditions = conditions.Set(Conditions.Ready, false, "Progressing", "1 of 2", 1, Noon.AddMilliseconds(700));
        conditions = conditions.Set(Conditions.Ready, false, "Degraded", "2 of 2", 2, Noon.AddMinutes(1));

        conditions.ShouldHaveSingleItem().ShouldBe(new Condition
        {
            Type = "Ready",
            Status = "False",
            Reason = "Degraded",
            Message = "2 of 2",
            ObservedGeneration = 2,
            LastTransitionTime = Noon,
        });
        conditions.Set(Conditions.Ready, true, "Degraded", "", 2, Noon.AddMinutes(2)).Single().LastTransitionTime.ShouldBe(Noon.AddMinutes(2));
        conditions.Set(Conditions.Ready, null, "Synced", "", 2, Noon.AddMinutes(2)).Single().Status.ShouldBe("Unknown");
    }

    [Fact]
    public void Conditions_stay_sorted_and_can_be_removed()
    {
        ImmutableArray<Condition> conditions = [];
        foreach (var type in new[] { Conditions.Stalled, Conditions.Drifted, Conditions.Ready })
        {
            conditions = conditions.Set(type, true, "Any", "", 1, Noon);
        }

        conditions.Select(static item => item.Type).ShouldBe(["Drifted", "Ready", "Stalled"]);
        conditions.Clear(Conditions.Ready).Select(static item => item.Type).ShouldBe(["Drifted", "Stalled"]);
        conditions.Clear("Other").ShouldBe(conditions);
    }
}

using System.Diagnostics;
using GitOps.Soak;

namespace GitOps.Referee.Tests;

public sealed class ReckoningTests
{
    private static readonly Subject Settings = new("ConfigMap", "home", "settings");

    [Fact]
    public void What_was_found_and_told_of_the_same_culprit_is_in_order()
    {
        var told = Reckoning.Of([Found("data.color", 10, "vi")], [Told("data.color", 11, "vi")]);
        Text(told).ShouldBe("required 1, missed 0, false 0, blamed 0, by event 0");
        told.Detected.ShouldHaveSingleItem().Milliseconds.ShouldBe(1000, 1);
    }

    [Fact]
    public void What_was_found_and_not_told_is_missed() =>
        Text(Reckoning.Of([Found("data.color", 10, "vi")], [])).ShouldBe("required 1, missed 1, false 0, blamed 0, by event 0");

    [Fact]
    public void What_was_told_and_not_found_is_false() =>
        Text(Reckoning.Of([Found("data.color", 10, "vi")], [Told("data.color", 11, "vi"), Told("data.size", 11, "vi")]))
            .ShouldBe("required 1, missed 0, false 1, blamed 0, by event 0");

    [Fact]
    public void What_was_told_long_before_or_after_it_was_is_false() =>
        Text(Reckoning.Of([Found("data.color", 100, "vi", FindingEnd.SetRight, 101)], [Told("data.color", 50, "vi"), Told("data.color", 200, "vi")]))
            .ShouldBe("required 1, missed 1, false 2, blamed 0, by event 0");

    [Fact]
    public void Another_culprit_is_a_wrong_one() =>
        Text(Reckoning.Of([Found("data.color", 10, "vi")], [Told("data.color", 11, "nano")])).ShouldBe("required 1, missed 0, false 0, blamed 1, by event 0");

    [Fact]
    public void A_name_for_a_removal_is_a_wrong_culprit() =>
        Text(Reckoning.Of([Found("data.color", 10, "")], [Told("data.color", 11, "vi")])).ShouldBe("required 1, missed 0, false 0, blamed 1, by event 0");

    [Fact]
    public void One_report_does_not_tell_of_two_drifts_one_after_the_other() =>
        Text(Reckoning.Of(
                [Found("data.color", 10, "vi", FindingEnd.SetRight, 11), Found("data.color", 12, "vi", FindingEnd.SetRight, 13)],
                [Told("data.color", 10, "vi", gone: 11)]))
            .ShouldBe("required 2, missed 1, false 0, blamed 0, by event 0");

    [Fact]
    public void An_event_tells_what_no_status_could() =>
        Text(Reckoning.Of([Found("data.color", 10, "vi", FindingEnd.SetRight, 10)], [Told("data.color", 11, "vi") with { IsEvent = true }]))
            .ShouldBe("required 1, missed 0, false 0, blamed 0, by event 1");

    [Theory]
    [InlineData(FindingEnd.SetBack, 11, 0)]
    [InlineData(FindingEnd.SetBack, 60, 1)]
    [InlineData(FindingEnd.SetRight, 11, 1)]
    public void What_its_author_sets_back_at_once_need_not_be_told(FindingEnd end, double until, int missed) =>
        Reckoning.Of([Found("data.color", 10, "vi", end, until)], []).Missed.Count.ShouldBe(missed);

    [Fact]
    public void What_a_write_of_ours_covered_while_the_server_had_forgotten_the_events_is_counted_apart()
    {
        var told = Reckoning.Of([Found("data.color", 10, "vi", FindingEnd.SetRight, 12)], [], [Ticks(9)]);
        (told.Missed.Count, told.Forgotten).ShouldBe((0, 1));
        Reckoning.Of([Found("data.color", 10, "vi")], [], [Ticks(9)]).Missed.Count.ShouldBe(1, "it is still there to be seen");
    }

    [Fact]
    public void A_map_that_is_gone_as_a_whole_tells_of_what_was_in_it() =>
        Text(Reckoning.Of([Found("metadata.annotations[\"a\"]", 10, "")], [Told("metadata.annotations", 11, "")]))
            .ShouldBe("required 1, missed 0, false 0, blamed 0, by event 0");

    [Fact]
    public void A_map_with_a_changed_value_does_not() =>
        Text(Reckoning.Of([Found("metadata.annotations[\"a\"]", 10, "vi")], [Told("metadata.annotations", 11, "")]))
            .ShouldBe("required 1, missed 1, false 1, blamed 0, by event 0");

    private static Finding Found(string path, double since, string culprit, FindingEnd end = FindingEnd.Open, double until = 0) =>
        new(Settings, path, Ticks(since), [culprit], end, Ticks(until));

    private static Report Told(string path, double seen, string manager, double? gone = null) =>
        new(Settings, path, manager, Ticks(seen), gone is { } end ? Ticks(end) : long.MaxValue);

    private static long Ticks(double seconds) => (long)(seconds * Stopwatch.Frequency);

    private static string Text(Reckoning told) =>
        $"required {told.Required}, missed {told.Missed.Count}, false {told.False.Count}, blamed {told.WrongCulprit.Count}, by event {told.ToldByEvent}";
}

using GitOps.Operator.Controllers.Observing;

namespace GitOps.Operator.Tests.Observing;

/// <summary>Our own writes come back as events, among those of others: none of ours is drift, none of theirs is missed.</summary>
public sealed class EchoTests
{
    [Fact]
    public void The_echo_of_a_write_is_nothing_new_whether_it_comes_before_the_answer_or_after_it()
    {
        var watched = new Watched().Applied();
        watched.Write("2", () => watched.See(watched.Ours("2")));
        watched.Write("3");
        watched.See(watched.Ours("3"));
        watched.Told.ShouldBe(0);
        watched.State.Presence.ShouldBe(Presence.Present);
        watched.OverwrittenObjects.ShouldBeEmpty();
    }

    [Fact]
    public void An_edit_after_the_echo_is_suspicious()
    {
        var watched = new Watched().Applied();
        watched.See(watched.Theirs("2"));
        watched.Told.ShouldBe(1);
        watched.State.Presence.ShouldBe(Presence.Suspect);
        watched.State.Suspect!.ResourceVersion.ShouldBe("2");
    }

    [Fact]
    public void An_edit_that_came_after_ours_and_before_its_answer_is_suspicious()
    {
        var watched = new Watched().Applied();
        watched.Write("2", () =>
        {
            watched.See(watched.Ours("2"));
            watched.See(watched.Theirs("3"));
        });
        watched.State.Presence.ShouldBe(Presence.Suspect);
        watched.Told.ShouldBe(1);
        watched.OverwrittenObjects.ShouldBeEmpty();
    }

    [Fact]
    public void An_edit_before_ours_is_told_as_overwritten()
    {
        var watched = new Watched().Applied();
        watched.Write("3", () =>
        {
            watched.See(watched.Theirs("2"));
            watched.See(watched.Ours("3"));
        });
        watched.OverwrittenObjects.ShouldHaveSingleItem().ResourceVersion.ShouldBe("2");
        watched.State.Presence.ShouldBe(Presence.Present);
        watched.Told.ShouldBe(0);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public void An_edit_seen_before_the_write_began_is_told_as_overwritten_unless_it_was_looked_into(bool examined, int told)
    {
        var watched = new Watched().Applied();
        var edit = watched.Theirs("2");
        watched.See(edit);
        if (examined)
        {
            watched.Objects.Examined(watched.Key, edit);
        }

        watched.Write("3");
        watched.OverwrittenObjects.Count.ShouldBe(told);
    }

    [Fact]
    public void Status_traffic_beside_a_write_is_not_overwritten()
    {
        var watched = new Watched("status-written").Applied();
        watched.Write("3", () => watched.See(watched.Theirs("2")));
        watched.See(watched.Ours("3"));
        watched.OverwrittenObjects.ShouldBeEmpty();
        watched.State.Presence.ShouldBe(Presence.Present);
    }

    [Fact]
    public void An_event_that_may_be_older_than_our_write_is_asked_about_and_is_no_drift()
    {
        var watched = new Watched().Applied();
        watched.Write("3");
        watched.See(watched.Theirs("2"));
        watched.State.Presence.ShouldBe(Presence.Vanished);
        watched.Told.ShouldBe(1);

        var read = watched.Ours("3");
        watched.Objects.FoundAgain(watched.Key, read);
        watched.Objects.Cleared(watched.Key, read, null);
        watched.State.Presence.ShouldBe(Presence.Present);
        watched.Forget();
        watched.See(watched.Ours("3"));
        watched.Told.ShouldBe(0);
        watched.See(watched.Theirs("4"));
        watched.State.Presence.ShouldBe(Presence.Suspect);
    }

    [Fact]
    public void An_edit_that_a_late_watch_tells_after_the_answer_was_overwritten_once_the_echo_comes()
    {
        var watched = new Watched().Applied();
        watched.Write("3");
        watched.See(watched.Theirs("2"));
        watched.OverwrittenObjects.ShouldBeEmpty("the write may have changed nothing: then this came after it");
        watched.See(watched.Ours("3"));
        watched.OverwrittenObjects.ShouldHaveSingleItem().ResourceVersion.ShouldBe("2");
    }

    [Fact]
    public void An_edit_that_was_read_and_looked_into_before_the_write_is_not_told_again_by_a_late_watch()
    {
        var watched = new Watched().Applied();
        watched.Objects.Examined(watched.Key, watched.Theirs("2"));
        watched.Write("3");
        watched.See(watched.Theirs("2"));
        watched.See(watched.Ours("3"));
        watched.OverwrittenObjects.ShouldBeEmpty();
    }

    [Fact]
    public void Status_traffic_that_a_late_watch_tells_was_not_overwritten()
    {
        var watched = new Watched("status-written").Applied();
        watched.Write("3");
        watched.See(watched.Theirs("2"));
        watched.See(watched.Ours("3"));
        watched.OverwrittenObjects.ShouldBeEmpty();
    }

    [Fact]
    public void An_edit_after_a_write_that_changed_nothing_was_not_overwritten_by_it()
    {
        var watched = new Watched();
        watched.Objects.TryClaim(Watched.Owner, watched.Key, watched.Type.Version, watched.Print, out _).ShouldBeTrue();
        watched.Write("7");
        watched.See(watched.Theirs("8"));
        watched.Objects.FoundAgain(watched.Key, watched.Theirs("8"));
        watched.See(watched.Ours("9"));
        watched.OverwrittenObjects.ShouldBeEmpty();
    }

    [Fact]
    public void What_a_reading_showed_is_newer_than_the_events_still_on_their_way()
    {
        var watched = new Watched().Applied();
        watched.Write("3");
        watched.See(watched.Theirs("2"));

        // Somebody was fast: what is read is an edit of version 5, whose event, and that of our write, are still to come.
        var read = watched.Theirs("5");
        watched.Objects.FoundAgain(watched.Key, read);
        watched.State.ShouldSatisfyAllConditions(
            state => state.Presence.ShouldBe(Presence.Suspect), state => state.Suspect.ShouldBeSameAs(read), state => state.ResourceVersion.ShouldBe("5"));
        watched.See(watched.Theirs("5"));
        watched.State.Presence.ShouldBe(Presence.Suspect);
    }

    [Fact]
    public void After_a_write_that_changed_nothing_and_whose_version_was_seen_the_next_event_counts()
    {
        var watched = new Watched().Applied();
        watched.Write("1");
        watched.See(watched.Theirs("2"));
        watched.State.Presence.ShouldBe(Presence.Suspect);
        watched.OverwrittenObjects.ShouldBeEmpty();
    }

    [Fact]
    public void After_a_write_that_changed_nothing_an_event_that_waited_counts_and_was_not_overwritten()
    {
        var watched = new Watched().Applied();
        watched.Write("1", () => watched.See(watched.Theirs("2")));
        watched.State.Presence.ShouldBe(Presence.Suspect);
        watched.OverwrittenObjects.ShouldBeEmpty();
    }

    [Fact]
    public void After_a_write_that_changed_nothing_and_whose_version_nobody_saw_the_next_event_is_not_lost()
    {
        var watched = new Watched();
        watched.Objects.TryClaim(Watched.Owner, watched.Key, watched.Type.Version, null, out _).ShouldBeTrue();
        watched.Write("7");
        watched.See(watched.Theirs("8"));
        watched.Told.ShouldBe(1);
        watched.State.Presence.ShouldBe(Presence.Vanished);
        watched.Objects.FoundAgain(watched.Key, watched.Theirs("8"));
        watched.State.Presence.ShouldBe(Presence.Suspect);
        watched.Forget();
        watched.See(watched.Ours("9"));
        watched.State.Presence.ShouldBe(Presence.Present, "the event of the version that was read had come: what follows counts");
    }

    [Fact]
    public void A_list_that_does_not_show_our_write_is_asked_about()
    {
        var watched = new Watched().Applied();
        watched.Write("3");
        watched.SeeList(watched.Theirs("2"));
        watched.State.Presence.ShouldBe(Presence.Vanished);
        watched.Told.ShouldBe(1);
    }

    [Fact]
    public void A_list_that_shows_our_write_is_its_echo()
    {
        var watched = new Watched().Applied();
        watched.Write("3");
        watched.SeeList(watched.Ours("3"));
        watched.State.Presence.ShouldBe(Presence.Present);
        watched.Told.ShouldBe(0);
        watched.See(watched.Theirs("4"));
        watched.State.Presence.ShouldBe(Presence.Suspect);
    }

    [Fact]
    public void A_list_that_lacks_an_object_makes_it_vanish()
    {
        var watched = new Watched().Applied();
        watched.SeeList();
        watched.State.Presence.ShouldBe(Presence.Vanished);
        watched.Told.ShouldBe(1);
        watched.SeeList();
        watched.Told.ShouldBe(1, "it is known");
    }

    [Fact]
    public void An_object_missing_from_a_list_during_a_write_is_asked_about_when_the_write_is_answered()
    {
        var watched = new Watched().Applied();
        watched.Write("2", () => watched.SeeList());
        watched.State.Presence.ShouldBe(Presence.Vanished);
        watched.Told.ShouldBe(1);
    }

    [Fact]
    public void A_list_during_a_write_that_shows_the_write_is_its_echo()
    {
        var watched = new Watched().Applied();
        watched.Write("2", () => watched.SeeList(watched.Ours("2")));
        watched.State.Presence.ShouldBe(Presence.Present);
        watched.Told.ShouldBe(0);
    }

    [Fact]
    public void A_list_during_a_write_that_shows_a_later_edit_is_asked_about()
    {
        var watched = new Watched().Applied();
        watched.Write("2", () => watched.SeeList(watched.Theirs("3")));
        watched.State.Presence.ShouldBe(Presence.Vanished);
    }

    [Fact]
    public void More_events_during_a_write_than_are_kept_are_asked_about()
    {
        var watched = new Watched().Applied();
        watched.Write("2", () =>
        {
            watched.See(watched.Ours("2"));
            for (var i = 3; i < 60; i++)
            {
                watched.See(watched.Theirs($"{i}"));
            }
        });
        watched.State.Presence.ShouldBe(Presence.Vanished);
        watched.Told.ShouldBe(1);
    }

    [Fact]
    public void When_a_write_fails_the_newest_event_that_waited_counts()
    {
        var watched = new Watched().Applied();
        watched.Objects.BeginWrite(watched.Key);
        watched.See(watched.Ours("2"));
        watched.See(watched.Theirs("3"));
        watched.Told.ShouldBe(0);
        watched.Objects.AbortWrite(watched.Key);
        watched.State.Presence.ShouldBe(Presence.Suspect);
        watched.Told.ShouldBe(1);
    }

    [Fact]
    public void When_a_write_fails_the_echo_of_the_one_before_is_not_awaited_for_ever()
    {
        var watched = new Watched().Applied();
        watched.Write("2");
        watched.Objects.BeginWrite(watched.Key);
        watched.See(watched.Ours("2"));
        watched.Objects.AbortWrite(watched.Key);
        watched.State.Presence.ShouldBe(Presence.Present);
        watched.See(watched.Theirs("3"));
        watched.State.Presence.ShouldBe(Presence.Suspect);
    }

    [Fact]
    public void A_deletion_that_comes_before_the_echo_is_asked_about()
    {
        var watched = new Watched().Applied();
        watched.Write("3");
        watched.SeeDeleted(watched.Theirs("2"));
        watched.State.Presence.ShouldBe(Presence.Vanished);
        watched.Told.ShouldBe(1);
    }
}

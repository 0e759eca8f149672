using GitOps.Kubernetes.Objects;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Model;

namespace GitOps.Operator.Tests.Observing;

/// <summary>What the rules of an Application have explained is no drift, for as long as the rules and the object stay as they are.</summary>
public sealed class AcceptedTests
{
    [Fact]
    public void An_accepted_object_is_told_no_more_also_when_only_its_version_moves()
    {
        var watched = Accepted();
        watched.See(watched.Theirs("3"));
        watched.See(watched.Theirs("4"));
        watched.Told.ShouldBe(0);
        watched.State.Presence.ShouldBe(Presence.Present);
    }

    [Fact]
    public void It_is_told_again_once_it_is_neither_as_accepted_nor_as_applied()
    {
        var watched = Accepted();
        var other = watched.Theirs("3");
        Forgotten(other);
        watched.See(other);
        watched.State.Presence.ShouldBe(Presence.Suspect);
    }

    [Fact]
    public void It_may_go_back_to_what_was_applied_and_is_then_measured_by_that()
    {
        var watched = Accepted();
        watched.See(watched.Ours("3"));
        watched.State.Presence.ShouldBe(Presence.Present);
        watched.See(watched.Theirs("4"));
        watched.State.Presence.ShouldBe(Presence.Suspect, "what was accepted before is asked again");
    }

    [Fact]
    public void Other_rules_ask_again_for_what_only_the_former_explained()
    {
        var watched = Accepted();
        watched.Objects.Reconsider(Watched.Stranger);
        watched.State.Presence.ShouldBe(Presence.Present);
        watched.Objects.Reconsider(Watched.Owner);
        watched.State.Presence.ShouldBe(Presence.Vanished, "only a GET tells how it is now");

        var untouched = new Watched().Applied();
        untouched.Objects.Reconsider(Watched.Owner);
        untouched.State.Presence.ShouldBe(Presence.Present, "nothing had to be explained");
    }

    [Fact]
    public void What_was_applied_with_held_fields_is_judged_by_the_rules_first_after_a_restart()
    {
        var watched = new Watched();
        watched.Objects.TryClaim(Watched.Owner, watched.Key, watched.Type.Version, watched.Print with { Holds = true }, out _).ShouldBeTrue();
        watched.See(watched.Ours("1"));
        watched.State.Presence.ShouldBe(Presence.Suspect, "that it is as it was sent does not say that it is as Git says");
        watched.Objects.Accept(watched.Key, watched.State.Suspect!, watched.Print with { Holds = true });
        watched.Forget();
        watched.See(watched.Ours("2"));
        watched.State.Presence.ShouldBe(Presence.Present);
        watched.Told.ShouldBe(0);
        watched.Objects.Reconsider(Watched.Owner);
        watched.State.Presence.ShouldBe(Presence.Vanished);
    }

    [Fact]
    public void A_write_that_held_fields_is_as_it_should_be_until_the_rules_change()
    {
        var watched = new Watched().Applied();
        watched.Objects.BeginWrite(watched.Key);
        watched.Objects.EndWrite(watched.Key, watched.Ours("2"), watched.Print with { Holds = true });
        watched.See(watched.Ours("2"));
        watched.State.Presence.ShouldBe(Presence.Present);
        watched.Objects.Reconsider(Watched.Owner);
        watched.State.Presence.ShouldBe(Presence.Vanished);
    }

    [Fact]
    public void A_manifest_that_changed_in_ignored_fields_alone_is_reconsidered_with_the_rules()
    {
        var watched = new Watched().Applied();
        watched.Objects.Hold(watched.Key);
        watched.See(watched.Ours("2"));
        watched.State.Presence.ShouldBe(Presence.Present);
        watched.Objects.Of(Watched.Owner).Single().Recorded!.Holds.ShouldBeTrue();
        watched.Objects.Reconsider(Watched.Owner);
        watched.State.Presence.ShouldBe(Presence.Vanished);
    }

    [Fact]
    public void Foreign_fields_are_looked_for_only_where_they_are_asked_for()
    {
        var watched = Accepted();
        watched.See(watched.Theirs("3"));
        watched.Objects.UnjudgedOf(Watched.Owner).ShouldBeEmpty();

        watched.Objects.LookForForeign(Watched.Owner, ForeignManagers.Default);
        watched.State.Presence.ShouldBe(Presence.Vanished, "nobody has looked at it so far");
        var seen = watched.Theirs("3");
        watched.Objects.FoundAgain(watched.Key, seen);
        watched.Objects.UnjudgedOf(Watched.Owner).ShouldBeEmpty("it may have drifted: what was taken over is not foreign");
        watched.Objects.Accept(watched.Key, seen, Watched.AsSeen(seen));
        var found = watched.Objects.UnjudgedOf(Watched.Owner).ShouldHaveSingleItem();
        found.Live.ResourceVersion.ShouldBe("3");

        watched.Objects.JudgedForeign(watched.Key, found.Live);
        watched.Forget();
        watched.See(watched.Theirs("4"));
        watched.Told.ShouldBe(0, "the same fields of the same managers");
        watched.See(watched.Ours("5"));
        watched.Told.ShouldBe(1, "they are gone");
        watched.Objects.LookForForeign(Watched.Owner, null);
        watched.Objects.UnjudgedOf(Watched.Owner).ShouldBeEmpty();
    }

    private static Watched Accepted()
    {
        var watched = new Watched().Applied();
        watched.See(watched.Theirs("2"));
        var suspect = watched.State.Suspect!;
        watched.Objects.Accept(watched.Key, suspect, Watched.AsSeen(suspect));
        watched.State.Presence.ShouldBe(Presence.Present);
        watched.Forget();
        return watched;
    }

    // As if our whole entry were gone.
    private static void Forgotten(KubernetesObject other) => other.Metadata!["managedFields"]!.AsArray().Clear();
}

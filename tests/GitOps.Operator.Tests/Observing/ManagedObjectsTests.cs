using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;

namespace GitOps.Operator.Tests.Observing;

public sealed class ManagedObjectsTests
{
    [Fact]
    public void An_object_has_one_owner()
    {
        var watched = new Watched();
        var objects = watched.Objects;
        objects.TryClaim(Watched.Owner, watched.Key, "v1", null, out _).ShouldBeTrue();
        objects.TryClaim(Watched.Owner, watched.Key, "v1", null, out _).ShouldBeTrue();
        objects.TryClaim(Watched.Stranger, watched.Key, "v1", null, out var holder).ShouldBeFalse();
        holder.ShouldBe("apps/web");
        objects.Count.ShouldBe(1);
        objects.Of(Watched.Stranger).ShouldBeEmpty();

        objects.Release(watched.Key);
        objects.TryClaim(Watched.Stranger, watched.Key, "v1", null, out _).ShouldBeTrue();
        objects.Of(Watched.Owner).ShouldBeEmpty();
        objects.ReleaseAll(Watched.Stranger);
        objects.Count.ShouldBe(0);
        objects.TryClaim(Watched.Owner, watched.Key, "v1", null, out _).ShouldBeTrue();
    }

    [Fact]
    public void An_object_that_carries_anothers_marks_is_the_others_until_it_loses_them_or_the_other_goes()
    {
        var watched = new Watched();
        watched.See(Marked(watched, Watched.Stranger, watched.Key));
        watched.Objects.TryClaim(Watched.Owner, watched.Key, "v1", null, out var holder).ShouldBeFalse();
        holder.ShouldBe("apps/other");

        watched.SeeDeleted(Marked(watched, Watched.Stranger, watched.Key));
        watched.Objects.TryClaim(Watched.Owner, watched.Key, "v1", null, out _).ShouldBeTrue();
        watched.Objects.Release(watched.Key);

        watched.See(Marked(watched, Watched.Stranger, watched.Key));
        watched.Objects.ForgetLabels(Watched.Stranger);
        watched.Objects.TryClaim(Watched.Owner, watched.Key, "v1", null, out _).ShouldBeTrue();
    }

    [Fact]
    public void A_copy_that_names_another_object_in_its_tracking_id_is_nobodys()
    {
        var watched = new Watched();
        watched.See(Marked(watched, Watched.Stranger, watched.Key with { Name = "original" }));
        watched.Objects.TryClaim(Watched.Owner, watched.Key, "v1", null, out _).ShouldBeTrue();
    }

    [Fact]
    public void Events_of_another_version_say_nothing()
    {
        var watched = new Watched().Applied();
        watched.Objects.Observe(watched.Type with { Version = "v2" }, watched.Theirs("2"), deleted: false);
        watched.Objects.CompleteList(watched.Type with { Version = "v2" }, string.Empty, new HashSet<ObjectKey>());
        watched.Told.ShouldBe(0);
        watched.State.Presence.ShouldBe(Presence.Present);
    }

    [Fact]
    public void Another_version_has_not_been_seen_yet()
    {
        var watched = new Watched().Applied();
        watched.Objects.TryClaim(Watched.Owner, watched.Key, "v2", null, out _).ShouldBeTrue();
        watched.State.Presence.ShouldBe(Presence.Unseen);
    }

    [Fact]
    public void An_object_gone_from_the_selection_has_vanished_and_a_reading_tells_how_it_is()
    {
        var watched = new Watched("stripped-label").Applied();
        watched.Time.Advance(TimeSpan.FromMinutes(1));
        watched.SeeDeleted(watched.Ours("2"));
        watched.State.ShouldSatisfyAllConditions(
            state => state.Presence.ShouldBe(Presence.Vanished), state => state.Since.ShouldBe(watched.Time.GetUtcNow()));

        watched.Objects.FoundAgain(watched.Key, watched.Theirs("2"));
        watched.State.Presence.ShouldBe(Presence.Suspect);
        watched.State.Since.ShouldBe(watched.Time.GetUtcNow());
    }

    [Fact]
    public void A_reading_of_an_object_that_has_not_vanished_says_nothing()
    {
        var watched = new Watched().Applied();
        watched.Objects.FoundAgain(watched.Key, watched.Theirs("2"));
        watched.State.Presence.ShouldBe(Presence.Present);
    }

    [Fact]
    public void Only_the_suspicion_that_was_looked_into_is_cleared()
    {
        var watched = new Watched().Applied();
        var first = watched.Theirs("2");
        watched.See(first);
        watched.See(watched.Theirs("3"));
        watched.Objects.Cleared(watched.Key, first, null);
        watched.State.Presence.ShouldBe(Presence.Suspect);
        watched.Objects.Accept(watched.Key, watched.State.Suspect!);
        watched.State.Presence.ShouldBe(Presence.Present);
    }

    [Fact]
    public void A_suspicion_keeps_the_time_of_its_beginning()
    {
        var watched = new Watched().Applied();
        watched.See(watched.Theirs("2"));
        var since = watched.State.Since;
        watched.Time.Advance(TimeSpan.FromMinutes(1));
        watched.See(watched.Theirs("3"));
        watched.State.Since.ShouldBe(since);
        watched.Told.ShouldBe(2, "each event may have changed another field");
    }

    [Fact]
    public void A_written_ahead_object_whose_apply_was_not_answered_is_suspicious_whatever_it_is()
    {
        var watched = new Watched();
        watched.Objects.TryClaim(Watched.Owner, watched.Key, watched.Type.Version, null, out _);
        watched.SeeList(watched.Ours("1"));
        watched.State.Presence.ShouldBe(Presence.Suspect);
    }

    [Fact]
    public void After_a_restart_what_the_inventory_remembers_is_enough()
    {
        var watched = new Watched();
        watched.Objects.TryClaim(Watched.Owner, watched.Key, watched.Type.Version, watched.Print, out _);
        watched.State.Presence.ShouldBe(Presence.Unseen);
        watched.SeeList(watched.Ours("1"));
        watched.State.Presence.ShouldBe(Presence.Present);
    }

    [Fact]
    public void A_terminating_object_is_told_once_and_again_when_others_hold_it()
    {
        var watched = new Watched("terminating").Applied();
        watched.See(watched.Theirs("2"));
        watched.State.Presence.ShouldBe(Presence.Terminating);
        watched.See(watched.Theirs("3"));
        watched.Told.ShouldBe(1);
        var other = watched.Theirs("4");
        other.Metadata!["finalizers"] = new JsonArray("example.com/other");
        watched.See(other);
        watched.Told.ShouldBe(2);
    }

    [Fact]
    public void Events_that_change_nothing_are_told_to_nobody_and_move_no_version()
    {
        var watched = new Watched("foreign-annotation").Applied();
        var version = watched.Objects.VersionOf(Watched.Owner);
        watched.See(watched.Theirs("2"));
        watched.See(watched.Theirs("3"));
        watched.Told.ShouldBe(0);
        watched.Objects.VersionOf(Watched.Owner).ShouldBe(version);
        watched.SeeDeleted(watched.Theirs("4"));
        watched.Objects.VersionOf(Watched.Owner).ShouldBeGreaterThan(version);
    }

    [Fact]
    public void A_deletion_seen_twice_is_looked_at_twice()
    {
        var watched = new Watched().Applied();
        watched.SeeDeleted(watched.Ours("2"));
        var version = watched.Objects.VersionOf(Watched.Owner);
        watched.SeeDeleted(watched.Ours("3"));
        watched.Objects.VersionOf(Watched.Owner).ShouldBeGreaterThan(version);
        watched.Told.ShouldBe(2);
    }

    private static KubernetesObject Marked(Watched watched, NamespacedName owner, ObjectKey named)
    {
        var marked = watched.Ours("1");
        ((JsonObject)marked.Metadata!["labels"]!)[Names.ApplicationLabel] = Marks.LabelValue(owner);
        ((JsonObject)marked.Metadata!["annotations"]!)[Names.TrackingIdAnnotation] = Marks.TrackingId(owner, named);
        return marked;
    }
}

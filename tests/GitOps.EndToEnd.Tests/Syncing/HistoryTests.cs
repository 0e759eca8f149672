using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Syncing;

/// <summary>What is recorded of each sync: who, what, when, why.</summary>
public sealed class HistoryTests(Cluster cluster)
{
    [Fact]
    public async Task Each_sync_says_who_what_when_and_why()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "history");
        var repository = space.NewRepository();
        var first = repository.CommitAs("Add two (#12)", ("apps/a.yaml", Manifests.ConfigMap("a", "one")), ("apps/b.yaml", Manifests.ConfigMap("b", "one")));
        var application = await space.CreateApplicationAsync("web", repository, "apps");
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, first);
        var second = repository.CommitAs(
            "Merge branch 'x' into 'main'\n\nDrop b\n\nSee merge request team/apps!7",
            ("apps/a.yaml", Manifests.ConfigMap("a", "two")), ("apps/b.yaml", null), ("apps/c.yaml", Manifests.ConfigMap("c", "one")));
        var done = await space.UntilSyncedAsync(application, second);

        done.Status.History.Select(static entry => entry.Id).ShouldBe([1, 2]);
        var (one, two) = (done.Status.History[0], done.Status.History[1]);
        (one.Revision, one.Trigger, one.InitiatedBy!.Automated, one.Commit!.PullRequest).ShouldBe((first, SyncTrigger.Commit, true, "#12"));
        one.Objects.Select(static item => $"{item.Action} {item.Kind} {item.Namespace} {item.Name}")
            .ShouldBe([$"Create ConfigMap {space.Target} a", $"Create ConfigMap {space.Target} b"]);
        one.Source!.ShouldBe(new() { RepoUrl = repository.Url, TargetRevision = "main", Path = "apps", Hash = two.Source!.Hash });
        two.Commit!.PullRequest.ShouldBe("team/apps!7");
        two.Commit.Signature.ShouldBe("None");
        two.Commit.Subject.ShouldBe("Merge branch 'x' into 'main'");
        two.Commit.Author.ShouldNotBeNullOrEmpty();
        two.Changes.ShouldBe(new() { Create = 1, Update = 1, Delete = 1 });
        two.Objects.Select(static item => $"{item.Action} {item.Name}").ShouldBe(["Create c", "Update a", "Delete b"]);
        two.DeployedAt.ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(two.DeployStartedAt.ShouldNotBeNull());
        done.Status.OperationState!.Trigger.ShouldBe(SyncTrigger.Commit);
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "2")]
    [InlineData(2, "1,2")]
    public async Task History_is_as_long_as_it_is_to_be(int limit, string ids)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "history");
        var repository = space.NewRepository();
        var application = await space.CreateApplicationAsync("web", repository, change: json => json["spec"]!["revisionHistoryLimit"] = limit);
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one"))));
        var done = await space.UntilSyncedAsync(application, repository.Commit(("a.yaml", Manifests.ConfigMap("a", "two"))));
        string.Join(',', done.Status.History.Select(static entry => entry.Id)).ShouldBe(ids);
    }

    [Fact]
    public async Task A_spec_that_changes_what_is_desired_is_the_reason_of_its_sync()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "history");
        var repository = space.NewRepository();
        var revision = repository.Commit(("x/a.yaml", Manifests.ConfigMap("a", "one")), ("y/b.yaml", Manifests.ConfigMap("b", "one")));
        var application = await space.CreateApplicationAsync("web", repository, "x");
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, revision);
        await cluster.MergeAsync(Kinds.Application, application.Namespace, application.Name, """{"spec":{"source":{"path":"y"}}}""");
        var done = await space.UntilAsync(application, "has synced the other path", static found => found.Status.History.Length == 2);
        (done.Status.History[1].Trigger, done.Status.History[1].Source!.Path).ShouldBe((SyncTrigger.Spec, "y"));
    }
}

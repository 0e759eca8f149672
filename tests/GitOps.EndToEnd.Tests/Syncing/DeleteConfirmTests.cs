using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Syncing;

public sealed class DeleteConfirmTests(Cluster cluster)
{
    [Theory]
    [InlineData(false, Annotations.Prefix)]
    [InlineData(true, Annotations.ArgoPrefix)]
    public async Task Nothing_goes_before_somebody_has_confirmed_it(bool forAll, string prefix)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "confirm");
        var repository = space.NewRepository();
        var head = repository.Commit(
            ("pre.yaml", Workloads.Job("name: backup", Workloads.Argo("hook=PreDelete"))),
            ("a.yaml", Manifests.ConfigMap("a", "one")),
            ("asks.yaml", forAll ? Manifests.ConfigMap("asks", "one") : Deletions.ConfigMap("asks", Workloads.Argo("sync-options=Delete=confirm"))));
        var application = await space.CreateApplicationAsync("web", repository, change: json =>
        {
            Deletions.Finalizers(Names.ResourcesFinalizer)(json);
            if (forAll)
            {
                json["spec"]!["syncPolicy"]!["syncOptions"] = new JsonArray("Delete=confirm");
            }

            // Of another deletion, long ago.
            json["metadata"]!["annotations"] = new JsonObject { [prefix + Annotations.DeletionApproved] = "2020-01-01T00:00:00Z" };
        });
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, head);

        await space.DeleteAsync(application);
        var blocked = await space.UntilBlockedAsync(application, "ConfirmationRequired");
        blocked.Message.ShouldContain("/asks");
        blocked.Message.Contains("/a,", StringComparison.Ordinal).ShouldBe(forAll);
        blocked.Message.ShouldContain("kubectl annotate");
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "a"))!.IsTerminating.ShouldBeFalse();
        (await cluster.ListAsync(Kinds.Job, space.Target)).ShouldBeEmpty("hooks wait too");

        await space.FollowAsync(application, blocked.Message.Replace(Annotations.Prefix, prefix, StringComparison.Ordinal));
        await space.UntilJobAsync("backup");
        (await space.UntilAsync(application, "goes on", static found => found.Status.Condition(Conditions.DeletionBlocked) is null))
            .Metadata.IsTerminating.ShouldBeTrue();
        await space.EndJobAsync("backup");
        await space.GoneAsync(application);
        (await space.HasAsync("a")).ShouldBeFalse();
        (await space.HasAsync("asks")).ShouldBeFalse();
    }

    [Fact]
    public async Task What_the_application_says_of_all_an_object_may_say_otherwise()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "confirm");
        var repository = space.NewRepository();
        var head = repository.Commit(
            ("a.yaml", Manifests.ConfigMap("a", "one")), ("own.yaml", Deletions.ConfigMap("own", Workloads.Argo("sync-options=Delete=true"))));
        var application = await space.CreateApplicationAsync("web", repository, change: json =>
        {
            Deletions.Finalizers(Names.ResourcesFinalizer)(json);
            json["spec"]!["syncPolicy"]!["syncOptions"] = new JsonArray("Delete=false");
        });
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, head);
        await space.DeleteAsync(application);
        await space.GoneAsync(application);
        (await space.HasAsync("a")).ShouldBeTrue();
        (await space.HasAsync("own")).ShouldBeFalse();
        await space.UntilEventAsync(application, "Kept", "the Application's sync options say Delete=false");
    }

    [Fact]
    public async Task An_object_that_asks_no_longer_lets_the_deletion_go_on()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "confirm");
        var repository = space.NewRepository();
        var head = repository.Commit(
            ("a.yaml", Manifests.ConfigMap("a", "one")), ("asks.yaml", Deletions.ConfigMap("asks", Workloads.Argo("sync-options=Delete=confirm"))));
        var application = await space.CreateApplicationAsync("web", repository, change: Deletions.Finalizers(Names.ResourcesFinalizer));
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, head);
        await space.DeleteAsync(application);
        await space.UntilBlockedAsync(application, "ConfirmationRequired");

        await cluster.MergeAsync(
            Kinds.ConfigMap, space.Target, "asks", $$"""{"metadata": {"annotations": {"{{Annotations.ArgoPrefix}}sync-options": "Delete=true"} } }""");
        await space.GoneAsync(application);
        (await space.HasAsync("asks")).ShouldBeFalse();
    }
}

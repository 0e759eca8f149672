using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Syncing;

public sealed class DeleteHookTests(Cluster cluster)
{
    private static readonly string[] Held =
    [
        Names.PreDeleteFinalizer, Names.PreDeleteFinalizer + "/cleanup", Names.PostDeleteFinalizer, Names.PostDeleteFinalizer + "/cleanup",
    ];

    [Fact]
    public async Task Hooks_hold_the_application_run_before_and_after_and_go_as_they_say()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "delete");
        var repository = space.NewRepository();
        var head = repository.Commit(
            ("pre.yaml", Workloads.Job("name: backup", Workloads.Argo("hook=PreDelete hook-delete-policy=HookSucceeded"))),
            ("post.yaml", Workloads.Job("name: bye", Workloads.Argo("hook=PostDelete"))),
            ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: Deletions.Finalizers(Names.ResourcesFinalizer));
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, head);
        (await space.UntilAsync(application, "is held", static found => Held.All(name => found.Metadata.Finalizers.Contains(name, StringComparer.Ordinal))))
            .Metadata.Finalizers.ShouldContain(Names.ResourcesFinalizer, StringComparer.Ordinal);
        (await cluster.ListAsync(Kinds.Job, space.Target)).ShouldBeEmpty("they run when it is deleted");

        await space.DeleteAsync(application);
        await space.UntilJobAsync("backup");
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "a"))!.IsTerminating.ShouldBeFalse();
        await space.EndJobAsync("backup");

        var bye = await space.UntilJobAsync("bye");
        bye.Finalizers.ShouldContain(Names.HookFinalizer, StringComparer.Ordinal);
        (await space.HasAsync("a")).ShouldBeFalse();
        await space.UntilGoneAsync(Kinds.Job, space.Target, "backup");
        (await space.FindApplicationAsync(application))!.Metadata.Finalizers.ShouldNotContain(Names.PreDeleteFinalizer, StringComparer.Ordinal);
        await space.EndJobAsync("bye");

        await space.GoneAsync(application);
        (await cluster.GetAsync(Kinds.Job, space.Target, "bye"))!.Finalizers.ShouldNotContain(Names.HookFinalizer, StringComparer.Ordinal);
    }

    [Fact]
    public async Task Finalizers_go_when_no_hook_is_left_but_not_those_of_others()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "delete");
        var repository = space.NewRepository();
        var head = repository.Commit(
            ("pre.yaml", Workloads.Job("name: backup", Workloads.Argo("hook=PreDelete"))), ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: Deletions.Finalizers(Names.PostDeleteFinalizer));
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, head);
        await space.UntilAsync(application, "is held", static found => found.Metadata.Finalizers.Contains(Names.PreDeleteFinalizer, StringComparer.Ordinal));

        await space.UntilSyncedAsync(application, repository.Commit(("pre.yaml", null), ("b.yaml", Manifests.ConfigMap("b", "one"))));
        var free = await space.UntilAsync(application, "is free", static found => !found.Metadata.Finalizers.Contains(Names.PreDeleteFinalizer, StringComparer.Ordinal));
        free.Metadata.Finalizers.ShouldBe([Names.PostDeleteFinalizer]);

        // There is nothing that it could wait for.
        await space.DeleteAsync(application);
        await space.GoneAsync(application);
        (await space.HasAsync("a")).ShouldBeTrue("without a resources finalizer its objects stay");
    }

    [Fact]
    public async Task One_that_fails_deletes_nothing_and_is_run_again()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "delete");
        var repository = space.NewRepository();
        var head = repository.Commit(
            ("pre.yaml", Workloads.Job("name: backup", Workloads.Argo("hook=PreDelete"))),
            ("other.yaml", Workloads.Job("name: other", Workloads.Argo("hook=PreDelete sync-wave=-1"))),
            ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: Deletions.Finalizers(Names.ResourcesFinalizer));
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, head);
        await space.DeleteAsync(application);
        var other = await space.UntilJobAsync("other");
        await space.EndJobAsync("other");
        var first = await space.UntilJobAsync("backup");
        await space.EndJobAsync("backup", succeeds: false);

        var blocked = await space.UntilBlockedAsync(application, "DeletionError");
        blocked.Message.ShouldContain("no luck");
        blocked.Message.ShouldContain("kubectl patch");
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "a"))!.IsTerminating.ShouldBeFalse();
        await space.UntilObjectAsync(Kinds.Job, space.Target, "backup", "is another one", found => found.Uid != first.Uid && !found.IsTerminating);
        await space.EndJobAsync("backup");
        await space.GoneAsync(application);
        (await space.HasAsync("a")).ShouldBeFalse();
        (await cluster.GetAsync(Kinds.Job, space.Target, "other"))!.Uid.ShouldBe(other.Uid, "only what has failed is run again");
    }

    [Fact]
    public async Task Whoever_takes_the_finalizer_off_goes_on_without_the_hook()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "delete");
        var repository = space.NewRepository();
        var head = repository.Commit(
            ("pre.yaml", Workloads.Job("name: backup", Workloads.Argo("hook=PreDelete"))), ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: json =>
        {
            Deletions.Finalizers(Names.ResourcesFinalizer)(json);
            json["spec"]!["deadlines"] = System.Text.Json.Nodes.JsonNode.Parse("""{"hook": "2s"}""");
            json["spec"]!["syncPolicy"]!["retry"]!["backoff"]!["maxDuration"] = "1h";
            json["spec"]!["syncPolicy"]!["retry"]!["backoff"]!["duration"] = "1h";
        });
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, head);
        await space.DeleteAsync(application);
        var blocked = await space.UntilBlockedAsync(application, "DeletionError");
        blocked.Message.ShouldContain("spec.deadlines.hook");
        (await cluster.GetAsync(Kinds.Job, space.Target, "backup"))!.Finalizers.ShouldNotContain(Names.HookFinalizer, StringComparer.Ordinal, "nothing of ours holds what has failed");

        await space.FollowAsync(application, blocked.Message);
        await space.GoneAsync(application);
        (await space.HasAsync("a")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("PreDelete")]
    [InlineData("PostDelete")]
    public async Task A_restart_finds_the_hook_of_before(string phase)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "delete");
        var repository = space.NewRepository();
        var head = repository.Commit(
            ("hook.yaml", Workloads.Job("generateName: once-", Workloads.Argo($"hook={phase}"))), ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: Deletions.Finalizers(Names.ResourcesFinalizer));
        var first = await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, head);
        await space.DeleteAsync(application);
        await space.UntilAsync("the hook is there", async () => (await cluster.ListAsync(Kinds.Job, space.Target)).Count == 1);
        (await space.HasAsync("a")).ShouldBe(phase == "PreDelete");
        await first.DisposeAsync();

        var job = (await cluster.ListAsync(Kinds.Job, space.Target)).Single().Name;
        job.ShouldStartWith($"once-{head[..7]}-{phase.ToLowerInvariant()}-");
        await space.EndJobAsync(job);
        await space.StartOperatorAsync();
        await space.GoneAsync(application);
        (await space.HasAsync("a")).ShouldBeFalse();
        (await cluster.ListAsync(Kinds.Job, space.Target)).Select(static found => found.Name).ShouldBe([job]);
    }

    [Fact]
    public async Task Where_the_commit_cannot_be_had_nothing_is_deleted_and_the_way_out_is_said()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "delete");
        var repository = space.NewRepository();
        var head = repository.Commit(
            ("pre.yaml", Workloads.Job("name: backup", Workloads.Argo("hook=PreDelete"))), ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: Deletions.Finalizers(Names.ResourcesFinalizer));
        var running = await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, head);
        await space.UntilAsync(application, "is held", static found => found.Metadata.Finalizers.Contains(Names.PreDeleteFinalizer, StringComparer.Ordinal));
        await running.StopAsync();
        repository.Vanish();
        space.Options = space.Options with { CacheDirectory = cluster.NewDirectory("cache") };
        await space.DeleteAsync(application);
        await space.StartOperatorAsync();

        var blocked = await space.UntilBlockedAsync(application, "DeletionError");
        blocked.Message.ShouldContain("PreDelete hooks are not known");
        blocked.Message.ShouldContain(head[..7]);
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "a"))!.IsTerminating.ShouldBeFalse();

        await space.FollowAsync(application, blocked.Message);
        await space.GoneAsync(application);
        (await space.HasAsync("a")).ShouldBeFalse();
    }

    [Fact]
    public async Task The_namespace_of_a_hook_stays_until_it_has_run()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "delete");
        var home = $"{space.Name}-made";
        var repository = space.NewRepository();
        var head = repository.Commit(
            ("home.yaml", Manifests.PrunableNamespace(home)), ("b.yaml", Manifests.ConfigMap("b", "one", home)),
            ("post.yaml", Workloads.Job($"name: bye, namespace: {home}", Workloads.Argo("hook=PostDelete hook-delete-policy=HookSucceeded"))));
        var application = await space.CreateApplicationAsync("web", repository, change: Deletions.Finalizers(Names.ResourcesFinalizer));
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, head);
        await space.DeleteAsync(application);

        await space.UntilObjectAsync(Kinds.Job, home, "bye", "is there", static found => !found.IsTerminating);
        (await cluster.GetAsync(Kinds.ConfigMap, home, "b")).ShouldBeNull();
        (await cluster.GetAsync(Kinds.Namespace, string.Empty, home))!.IsTerminating.ShouldBeFalse();
        await cluster.MergeAsync(Kinds.Job, home, "bye", """
            {"status": {"startTime": "2026-01-01T00:00:00Z", "completionTime": "2026-01-01T00:00:01Z", "succeeded": 1,
              "conditions": [{"type": "SuccessCriteriaMet", "status": "True"}, {"type": "Complete", "status": "True"}] } }
            """, "kube-controller-manager", "status");
        await space.GoneAsync(application);
        await space.UntilGoneAsync(Kinds.Namespace, string.Empty, home);
    }

    [Theory]
    [InlineData(Names.ResourcesFinalizer)]
    [InlineData(null)]
    public async Task A_sync_under_way_leaves_nothing_that_is_held(string? finalizer)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "delete");
        var repository = space.NewRepository();
        repository.Commit(("pre.yaml", Workloads.Job("name: migrate", Workloads.Argo("hook=PreSync"))), ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: json =>
        {
            if (finalizer is not null)
            {
                Deletions.Finalizers(finalizer)(json);
            }
        });
        await space.StartOperatorAsync();
        await space.UntilJobAsync("migrate");
        await space.UntilAsync(application, "waits for it", static found => found.Status.OperationState?.SyncResult?.Resources.Length > 0);
        await space.DeleteAsync(application);
        await space.GoneAsync(application);
        if (finalizer is null)
        {
            await space.UntilObjectAsync(Kinds.Job, space.Target, "migrate", "is let go", static found => !found.Finalizers.Contains(Names.HookFinalizer, StringComparer.Ordinal));
        }
        else
        {
            await space.UntilGoneAsync(Kinds.Job, space.Target, "migrate");
        }
    }
}

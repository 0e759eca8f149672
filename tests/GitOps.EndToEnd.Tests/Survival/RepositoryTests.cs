using GitOps.EndToEnd.Tests.Fixture;
using GitOps.EndToEnd.Tests.Syncing;
using GitOps.Operator.Api;
using GitOps.Operator.Reconcile.Reports;

namespace GitOps.EndToEnd.Tests.Survival;

/// <summary>What goes wrong with a repository is told on the Applications that use it, and harms nothing that runs.</summary>
public sealed class RepositoryTests(Cluster cluster)
{
    [Fact]
    public async Task What_was_pushed_before_an_Application_came_or_changed_its_source_is_what_it_gets()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "pushed");
        var repository = space.NewRepository();
        var first = repository.Commit(("one/a.yaml", Manifests.ConfigMap("a", "one")), ("two/b.yaml", Manifests.ConfigMap("b", "one")));
        await space.StartOperatorAsync();
        var one = await space.CreateApplicationAsync("one", repository, "one", Rarely);
        await space.UntilSyncedAsync(one, first);

        // No interval passes in this test: what is seen of a push, was looked for.
        var second = repository.Commit(("two/b.yaml", Manifests.ConfigMap("b", "two")));
        var two = await space.CreateApplicationAsync("two", repository, "two", Rarely);
        await space.UntilSyncedAsync(two, second);
        (await space.HasAsync("b", "two")).ShouldBeTrue();

        var third = repository.Commit(("three/c.yaml", Manifests.ConfigMap("c", "three")));
        await cluster.MergeAsync(Kinds.Application, two.Namespace, two.Name, """{"spec":{"source":{"path":"three"}}}""");
        await space.UntilSyncedAsync(two, third);
        (await space.HasAsync("c", "three")).ShouldBeTrue();

        static void Rarely(System.Text.Json.Nodes.JsonObject json) => json["spec"]!["interval"] = "1h";
    }

    [Fact]
    public async Task A_repository_that_vanishes_concerns_its_own_applications_alone_and_drift_is_still_healed()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "vanish");
        var (lost, other) = (space.NewRepository(), space.NewRepository());
        var first = lost.Commit(("a.yaml", Manifests.ConfigMap("of-lost", "good")));
        var others = other.Commit(("b.yaml", Manifests.ConfigMap("of-other", "good")));
        var (application, bystander) = (await space.CreateApplicationAsync("lost", lost), await space.CreateApplicationAsync("other", other));
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, first);
        await space.UntilSyncedAsync(bystander, others);

        lost.Vanish();
        var told = await space.UntilConditionAsync(application, StatusConditions.SourceReady, "False");
        told.Message.ShouldNotBeNullOrWhiteSpace();
        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "of-lost", """{"data": {"key": "edited"}}""");
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "of-lost", "is healed", static found => found.At("data", "key")?.GetValue<string>() == "good");
        await cluster.DeleteAsync(Kinds.ConfigMap, space.Target, "of-lost");
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "of-lost", "is made again", static found => found.At("data", "key")?.GetValue<string>() == "good");

        // The other one goes on as ever, and never heard of it.
        await space.UntilSyncedAsync(bystander, other.Commit(("b.yaml", Manifests.ConfigMap("of-other", "better"))));
        (await space.FindApplicationAsync(bystander))!.Status.Condition(StatusConditions.SourceReady)!.Status.ShouldBe("True");

        lost.Restore();
        await space.UntilConditionAsync(application, StatusConditions.SourceReady, "True");
        await space.UntilSyncedAsync(application, lost.Commit(("a.yaml", Manifests.ConfigMap("of-lost", "new"))));
    }

    [Fact]
    public async Task After_a_restart_without_cache_and_repository_nothing_is_deleted()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "vanish");
        var repository = space.NewRepository();
        var first = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "good")));
        var application = await space.CreateApplicationAsync("web", repository);
        var running = await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, first);
        await running.StopAsync();

        repository.Vanish();
        space.Options = space.Options with { CacheDirectory = cluster.NewDirectory("cache") };
        var proxy = await space.StartProxyAsync();
        await space.StartOperatorAsync(proxy);
        await space.UntilConditionAsync(application, StatusConditions.SourceReady, "False");
        proxy.Requests.ShouldNotContain(static request => request.Verb == "delete" || (request.IsWrite && request.Resource == "configmaps"));
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "a")).ShouldNotBeNull();

        repository.Restore();
        await space.UntilSyncedAsync(application, repository.Commit(("a.yaml", Manifests.ConfigMap("a", "new"))));
    }

    [Fact]
    public async Task A_commit_that_cannot_be_parsed_is_named_by_file_and_line_while_the_last_good_state_is_kept()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "broken");
        var repository = space.NewRepository();
        var good = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "good")), ("b.yaml", Manifests.ConfigMap("b", "good")));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, good);

        var broken = repository.Commit(("a.yaml", null), ("b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b\ndata: {key: bad}\n"));
        var told = await space.UntilConditionAsync(application, StatusConditions.SourceReady, "False", "RenderFailed");
        told.Message.ShouldContain("b.yaml");
        told.Message.ShouldMatch(@"b\.yaml\D{1,12}[34]\b");
        told.Message.ShouldContain(broken[..7]);
        (await space.UntilConditionAsync(application, Conditions.Ready, "False")).Reason.ShouldBe("RenderFailed");

        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "b", """{"data": {"key": "edited"}}""");
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "b", "is healed", static found => found.At("data", "key")?.GetValue<string>() == "good");
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "a")).ShouldNotBeNull("nothing is pruned by a commit that cannot be read");

        await space.UntilSyncedAsync(application, repository.Commit(("b.yaml", Manifests.ConfigMap("b", "fixed"))));
        await space.UntilGoneAsync(Kinds.ConfigMap, space.Target, "a");
    }

    [Fact]
    public async Task An_empty_directory_deletes_nothing()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "empty");
        var repository = space.NewRepository();
        var good = repository.Commit(("app/a.yaml", Manifests.ConfigMap("a", "good")), ("app/readme.txt", "x"), ("other.txt", "x"));
        var application = await space.CreateApplicationAsync("web", repository, "app");
        var proxy = await space.StartProxyAsync();
        await space.StartOperatorAsync(proxy);
        await space.UntilSyncedAsync(application, good);

        repository.Commit(("app/a.yaml", null));
        await space.UntilConditionAsync(application, Conditions.PruneBlocked, "True", "EmptyRendering");

        // A directory that is not there at all is an error of its own, and deletes as little.
        repository.Commit(("app/readme.txt", null));
        await space.UntilConditionAsync(application, StatusConditions.SourceReady, "False");
        proxy.Requests.ShouldNotContain(static request => request.Verb == "delete");
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "a")).ShouldNotBeNull();

        await space.UntilSyncedAsync(application, repository.Commit(("app/b.yaml", Manifests.ConfigMap("b", "good"))));
        await space.UntilGoneAsync(Kinds.ConfigMap, space.Target, "a");
    }

    [Fact]
    public async Task A_forced_push_back_is_followed()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "force");
        var repository = space.NewRepository();
        var first = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        var second = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "two")));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, second);
        await space.UntilSyncedAsync(application, repository.ForcePush(first));
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "a"))!.At("data", "key")!.GetValue<string>().ShouldBe("one");
    }
}

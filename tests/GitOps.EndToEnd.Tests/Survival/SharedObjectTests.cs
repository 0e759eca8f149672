using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Survival;

/// <summary>Two Applications that claim one object: the second is told, the first keeps it.</summary>
public sealed class SharedObjectTests(Cluster cluster)
{
    [Fact]
    public async Task The_first_keeps_it_and_the_second_is_told_who_has_it_after_a_restart_too()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "shared");
        var repository = space.NewRepository();
        var head = repository.Commit(
            ("one/a.yaml", Manifests.ConfigMap("disputed", "of-first")),
            ("two/a.yaml", Manifests.ConfigMap("disputed", "of-second")), ("two/b.yaml", Manifests.ConfigMap("undisputed", "x")));
        var first = await space.CreateApplicationAsync("first", repository, "one");
        var running = await space.StartOperatorAsync();
        await space.UntilSyncedAsync(first, head);

        var second = await space.CreateApplicationAsync("second", repository, "two");
        await CheckAsync();
        await running.StopAsync();

        // Whatever is queued first after a restart, the holder stays the holder.
        space.Options = space.Options with { CacheDirectory = cluster.NewDirectory("cache") };
        await space.StartOperatorAsync();
        head = repository.Commit(("two/b.yaml", Manifests.ConfigMap("undisputed", "y")), ("one/c.yaml", Manifests.ConfigMap("more", "x")));
        await space.UntilSyncedAsync(first, head);
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "undisputed", "is changed", static found => found.At("data", "key")?.GetValue<string>() == "y");
        await CheckAsync();

        // Given up by the first, the second gets it.
        head = repository.Commit(("one/a.yaml", null));
        await space.UntilSyncedAsync(first, head);
        await space.UntilConditionAsync(second, Conditions.Ready, "True");
        var taken = (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "disputed"))!;
        taken.At("data", "key")!.GetValue<string>().ShouldBe("of-second");
        Marks.Owner(taken).ShouldBe(second);

        async Task CheckAsync()
        {
            var told = await space.UntilConditionAsync(second, Conditions.SharedResource, "True");
            told.Message.ShouldContain(first.ToString());
            told.Message.ShouldContain("disputed");
            var live = await cluster.GetAsync(Kinds.ConfigMap, space.Target, "disputed");
            live!.At("data", "key")!.GetValue<string>().ShouldBe("of-first");
            Marks.Owner(live).ShouldBe(first);
            (await space.FindApplicationAsync(first))!.Status.Condition(Conditions.SharedResource).ShouldBeNull();
            await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "undisputed", "is applied", static _ => true);
        }
    }

    [Fact]
    public async Task An_object_that_the_first_is_slow_to_give_up_is_waited_for_by_the_second()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "shared");
        var repository = space.NewRepository();
        var head = repository.Commit(("one/a.yaml", Manifests.ConfigMap("disputed", "of-first")), ("two/a.yaml", Manifests.ConfigMap("disputed", "of-second")));
        var first = await space.CreateApplicationAsync("first", repository, "one", static json => json["spec"]!["syncPolicy"]!["automated"]!["allowEmpty"] = true);
        var proxy = await space.StartProxyAsync();
        await space.StartOperatorAsync(proxy);
        await space.UntilSyncedAsync(first, head);
        var second = await space.CreateApplicationAsync("second", repository, "two");
        await space.UntilConditionAsync(second, Conditions.SharedResource, "True");

        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "disputed", """{"metadata": {"finalizers": ["example.com/slow"]} }""");
        repository.Commit(("one/a.yaml", null), ("one/readme.txt", "nothing is left"), ("two/b.yaml", Manifests.ConfigMap("undisputed", "x")));
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "disputed", "is being deleted", static found => found.IsTerminating);
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "undisputed", "is applied", static _ => true);
        repository.Commit(("two/b.yaml", Manifests.ConfigMap("undisputed", "y")));
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "undisputed", "is changed", static found => found.At("data", "key")?.GetValue<string>() == "y");
        var told = await space.UntilAsync(second, "has said how it stands", found => found.Status.Sync!.Revision == repository.Head);
        told.Status.Condition(Conditions.Ready)!.IsTrue.ShouldBeFalse("one of its objects is not there");

        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "disputed", """{"metadata": {"finalizers": null} }""");
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "disputed", "is the second's", found =>
            !found.IsTerminating && Marks.Owner(found) == second && found.At("data", "key")?.GetValue<string>() == "of-second");
        await space.UntilConditionAsync(second, Conditions.Ready, "True");
        (await space.InventoryAsync(second)).Entries.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Deleting_the_second_leaves_the_object_to_the_first()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "shared");
        var repository = space.NewRepository();
        var head = repository.Commit(("one/a.yaml", Manifests.ConfigMap("disputed", "of-first")), ("two/a.yaml", Manifests.ConfigMap("disputed", "of-second")));
        var first = await space.CreateApplicationAsync("first", repository, "one");
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(first, head);
        var second = await space.CreateApplicationAsync("second", repository, "two", static json =>
            json["metadata"]!["finalizers"] = new System.Text.Json.Nodes.JsonArray(Names.ResourcesFinalizer));
        await space.UntilConditionAsync(second, Conditions.SharedResource, "True");
        await cluster.DeleteAsync(Kinds.Application, second.Namespace, second.Name);
        await space.UntilGoneAsync(Kinds.Application, second.Namespace, second.Name);
        var live = await cluster.GetAsync(Kinds.ConfigMap, space.Target, "disputed");
        live.ShouldNotBeNull();
        live.IsTerminating.ShouldBeFalse();
        await space.UntilSyncedAsync(first, head);
    }
}

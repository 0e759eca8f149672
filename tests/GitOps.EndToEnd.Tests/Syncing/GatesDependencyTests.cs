using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Syncing;

/// <summary><c>dependsOn</c>: one Application after the other. No interval passes in these tests: what begins, began by a watch.</summary>
public sealed class GatesDependencyTests(Cluster cluster)
{
    [Fact]
    public async Task A_sync_begins_when_its_dependency_is_synced_and_healthy_at_the_same_commit()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "after");
        var repository = space.NewRepository();
        var head = repository.Commit(("db/db.yaml", Workloads.Deployment("db")), ("web/a.yaml", Manifests.ConfigMap("a", "one")));

        // Named before it is there.
        var web = await space.CreateApplicationAsync("web", repository, "web", DependsOn("db"));
        await space.StartOperatorAsync();
        var missing = await space.UntilConditionAsync(web, Conditions.SpecValid, "False", "DependencyMissing");
        missing.Message.ShouldContain($"{space.ApplicationNamespace}/db");

        var db = await space.CreateApplicationAsync("db", repository, "db");
        var waiting = await space.UntilConditionAsync(web, Conditions.DependenciesPending, "True", "DependencyNotReady");
        waiting.Message.ShouldContain("waiting for Application db");
        (await space.HasAsync("a")).ShouldBeFalse();
        await space.RollOutAsync("db");
        await space.UntilSyncedAsync(web, head);
        (await space.FindApplicationAsync(web))!.Status.Condition(Conditions.DependenciesPending).ShouldBeNull();

        // A commit of both: the database first, however soon the other looks.
        var next = repository.Commit(("db/db.yaml", Workloads.Deployment("db", image: "registry.example.com/work:2")), ("web/a.yaml", Manifests.ConfigMap("a", "two")));
        await space.UntilAsync(web, "waits", found =>
            found.Status.Sync?.Revision == next && found.Status.Condition(Conditions.DependenciesPending)?.Message.Contains("Progressing", StringComparison.Ordinal) == true);
        (await space.HasAsync("a", "one")).ShouldBeTrue();
        await space.RollOutAsync("db");
        await space.UntilSyncedAsync(web, next);

        // A commit of the dependent alone waits for a look, and for nothing else.
        var last = repository.Commit(("web/a.yaml", Manifests.ConfigMap("a", "three")));
        await space.UntilSyncedAsync(web, last);
        (await space.HasAsync("a", "three")).ShouldBeTrue();
        (await space.FindApplicationAsync(db))!.Status.Sync!.Status.ShouldBe(SyncCode.Synced);
    }

    [Fact]
    public async Task A_circle_is_named_and_the_others_go_on()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "circle");
        var repository = space.NewRepository();
        var head = repository.Commit(
            ("a/a.yaml", Manifests.ConfigMap("a", "x")), ("b/b.yaml", Manifests.ConfigMap("b", "x")), ("c/c.yaml", Manifests.ConfigMap("c", "x")));
        var a = await space.CreateApplicationAsync("a", repository, "a", DependsOn("b"));
        var b = await space.CreateApplicationAsync("b", repository, "b", DependsOn("a"));
        var c = await space.CreateApplicationAsync("c", repository, "c");
        await space.StartOperatorAsync();
        (await space.UntilConditionAsync(a, Conditions.SpecValid, "False", "DependencyCycle")).Message.ShouldContain("a -> b -> a");
        (await space.UntilConditionAsync(b, Conditions.Ready, "False", "DependencyCycle")).Message.ShouldContain("b -> a -> b");
        await space.UntilSyncedAsync(c, head);
        (await space.HasAsync("a")).ShouldBeFalse();

        await cluster.MergeAsync(Kinds.Application, b.Namespace, b.Name, """{"spec": {"dependsOn": null}}""");
        await space.UntilSyncedAsync(b, head);
        await space.UntilSyncedAsync(a, head);
    }

    private static Action<JsonObject> DependsOn(string name) => json =>
        json["spec"]!["dependsOn"] = new JsonArray(new JsonObject { ["name"] = name });
}

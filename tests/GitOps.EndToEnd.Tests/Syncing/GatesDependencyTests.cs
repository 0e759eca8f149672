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
    public async Task It_begins_with_the_readiness_of_its_dependency_and_waits_for_nothing_else()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "latency");
        var repository = space.NewRepository();
        var head = repository.Commit(("db/db.yaml", Workloads.Deployment("db")), ("web/a.yaml", Manifests.ConfigMap("a", "one")));
        var proxy = await space.StartProxyAsync();
        await space.StartOperatorAsync(proxy);
        var db = await space.CreateApplicationAsync("db", repository, "db", Rarely);
        var web = await space.CreateApplicationAsync("web", repository, "web", json =>
        {
            Rarely(json);
            DependsOn("db")(json);
        });
        await space.UntilConditionAsync(web, Conditions.DependenciesPending, "True", "DependencyNotReady");
        var at = new System.Collections.Concurrent.ConcurrentDictionary<long, long>();
        proxy.Forget();
        proxy.Arrived = request =>
        {
            at[request.Number] = System.Diagnostics.Stopwatch.GetTimestamp();
            return Task.CompletedTask;
        };
        await space.RollOutAsync("db");
        await space.UntilSyncedAsync(web, head);

        // Of what the operator asks of the server: the readiness of the one, and then the other's first write.
        var begun = proxy.Requests.First(static request => request is { Verb: "apply", Resource: "configmaps", Name: "a" });
        var told = proxy.Requests.Last(request => request.Number < begun.Number
            && request is { Verb: "apply", Resource: "applications", Subresource: "status" } && request.Name == db.Name);
        proxy.Requests.Where(request => request.Number > told.Number && request.Number < begun.Number && request.IsWrite)
            .Select(static request => $"{request.Verb} {request.Resource} {request.Name}")
            .Except(["create resourceinventories ", "apply applications web"], StringComparer.Ordinal)
            .ShouldBeEmpty("nothing else comes between");
        var latency = System.Diagnostics.Stopwatch.GetElapsedTime(at[told.Number], at[begun.Number]);
        TestContext.Current.TestOutputHelper?.WriteLine($"from the readiness of the dependency to the first write: {latency.TotalMilliseconds:0} ms");
        latency.ShouldBeLessThan(TimeSpan.FromSeconds(10), "a second on a machine that is not busy otherwise");

        static void Rarely(JsonObject json) => json["spec"]!["interval"] = "1h";
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

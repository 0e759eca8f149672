using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Server;

public sealed class DeletionTests
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    [Theory]
    [InlineData("Foreground", "foregroundDeletion")]
    [InlineData("Orphan", "orphan")]
    public async Task A_bare_server_marks_the_object_for_a_collector_that_is_not_there(string policy, string finalizer)
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateConfigMapAsync("a");

        var deleted = await cluster.DeleteAsync($"{ConfigMaps}/a?propagationPolicy={policy}");

        deleted.Body["metadata"]!["finalizers"]!.ToJsonString().ShouldBe($"[\"{finalizer}\"]");
        (await cluster.GetAsync($"{ConfigMaps}/a")).Text("metadata", "deletionTimestamp").ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("Background", 404)]
    [InlineData("Foreground", 404)]
    [InlineData("Orphan", 200)]
    public async Task Dependents_follow_their_owner_unless_they_are_orphaned(string policy, int dependent)
    {
        await using var cluster = await TestCluster.StartAsync(new() { Controllers = new() { GarbageCollection = true } });
        var owner = (await cluster.CreateConfigMapAsync("owner")).Ok();
        await cluster.CreateConfigMapAsync("child", Owner(owner));
        await cluster.CreateConfigMapAsync("grandchild", Owner((await cluster.GetAsync($"{ConfigMaps}/child")).Ok()));

        await cluster.DeleteAsync($"{ConfigMaps}/owner?propagationPolicy={policy}");

        await GoneAsync(cluster, $"{ConfigMaps}/owner");
        if (dependent == 404)
        {
            await GoneAsync(cluster, $"{ConfigMaps}/child");
            await GoneAsync(cluster, $"{ConfigMaps}/grandchild");
        }
        else
        {
            var kept = await cluster.GetAsync($"{ConfigMaps}/child");
            kept.Status.ShouldBe(200);
            kept.Text("metadata", "ownerReferences").ShouldBeEmpty();
            (await cluster.GetAsync($"{ConfigMaps}/grandchild")).Status.ShouldBe(200);
        }
    }

    [Fact]
    public async Task A_foreground_deletion_waits_for_dependents_that_are_held()
    {
        await using var cluster = await TestCluster.StartAsync(new() { Controllers = new() { GarbageCollection = true } });
        var owner = (await cluster.CreateConfigMapAsync("owner")).Ok();
        await cluster.CreateConfigMapAsync("child", Owner(owner) + ",\"finalizers\":[\"example.com/hold\"]");

        await cluster.DeleteAsync($"{ConfigMaps}/owner?propagationPolicy=Foreground");
        await Eventually.HoldsAsync(
            async () => (await cluster.GetAsync($"{ConfigMaps}/child")).Text("metadata", "deletionTimestamp").Length > 0, "the child is being deleted");
        (await cluster.GetAsync($"{ConfigMaps}/owner")).Status.ShouldBe(200);
        await cluster.MergeAsync($"{ConfigMaps}/child", """{"metadata":{"finalizers":null}}""");

        await GoneAsync(cluster, $"{ConfigMaps}/child");
        await GoneAsync(cluster, $"{ConfigMaps}/owner");
    }

    [Fact]
    public async Task An_object_whose_owner_never_was_is_collected_and_one_with_another_owner_stays()
    {
        await using var cluster = await TestCluster.StartAsync(new() { Controllers = new() { GarbageCollection = true } });
        var owner = (await cluster.CreateConfigMapAsync("owner")).Ok();
        const string Dangling = """{"apiVersion":"v1","kind":"ConfigMap","name":"nobody","uid":"00000000-0000-4000-8000-000000000000"}""";

        await cluster.CreateConfigMapAsync("lost", $"\"ownerReferences\":[{Dangling}]");
        await cluster.CreateConfigMapAsync("kept", Owner(owner).Replace("[", $"[{Dangling},", StringComparison.Ordinal));

        await GoneAsync(cluster, $"{ConfigMaps}/lost");
        await Eventually.HoldsAsync(
            async () => (await cluster.GetAsync($"{ConfigMaps}/kept")).Body["metadata"]!["ownerReferences"]!.AsArray().Count == 1, "the dangling owner is removed");
    }

    [Fact]
    public async Task A_namespace_goes_with_its_content_once_nothing_holds_it()
    {
        await using var cluster = await TestCluster.StartAsync(new() { Controllers = new() { NamespaceDeletion = true } });
        await cluster.CreateNamespaceAsync("n");
        const string Held = "/api/v1/namespaces/n/configmaps/held";
        await cluster.PostAsync("/api/v1/namespaces/n/configmaps", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"held","finalizers":["example.com/hold"]}}""");
        await cluster.PostAsync("/api/v1/namespaces/n/secrets", """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"}}""");

        await cluster.DeleteAsync("/api/v1/namespaces/n");
        await GoneAsync(cluster, "/api/v1/namespaces/n/secrets/s");
        await Eventually.HoldsAsync(async () => (await cluster.GetAsync(Held)).Text("metadata", "deletionTimestamp").Length > 0, "the content is being deleted");
        (await cluster.GetAsync("/api/v1/namespaces/n")).Text("status", "phase").ShouldBe("Terminating");
        await cluster.MergeAsync(Held, """{"metadata":{"finalizers":null}}""");

        await GoneAsync(cluster, "/api/v1/namespaces/n");
    }

    [Fact]
    public async Task A_bare_server_keeps_a_namespace_until_it_is_finalized()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateNamespaceAsync("n");
        await cluster.DeleteAsync("/api/v1/namespaces/n");
        (await cluster.GetAsync("/api/v1/namespaces/n")).Status.ShouldBe(200);

        var finalized = await cluster.CallAsync(HttpMethod.Put, "/api/v1/namespaces/n/finalize", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"n"},"spec":{"finalizers":[]}}""");

        finalized.Status.ShouldBe(200);
        (await cluster.GetAsync("/api/v1/namespaces/n")).Status.ShouldBe(404);
    }

    private static string Owner(Answer owner) =>
        $$"""
        "ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"{{owner.Text("metadata", "name")}}","uid":"{{owner.Text("metadata", "uid")}}","blockOwnerDeletion":true}]
        """;

    private static Task GoneAsync(TestCluster cluster, string path) =>
        Eventually.HoldsAsync(async () => (await cluster.GetAsync(path)).Status == 404, $"{path} is gone");
}

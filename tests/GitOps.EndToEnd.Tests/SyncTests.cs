using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests;

/// <summary>The main job: a commit becomes cluster state, in process and as a process of its own.</summary>
public sealed class SyncTests(Cluster cluster)
{
    private static string ConfigMap(string name, string value) => $$"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: {{name}}}
        data: {key: {{value}}}
        """;

    [Fact]
    public async Task A_commit_becomes_cluster_state_and_a_revert_takes_it_back()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "sync");
        var repository = space.NewRepository();
        var first = repository.Commit(("settings.yaml", ConfigMap("settings", "one")));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, first);
        Value(await cluster.GetAsync(Kinds.ConfigMap, space.Target, "settings")).ShouldBe("one");

        var second = repository.Commit(("settings.yaml", ConfigMap("settings", "two")), ("more.yaml", ConfigMap("more", "x")));
        await space.UntilSyncedAsync(application, second);
        Value(await cluster.GetAsync(Kinds.ConfigMap, space.Target, "settings")).ShouldBe("two");
        Value(await cluster.GetAsync(Kinds.ConfigMap, space.Target, "more")).ShouldBe("x");

        var third = repository.Revert();
        await space.UntilSyncedAsync(application, third);
        Value(await cluster.GetAsync(Kinds.ConfigMap, space.Target, "settings")).ShouldBe("one");
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "more")).ShouldBeNull();
    }

    [Fact]
    public async Task What_the_status_no_longer_says_is_gone_from_it()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "status");
        var repository = space.NewRepository();
        var home = $"{space.Name}-old";
        var bad = repository.Commit(("a.yaml", ConfigMap("a", "one")), ("b.yaml", "apiVersion: v1\nkind: Nonsense\nmetadata: {name: b}\n"));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.StartOperatorAsync();
        var failed = await space.UntilAsync(application, "fails", static found =>
            found.Status.OperationState?.Message?.Contains("Nonsense", StringComparison.Ordinal) == true);
        failed.Status.OperationState!.SyncResult!.Revision.ShouldBe(bad);

        await space.UntilSyncedAsync(application, repository.Commit(("b.yaml", Manifests.PrunableNamespace(home))));
        var synced = (await cluster.GetAsync(Kinds.Application, application.Namespace, application.Name))!;
        synced.At("status", "health")!.AsObject().ContainsKey("message").ShouldBeFalse();
        synced.At("status", "operationState", "phase")!.GetValue<string>().ShouldBe(nameof(OperationPhase.Succeeded));

        // A sync that takes its time: a running operation has no end yet, and keeps its beginning.
        await cluster.MergeAsync(Kinds.Namespace, string.Empty, home, """{"metadata": {"finalizers": ["example.com/slow"]} }""");
        repository.Commit(("b.yaml", null));
        var running = await space.UntilAsync(application, "waits", static found =>
            found.Status.OperationState is { Phase: OperationPhase.Running } state && state.Message?.Contains("waiting", StringComparison.Ordinal) == true);
        running.Status.OperationState!.FinishedAt.ShouldBeNull();
        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "a", """{"data": {"key": "edited"} }""");
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "a", "is healed", static found => Value(found) == "one");
        (await space.FindApplicationAsync(application))!.Status.OperationState!.StartedAt.ShouldBe(running.Status.OperationState.StartedAt);
        await cluster.MergeAsync(Kinds.Namespace, string.Empty, home, """{"metadata": {"finalizers": null} }""");
        await space.UntilSyncedAsync(application, repository.Head);
    }

    [Fact]
    public async Task The_program_as_a_process_of_its_own_does_the_same()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "process");
        var repository = space.NewRepository();
        var first = repository.Commit(("settings.yaml", ConfigMap("settings", "one")));
        var application = await space.CreateApplicationAsync("web", repository);
        var proxy = await space.StartProxyAsync();
        var running = space.StartProcess(proxy);
        await running.WaitUntilReadyAsync();
        await space.UntilSyncedAsync(application, first);
        proxy.Requests.ShouldContain(request => request.Verb == "apply" && request.Resource == "configmaps" && request.Name == "settings");
    }

    private static string? Value(KubernetesObject? found) => found?.At("data", "key")?.GetValue<string>();
}

using System.Net;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.EndToEnd.Tests.Syncing;

public sealed class WaveTests(Cluster cluster)
{
    private static string ConfigMap(string name, int wave, string value = "one") => $$"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: "{{name}}", annotations: {argocd.argoproj.io/sync-wave: "{{wave}}"} }
        data: {key: "{{value}}"}

        """;

    [Fact]
    public async Task A_wave_begins_when_the_one_before_is_healthy()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "waves");
        var repository = space.NewRepository();
        var revision = repository.Commit(
            ("db.yaml", Workloads.Deployment("db", Workloads.Argo("sync-wave=-1"))), ("a.yaml", ConfigMap("a", 0)), ("z.yaml", ConfigMap("z", 5)));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.StartOperatorAsync();

        var waiting = await space.UntilAsync(application, "waits for the database", static found =>
            found.Status.OperationState is { Phase: OperationPhase.Running, Progress.Wave: -1 } state && state.Message!.Contains("db", StringComparison.Ordinal));
        waiting.Status.OperationState!.Progress!.Phase.ShouldBe(SyncPhase.Sync);
        (await space.HasAsync("a")).ShouldBeFalse();

        await space.RollOutAsync("db");
        var done = await space.UntilSyncedAsync(application, revision);
        (await space.HasAsync("a")).ShouldBeTrue();
        (await space.HasAsync("z")).ShouldBeTrue();
        done.Status.OperationState!.Phase.ShouldBe(OperationPhase.Succeeded);
        done.Status.History.ShouldHaveSingleItem().Changes!.Create.ShouldBe(3);
    }

    [Fact]
    public async Task A_failure_stops_the_next_wave_and_not_its_own()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "waves");
        var repository = space.NewRepository();
        repository.Commit(
            ("bad.yaml", ConfigMap("bad", 0)), ("a.yaml", ConfigMap("a", 0)), ("z.yaml", ConfigMap("z", 1)));
        var application = await space.CreateApplicationAsync("web", repository);
        var proxy = await space.StartProxyAsync();
        // What the dry run did not foresee.
        proxy.Refuse(HttpStatusCode.UnprocessableEntity, static request => request is { Verb: "apply", Name: "bad", IsDryRun: false });
        await space.StartOperatorAsync(proxy);

        var failed = await space.UntilAsync(application, "has failed", static found => found.Status.OperationState?.Phase == OperationPhase.Failed);
        failed.Status.OperationState!.SyncResult!.Resources.ShouldContain(static row => row.Name == "bad" && row.Status == ResultCode.SyncFailed);
        (await space.HasAsync("a")).ShouldBeTrue();
        (await space.HasAsync("z")).ShouldBeFalse();

        // A newer commit is not held up by it.
        await space.UntilSyncedAsync(application, repository.Commit(("bad.yaml", null)));
        (await space.HasAsync("z")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_newer_commit_overtakes_a_wave_that_waits()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "waves");
        var repository = space.NewRepository();
        repository.Commit(("db.yaml", Workloads.Deployment("db")), ("z.yaml", ConfigMap("z", 1)));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.StartOperatorAsync();
        await space.UntilAsync(application, "waits", static found => found.Status.OperationState is { Phase: OperationPhase.Running, Progress.Wave: 0 });

        var newer = repository.Commit(("db.yaml", null), ("y.yaml", ConfigMap("y", 0)));
        await space.UntilSyncedAsync(application, newer);
        (await space.HasAsync("y")).ShouldBeTrue();
        (await space.HasAsync("z")).ShouldBeTrue();
        (await cluster.ListAsync(Kinds.Event, application.Namespace)).ShouldContain(static found =>
            GitOps.Kubernetes.Objects.KubernetesObject.GetString(found.Json, "reason") == "Superseded");
    }

    [Fact]
    public async Task What_is_pruned_goes_in_the_reverse_order()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "waves");
        var repository = space.NewRepository();
        var first = repository.Commit(("a.yaml", ConfigMap("a", 0)), ("m.yaml", ConfigMap("m", 1)), ("z.yaml", ConfigMap("z", 2)), ("keep.yaml", ConfigMap("keep", 0)));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, first);
        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "m", """{"metadata": {"finalizers": ["example.com/slow"]} }""");

        var second = repository.Commit(("a.yaml", null), ("m.yaml", null), ("z.yaml", null));
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "m", "is being deleted", static found => found.IsTerminating);
        (await space.HasAsync("z")).ShouldBeFalse();
        (await space.HasAsync("a")).ShouldBeTrue();
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "a"))!.IsTerminating.ShouldBeFalse();

        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "m", """{"metadata": {"finalizers": null} }""");
        await space.UntilSyncedAsync(application, second);
        (await space.HasAsync("a")).ShouldBeFalse();
    }
}

using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Syncing;

public sealed class PreflightTests(Cluster cluster)
{
    private const string BadService = """
        apiVersion: v1
        kind: Service
        metadata: {name: bad, annotations: {argocd.argoproj.io/sync-wave: "1"} }
        spec: {ports: [{port: 700000}]}

        """;

    [Fact]
    public async Task A_refusal_in_the_last_wave_keeps_the_first_from_beginning()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "preflight");
        var repository = space.NewRepository();
        repository.Commit(
            ("pre.yaml", Workloads.Job("name: migrate", Workloads.Argo("hook=PreSync"))),
            ("a.yaml", Manifests.ConfigMap("a", "one")), ("bad.yaml", BadService));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.StartOperatorAsync();

        var failed = await space.UntilAsync(application, "has failed", static found => found.Status.OperationState?.Phase == OperationPhase.Failed);
        failed.Status.OperationState!.Message!.ShouldStartWith("one or more objects failed the dry run: ");
        failed.Status.OperationState.Message!.ShouldContain("bad.yaml");
        failed.Status.OperationState.SyncResult!.Resources.ShouldHaveSingleItem().Name.ShouldBe("bad");
        (await space.HasAsync("a")).ShouldBeFalse();
        (await cluster.ListAsync(Kinds.Job, space.Target)).ShouldBeEmpty();

        // A hook that would be refused is known before the others run.
        repository.Commit(("bad.yaml", null), ("post.yaml", Workloads.Job("name: smoke", Workloads.Argo("hook=PostSync")).Replace("Never", "Always", StringComparison.Ordinal)));
        await space.UntilAsync(application, "names the hook", static found =>
            found.Status.OperationState is { Phase: OperationPhase.Failed, Message: { } message } && message.Contains("post.yaml", StringComparison.Ordinal));
        (await cluster.ListAsync(Kinds.Job, space.Target)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_the_sync_itself_brings_is_no_obstacle()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "preflight");
        var group = $"{space.Name}.example.com";
        var home = $"{space.Name}-more";
        var repository = space.NewRepository();
        var revision = repository.Commit(
            ("crd.yaml", Manifests.WidgetDefinition(group)), ("widget.yaml", Manifests.Widget(group, "w", 1)),
            ("namespace.yaml", Manifests.PrunableNamespace(home)), ("there.yaml", Manifests.ConfigMap("there", "one", home)),
            ("a.yaml", SyncOptionBed.ConfigMap("a", "sync-wave=2")));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.StartOperatorAsync();

        await space.UntilSyncedAsync(application, revision);
        (await cluster.GetAsync(Kinds.ConfigMap, home, "there")).ShouldNotBeNull();
    }

    [Fact]
    public async Task It_is_asked_once_in_an_attempt_and_not_at_all_for_a_single_step()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "preflight");
        var repository = space.NewRepository();
        var first = repository.Commit(("b.yaml", Manifests.ConfigMap("b", "one")));
        var application = await space.CreateApplicationAsync("web", repository);
        var proxy = await space.StartProxyAsync();
        await space.StartOperatorAsync(proxy);
        await space.UntilSyncedAsync(application, first);
        proxy.Requests.ShouldNotContain(static request => request.IsDryRun);

        var second = repository.Commit(
            ("db.yaml", Workloads.Deployment("db", Workloads.Argo("sync-wave=-2"))),
            ("db2.yaml", Workloads.Deployment("db2", Workloads.Argo("sync-wave=-1"))), ("a.yaml", Manifests.ConfigMap("a", "one")));
        await space.RollOutAsync("db");
        await space.RollOutAsync("db2");
        await space.UntilSyncedAsync(application, second);
        proxy.Requests.Where(static request => request.IsDryRun).Select(static request => request.Name).Order(StringComparer.Ordinal).ShouldBe(["a", "db", "db2"]);
    }

    [Fact]
    public async Task A_kind_that_comes_with_the_sync_may_be_waited_for_at_its_wave()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "preflight");
        var group = $"{space.Name}.example.com";
        var widget = Manifests.Widget(group, "w", 1);
        var repository = space.NewRepository();
        repository.Commit(
            ("installer.yaml", Workloads.Deployment("installer")), ("z.yaml", SyncOptionBed.ConfigMap("z", "sync-wave=2")),
            ("widget.yaml", widget.Replace("name: \"w\"", $"name: \"w\", annotations: {Workloads.Argo("sync-wave=1")}", StringComparison.Ordinal)));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.StartOperatorAsync();
        await space.UntilAsync(application, "misses the kind", static found =>
            found.Status.OperationState?.Message?.Contains("the server has no kind", StringComparison.Ordinal) == true);
        (await cluster.ListAsync(Kinds.Deployment, space.Target)).ShouldBeEmpty();

        var revision = repository.Commit(("widget.yaml", widget.Replace(
            "name: \"w\"", $"name: \"w\", annotations: {Workloads.Argo("sync-wave=1 sync-options=SkipDryRunOnMissingResource=true")}", StringComparison.Ordinal)));
        await space.RollOutAsync("installer");
        await space.UntilAsync(application, "waits for the kind", static found =>
            found.Status.OperationState is { Phase: OperationPhase.Running, Message: { } message } && message.Contains("kind is not served yet", StringComparison.Ordinal));
        (await space.HasAsync("z")).ShouldBeFalse();

        await cluster.ApplyAsync(Kinds.Definition, await TestSpace.ParseAsync(Manifests.WidgetDefinition(group)));
        await space.UntilSyncedAsync(application, revision);
        (await space.HasAsync("z")).ShouldBeTrue();
    }
}

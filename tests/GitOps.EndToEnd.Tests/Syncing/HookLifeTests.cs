using System.Net;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Syncing;

/// <summary>What may go wrong around a hook: nothing runs twice, nothing is passed over, nothing of ours holds an object for ever.</summary>
public sealed class HookLifeTests(Cluster cluster)
{
    private const string Slow = "1h";
    private static readonly ApiResource Pods = ApiResource.Of("v1", "Pod", "pods", namespaced: true, "status");

    private static string Pod(string name, string annotations) => $$"""
        apiVersion: v1
        kind: Pod
        metadata: {name: "{{name}}", annotations: {{annotations}} }
        spec: {restartPolicy: Never, containers: [{name: main, image: "registry.example.com/work:1"}] }

        """;

    [Fact]
    public async Task Waiting_for_hooks_of_two_kinds_begins_no_watch_twice()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "hookkinds");
        var repository = space.NewRepository();
        var revision = repository.Commit(
            ("job.yaml", Workloads.Job("name: job", Workloads.Argo("hook=PreSync"))), ("pod.yaml", Pod("pod", Workloads.Argo("hook=PreSync"))),
            ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository);
        var proxy = await space.StartProxyAsync();
        await space.StartOperatorAsync(proxy);
        await space.UntilJobAsync("job");
        await space.UntilAsync(application, "waits for both", static found =>
            found.Status.OperationState?.Message is { } message && message.Contains("job", StringComparison.Ordinal) && message.Contains("pod", StringComparison.Ordinal));

        await space.EndJobAsync("job");
        await space.UntilAsync(application, "waits for one", static found =>
            found.Status.OperationState?.SyncResult?.Resources.Any(static row => row is { Name: "job", HookPhase: OperationPhase.Succeeded }) == true);
        await cluster.MergeAsync(Pods, space.Target, "pod", """{"status": {"phase": "Succeeded"} }""", "kubelet", "status");
        await space.UntilSyncedAsync(application, revision);

        // One watch of each kind from beginning to end: one that begins again tells of all it lists, and that begins another pass.
        proxy.Requests.Count(static request => request is { Resource: "jobs" or "pods", Verb: "watch" }).ShouldBe(2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_Application_that_goes_holds_no_hook(bool takesItsObjectsAlong)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "hookgone");
        var repository = space.NewRepository();
        repository.Commit(
            ("pre.yaml", Workloads.Job("generateName: first-", Workloads.Argo("hook=PreSync"))),
            ("sync.yaml", Workloads.Job("name: second", Workloads.Argo("hook=Sync"))), ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: json =>
        {
            if (takesItsObjectsAlong)
            {
                json["metadata"]!["finalizers"] = new System.Text.Json.Nodes.JsonArray(Names.ResourcesFinalizer);
            }
        });
        await space.StartOperatorAsync();
        await space.UntilAsync("the first hook is there", async () => (await JobsAsync(space)).Count == 1);
        var first = (await JobsAsync(space)).Single().Name;
        await space.EndJobAsync(first);
        await space.UntilJobAsync("second");

        await cluster.DeleteAsync(Kinds.Application, application.Namespace, application.Name);
        await space.UntilGoneAsync(Kinds.Application, application.Namespace, application.Name);
        await space.UntilAsync("no hook is held", async () => (await JobsAsync(space)).All(static job => !job.Finalizers.Contains(Names.HookFinalizer, StringComparer.Ordinal)));

        // What ran to its end stays as its policy says; what still ran was the sync's, and goes with what the sync had made.
        (await JobsAsync(space)).Select(static job => job.Name).Order(StringComparer.Ordinal).ShouldBe(takesItsObjectsAlong ? [first] : [first, "second"]);
    }

    [Fact]
    public async Task An_object_that_becomes_a_hook_leaves_the_inventory_and_runs()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "becomes");
        var repository = space.NewRepository();
        var first = repository.Commit(("job.yaml", Workloads.Job("name: work", "{}")), ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.StartOperatorAsync();
        await space.UntilJobAsync("work");
        await space.EndJobAsync("work");
        await space.UntilSyncedAsync(application, first);
        var before = (await cluster.GetAsync(Kinds.Job, space.Target, "work"))!.Uid;

        var second = repository.Commit(("job.yaml", Workloads.Job("name: work", Workloads.Argo("hook=PreSync"))));
        await space.UntilObjectAsync(Kinds.Job, space.Target, "work", "is another one", job => job.Uid != before && !job.IsTerminating);
        await space.EndJobAsync("work");
        await space.UntilSyncedAsync(application, second);
        (await space.InventoryAsync(application)).Entries.Keys.Select(static key => key.Kind).ShouldBe(["ConfigMap"]);
        var hook = (await cluster.GetAsync(Kinds.Job, space.Target, "work"))!;
        hook.Label(Names.ApplicationLabel).ShouldBeNull();

        // And back: the object that is there becomes a managed one.
        var third = repository.Commit(("job.yaml", Workloads.Job("name: work", "{}")));
        await space.UntilSyncedAsync(application, third);
        var managed = (await cluster.GetAsync(Kinds.Job, space.Target, "work"))!;
        managed.Uid.ShouldBe(hook.Uid);
        managed.Label(Names.ApplicationLabel).ShouldNotBeNull();
        managed.Annotation(Names.HookOfAnnotation).ShouldBeNull();
        (await space.InventoryAsync(application)).Entries.Keys.Select(static key => key.Kind).Order(StringComparer.Ordinal).ShouldBe(["ConfigMap", "Job"]);
    }

    [Theory]
    [InlineData("argocd.argoproj.io/sync-options: Prune=false", "Prune=false")]
    [InlineData("helm.sh/resource-policy: keep", "keep")]
    public async Task An_object_that_must_stay_does_not_become_a_hook(string protection, string reason)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "becomes");
        var repository = space.NewRepository();
        var first = repository.Commit(("job.yaml", Workloads.Job("name: work", $$"""{ {{protection}} }""")), ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: Unhurried);
        await space.StartOperatorAsync();
        await space.UntilJobAsync("work");
        await space.EndJobAsync("work");
        await space.UntilSyncedAsync(application, first);
        var before = (await cluster.GetAsync(Kinds.Job, space.Target, "work"))!.Uid;

        repository.Commit(("job.yaml", Workloads.Job("name: work", Workloads.Argo("hook=PreSync"))), ("a.yaml", Manifests.ConfigMap("a", "two")));
        (await space.UntilFailedAsync(application)).Message.ShouldContain(reason);
        (await cluster.GetAsync(Kinds.Job, space.Target, "work"))!.Uid.ShouldBe(before);
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "a"))!.Json["data"]!["key"]!.ToString().ShouldBe("one");
    }

    [Fact]
    public async Task What_is_not_ours_is_not_replaced_by_a_hook()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "hookname");
        await cluster.ApplyAsync(Kinds.ConfigMap, KubernetesObject.Parse($$"""
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "{{space.Target}}", "name": "theirs"}, "data": {"key": "theirs"} }
            """));
        var repository = space.NewRepository();
        repository.Commit(
            ("hook.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: theirs, annotations: {argocd.argoproj.io/hook: PreSync} }\ndata: {key: ours}\n"),
            ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: Unhurried);
        await space.StartOperatorAsync();

        (await space.UntilFailedAsync(application)).Message.ShouldContain("exists already and is no hook");
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "theirs"))!.Json["data"]!["key"]!.ToString().ShouldBe("theirs");
        (await space.HasAsync("a")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_hook_that_would_not_run_again_is_said()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "again");
        var repository = space.NewRepository();
        var first = repository.Commit(
            ("pre.yaml", Workloads.Job("name: migrate", Workloads.Argo("hook=PreSync hook-delete-policy=HookFailed"))), ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: Unhurried);
        await space.StartOperatorAsync();
        await space.UntilJobAsync("migrate");
        await space.EndJobAsync("migrate");
        await space.UntilSyncedAsync(application, first);

        repository.Commit(("a.yaml", Manifests.ConfigMap("a", "two")));
        (await space.UntilFailedAsync(application)).Message.ShouldContain("would not run again");
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "a"))!.Json["data"]!["key"]!.ToString().ShouldBe("one");
    }

    [Fact]
    public async Task A_hook_of_a_kind_that_nobody_serves_holds_everything()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "unserved");
        var repository = space.NewRepository();
        repository.Commit(
            ("pre.yaml", $"apiVersion: {space.Name}.example.com/v1\nkind: Widget\nmetadata: {{name: w, annotations: {Workloads.Argo("hook=PreSync")} }}\n"),
            ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: Unhurried);
        await space.StartOperatorAsync();

        (await space.UntilFailedAsync(application)).Message.ShouldContain("pre.yaml");
        (await space.HasAsync("a")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_hook_of_a_kind_that_the_sync_brings_runs_when_it_is_served()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "brings");
        var group = $"{space.Name}.example.com";
        var repository = space.NewRepository();
        var revision = repository.Commit(
            ("definition.yaml", Manifests.WidgetDefinition(group)),
            ("pre.yaml", $"apiVersion: {group}/v1\nkind: Widget\nmetadata: {{name: w, annotations: {Workloads.Argo("hook=PreSync")} }}\nspec: {{size: 1}}\n"),
            ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.StartOperatorAsync();

        var done = await space.UntilSyncedAsync(application, revision);
        done.Status.OperationState!.SyncResult!.Resources.ShouldContain(static row => row.Name == "w" && row.HookPhase == OperationPhase.Succeeded);
    }

    [Fact]
    public async Task A_hook_that_the_server_cannot_take_yet_is_tried_again_until_its_deadline()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "later");
        var repository = space.NewRepository();
        repository.Commit(("pre.yaml", Workloads.Job("name: migrate", Workloads.Argo("hook=PreSync"))), ("a.yaml", Manifests.ConfigMap("a", "one")));
        var proxy = await space.StartProxyAsync();
        proxy.Refuse(HttpStatusCode.InternalServerError, static request => request is { Resource: "jobs", IsWrite: true });
        await space.StartOperatorAsync(proxy);
        var application = await space.CreateApplicationAsync("web", repository, change: json =>
        {
            Unhurried(json);
            json["spec"]!["deadlines"] = new System.Text.Json.Nodes.JsonObject { ["hook"] = "3s" };
        });

        await space.UntilAsync(application, "says why it waits", static found => found.Status.OperationState is { Phase: OperationPhase.Running, Message: { } message }
            && message.Contains("migrate", StringComparison.Ordinal));
        var failed = await space.UntilFailedAsync(application);
        failed.Message.ShouldContain("spec.deadlines.hook");
        proxy.Requests.Count(static request => request is { Resource: "jobs", IsWrite: true }).ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task A_deletion_that_is_not_allowed_holds_up_no_sync()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "nodelete");
        var repository = space.NewRepository();
        var revision = repository.Commit(
            ("pre.yaml", Workloads.Job("name: migrate", Workloads.Argo("hook=PreSync hook-delete-policy=HookSucceeded"))), ("a.yaml", Manifests.ConfigMap("a", "one")));
        var proxy = await space.StartProxyAsync();
        proxy.Refuse(HttpStatusCode.Forbidden, static request => request is { Resource: "jobs", Verb: "delete" });
        await space.StartOperatorAsync(proxy);
        var application = await space.CreateApplicationAsync("web", repository);
        await space.UntilJobAsync("migrate");
        await space.EndJobAsync("migrate");

        await space.UntilSyncedAsync(application, revision);
        (await cluster.GetAsync(Kinds.Job, space.Target, "migrate"))!.Finalizers.ShouldNotContain(Names.HookFinalizer, StringComparer.Ordinal);
        await space.UntilAsync("an event says so", async () => (await cluster.ListAsync(Kinds.Event, application.Namespace)).Any(static found =>
            KubernetesObject.GetString(found.Json, "reason") == "HookLeft"));
    }

    [Fact]
    public async Task A_restart_does_not_take_the_sync_of_before_for_the_newest()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "restart");
        var repository = space.NewRepository();
        var first = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository);
        var running = await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, first);
        var second = repository.Commit(("pre.yaml", Workloads.Job("name: migrate", Workloads.Argo("hook=PreSync"))));
        var uid = (await space.UntilJobAsync("migrate")).Uid;
        await running.DisposeAsync();

        // The repository does not answer the next process.
        repository.Vanish();
        await space.StartOperatorAsync();
        await space.UntilAsync(application, "says that the repository is away", static found => found.Status.Condition(Conditions.Ready) is { Status: "False" });
        (await cluster.GetAsync(Kinds.Job, space.Target, "migrate"))!.IsTerminating.ShouldBeFalse();
        repository.Restore();
        await space.EndJobAsync("migrate");
        await space.UntilSyncedAsync(application, second);
        (await cluster.GetAsync(Kinds.Job, space.Target, "migrate"))!.Uid.ShouldBe(uid);
    }

    private static void Unhurried(System.Text.Json.Nodes.JsonObject json) => json["spec"]!["syncPolicy"]!["retry"]!["backoff"]!["duration"] = Slow;

    private async Task<IReadOnlyList<KubernetesObject>> JobsAsync(TestSpace space) => await cluster.ListAsync(Kinds.Job, space.Target);
}

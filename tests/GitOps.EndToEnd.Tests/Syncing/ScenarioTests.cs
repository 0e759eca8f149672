using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Operator.Model;

namespace GitOps.EndToEnd.Tests.Syncing;

/// <summary>
/// What people know from Argo CD's examples, from end to end: a database, its migration, back end and front end in waves, with a
/// maintenance page that goes up before and down after; smoke tests around a workload; and a chart with Helm's hooks.
/// </summary>
public sealed class ScenarioTests(Cluster cluster)
{
    [Fact]
    public async Task A_shop_comes_up_in_waves()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "shop");
        var proxy = await space.StartProxyAsync();
        var repository = space.NewRepository();
        var revision = repository.Commit(
            ("database.yaml", Workloads.Deployment("database")),
            ("migration.yaml", Workloads.Job("name: migration", Workloads.Argo("hook=Sync sync-wave=1"))),
            ("backend.yaml", Workloads.Deployment("backend", Workloads.Argo("sync-wave=2"))),
            ("up.yaml", Workloads.Job("name: page-up", Workloads.Argo("hook=Sync sync-wave=3 hook-delete-policy=BeforeHookCreation"))),
            ("frontend.yaml", Workloads.Deployment("frontend", Workloads.Argo("sync-wave=4"))),
            ("down.yaml", Workloads.Job("name: page-down", Workloads.Argo("hook=Sync sync-wave=5 hook-delete-policy=HookSucceeded"))));
        var application = await space.CreateApplicationAsync("shop", repository);
        await space.StartOperatorAsync(proxy);

        foreach (var (kind, name, next) in ((string, string, string)[])
            [("Deployment", "database", "migration"), ("Job", "migration", "backend"), ("Deployment", "backend", "page-up"),
             ("Job", "page-up", "frontend"), ("Deployment", "frontend", "page-down"), ("Job", "page-down", string.Empty)])
        {
            await space.UntilObjectAsync(kind == "Job" ? Kinds.Job : Kinds.Deployment, space.Target, name, "is there", static _ => true);
            Made(proxy).ShouldNotContain(next, StringComparer.Ordinal);
            await (kind == "Job" ? space.EndJobAsync(name) : space.RollOutAsync(name));
        }

        await space.UntilSyncedAsync(application, revision);
        await space.UntilGoneAsync(Kinds.Job, space.Target, "page-down");
        (await cluster.GetAsync(Kinds.Job, space.Target, "page-up")).ShouldNotBeNull();
        Made(proxy).ShouldBe(["database", "migration", "backend", "page-up", "frontend", "page-down"]);
    }

    [Fact]
    public async Task Tests_before_and_after_run_with_each_commit()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "prepost");
        await using var player = new WorkloadPlayer(space);
        var proxy = await space.StartProxyAsync();
        var repository = space.NewRepository();
        var first = repository.Commit(
            ("before.yaml", Workloads.Job("name: before", Workloads.Argo("hook=PreSync"))),
            ("after.yaml", Workloads.Job("name: after", Workloads.Argo("hook=PostSync hook-delete-policy=HookSucceeded"))),
            ("web.yaml", Workloads.Deployment("web")));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.StartOperatorAsync(proxy);
        await space.UntilSyncedAsync(application, first);

        var second = repository.Commit(("web.yaml", Workloads.Deployment("web", image: "registry.example.com/web:2")));
        var done = await space.UntilSyncedAsync(application, second);
        done.Status.History.Select(static entry => entry.Changes!).Select(static changes => (changes.Create, changes.Update)).ShouldBe([(1, 0), (0, 1)]);
        Made(proxy).ShouldBe(["before", "web", "after", "before", "after"]);
    }

    [Fact]
    public async Task A_chart_s_hooks_run_where_Argo_CD_would_run_them()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "chart");
        await using var player = new WorkloadPlayer(space);
        var proxy = await space.StartProxyAsync();
        var repository = space.NewRepository();
        var revision = repository.Commit(
            ("hooks.yaml", string.Join("---\n",
                Workloads.Job("name: late", """{helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-weight: "5"}"""),
                Workloads.Job("name: early", """{helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-weight: "-5", helm.sh/hook-delete-policy: hook-succeeded}"""),
                Workloads.Job("name: after", """{helm.sh/hook: post-upgrade}"""),
                Workloads.Job("name: test", """{helm.sh/hook: test}"""),
                Workloads.Job("name: back", """{helm.sh/hook: pre-rollback}"""))),
            ("web.yaml", Workloads.Deployment("web")));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.StartOperatorAsync(proxy);

        await space.UntilSyncedAsync(application, revision);
        await space.UntilGoneAsync(Kinds.Job, space.Target, "early");
        Made(proxy).ShouldBe(["early", "late", "web", "after"]);
    }

    /// <summary>
    /// As in Argo CD: a sync goes through the waves from the first one, and one whose object is broken is as far as it comes. What
    /// mends it has to be in that wave or before it.
    /// </summary>
    [Fact]
    public async Task What_is_broken_in_an_early_wave_holds_what_would_mend_it_in_a_later_one()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "mend");
        var repository = space.NewRepository();
        var first = repository.Commit(("web.yaml", Workloads.Deployment("web")), ("settings.yaml", InWave("settings", 1, "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: static json => json["spec"]!["syncPolicy"]!["retry"]!["limit"] = 0);
        await space.StartOperatorAsync();
        await space.RollOutAsync("web");
        await space.UntilSyncedAsync(application, first);
        var generation = (await cluster.GetAsync(Kinds.Deployment, space.Target, "web"))!.Metadata!["generation"]!.ToJsonString();
        await cluster.MergeAsync(Kinds.Deployment, space.Target, "web", $$"""
            {"status": {"observedGeneration": {{generation}}, "conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}] } }
            """, "kube-controller-manager", "status");
        await space.UntilAsync(application, "is degraded", static found => found.Status.Health?.Status == HealthCode.Degraded);

        repository.Commit(("settings.yaml", InWave("settings", 1, "two")));
        (await space.UntilFailedAsync(application)).Message.ShouldContain("web is degraded");
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "settings"))!.Json["data"]!["key"]!.ToString().ShouldBe("one");

        await space.UntilSyncedAsync(application, repository.Commit(("settings.yaml", InWave("settings", -1, "two")), ("web.yaml", null)));
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "settings"))!.Json["data"]!["key"]!.ToString().ShouldBe("two");
    }

    private static string InWave(string name, int wave, string value) => $$"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: "{{name}}", annotations: {{Workloads.Argo($"sync-wave={wave}")}} }
        data: {key: "{{value}}"}

        """;

    /// <summary>Jobs and Deployments in the order in which they came into being.</summary>
    private static IEnumerable<string> Made(ApiProxy proxy) => proxy.Requests
        .Where(static request => request is { Resource: "jobs" or "deployments", Verb: "apply", IsDryRun: false, Status: 201 })
        .Select(static request => request.Name);
}

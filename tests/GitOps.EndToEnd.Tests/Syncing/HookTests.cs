using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Syncing;

public sealed class HookTests(Cluster cluster)
{
    [Fact]
    public async Task Hooks_run_before_and_after_and_are_not_managed_objects()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "hooks");
        var repository = space.NewRepository();
        var revision = repository.Commit(
            ("pre.yaml", Workloads.Job("name: migrate", Workloads.Argo("hook=PreSync hook-delete-policy=HookSucceeded"))),
            ("post.yaml", Workloads.Job("generateName: smoke-", Workloads.Argo("hook=PostSync"))),
            ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.StartOperatorAsync();

        var migrate = await space.UntilJobAsync("migrate");
        migrate.Label(Names.ApplicationLabel).ShouldBeNull();
        migrate.Annotation(Names.HookOfAnnotation).ShouldBe(application.ToString());
        migrate.Finalizers.ShouldContain(Names.HookFinalizer, StringComparer.Ordinal);
        (await space.HasAsync("a")).ShouldBeFalse();
        await space.EndJobAsync("migrate");

        var smoke = await SmokeAsync();
        (await space.HasAsync("a")).ShouldBeTrue();
        smoke.ShouldStartWith($"smoke-{revision[..7]}-postsync-");
        await space.EndJobAsync(smoke);

        var done = await space.UntilSyncedAsync(application, revision);
        done.Status.OperationState!.SyncResult!.Resources.Select(static row => $"{row.HookType} {row.HookPhase}")
            .ShouldBe(["PreSync Succeeded", "PostSync Succeeded"]);
        await space.UntilGoneAsync(Kinds.Job, space.Target, "migrate");
        (await cluster.GetAsync(Kinds.Job, space.Target, smoke))!.Finalizers.ShouldNotContain(Names.HookFinalizer, StringComparer.Ordinal);
        (await space.InventoryAsync(application)).Entries.Keys.Select(static key => key.Kind).ShouldBe(["ConfigMap"]);

        async Task<string> SmokeAsync()
        {
            var name = string.Empty;
            await space.UntilAsync("the smoke test is there", async () =>
            {
                name = (await cluster.ListAsync(Kinds.Job, space.Target)).FirstOrDefault(static job => job.Name.StartsWith("smoke-", StringComparison.Ordinal))?.Name;
                return name is not null;
            });
            return name!;
        }
    }

    [Fact]
    public async Task A_hook_that_fails_stops_the_sync_and_runs_the_hooks_for_that()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "hooks");
        var repository = space.NewRepository();
        repository.Commit(
            ("pre.yaml", Workloads.Job("name: migrate", Workloads.Argo("hook=PreSync"))),
            ("alarm.yaml", Workloads.Job("name: alarm", Workloads.Argo("hook=SyncFail hook-delete-policy=HookFailed"))),
            ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: static json => json["spec"]!["syncPolicy"]!["retry"]!["backoff"]!["duration"] = "1h");
        await space.StartOperatorAsync();
        await space.UntilJobAsync("migrate");
        await space.EndJobAsync("migrate", succeeds: false);

        await space.UntilJobAsync("alarm");
        await space.EndJobAsync("alarm");
        var failed = await space.UntilAsync(application, "says why", static found =>
            found.Status.Condition(Conditions.Ready) is { Status: "False" } ready && ready.Message.Contains("no luck", StringComparison.Ordinal));
        failed.Status.OperationState!.SyncResult!.Resources.Select(static row => $"{row.Name} {row.HookPhase}").ShouldBe(["migrate Failed", "alarm Succeeded"]);
        await space.UntilGoneAsync(Kinds.Job, space.Target, "alarm");
        (await space.HasAsync("a")).ShouldBeFalse();

        // A newer commit is tried at once; the hook of before is replaced.
        var before = (await cluster.GetAsync(Kinds.Job, space.Target, "migrate"))!.Uid;
        var next = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "two")));
        await space.UntilObjectAsync(Kinds.Job, space.Target, "migrate", "is another one", found => found.Uid != before && !found.IsTerminating);
        await space.EndJobAsync("migrate");
        await space.UntilSyncedAsync(application, next);
        (await space.HasAsync("a")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_restart_finds_the_hooks_of_before()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "hooks");
        var repository = space.NewRepository();
        var revision = repository.Commit(
            ("pre.yaml", Workloads.Job("generateName: migrate-", Workloads.Argo("hook=PreSync"))), ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository);
        var first = await space.StartOperatorAsync();
        await space.UntilAsync("the hook is there", async () => (await cluster.ListAsync(Kinds.Job, space.Target)).Count == 1);
        await first.DisposeAsync();

        var job = (await cluster.ListAsync(Kinds.Job, space.Target)).Single().Name;
        await space.EndJobAsync(job);
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, revision);
        (await cluster.ListAsync(Kinds.Job, space.Target)).Select(static found => found.Name).ShouldBe([job]);
    }

    [Fact]
    public async Task A_misspelt_hook_is_said_and_applies_nothing()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "hooks");
        var repository = space.NewRepository();
        repository.Commit(
            ("pre.yaml", Workloads.Job("name: migrate", Workloads.Argo("hook=Presync"))), ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.StartOperatorAsync();

        var refused = await space.UntilConditionAsync(application, Conditions.SpecValid, "False");
        refused.Message.ShouldContain("pre.yaml");
        refused.Message.ShouldContain("'Presync' is no hook");
        (await space.HasAsync("a")).ShouldBeFalse();
    }
}

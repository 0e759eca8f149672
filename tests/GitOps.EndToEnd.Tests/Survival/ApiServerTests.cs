using System.Net;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using Microsoft.Extensions.DependencyInjection;

namespace GitOps.EndToEnd.Tests.Survival;

/// <summary>The API server has trouble for a while: afterwards commits arrive and drift is found as before, and nothing was deleted.</summary>
public sealed class ApiServerTests(Cluster cluster)
{
    private static readonly TimeSpan Trouble = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task After_a_restart_of_the_server_drift_from_meanwhile_is_found_and_healed()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "restart");
        var (application, repository, proxy) = await SyncedAsync(space);
        await proxy.GoDownAsync();
        await DriftAsync(space);
        await Task.Delay(Trouble, TestContext.Current.CancellationToken);
        await proxy.ComeBackAsync();
        await UntilHealedAsync(space);
        await StillWorksAsync(space, application, repository, proxy);
    }

    [Fact]
    public async Task A_restart_of_the_sandbox_itself_is_survived_too()
    {
        // A server of its own: the others must not be cut off. On a real API server the proxy's restart is all there is.
        Assert.SkipWhen(Cluster.IsReal, "needs a server that can be restarted");
        await using var own = new Cluster();
        await own.InitializeAsync();
        await using var space = await TestSpace.CreateAsync(own, "restart");
        var (application, repository, proxy) = await SyncedAsync(space);
        await own.Sandbox!.StopListeningAsync();
        await Task.Delay(Trouble, TestContext.Current.CancellationToken);
        await own.Sandbox.StartListeningAsync(TestContext.Current.CancellationToken);
        own.Sandbox.Compact();
        await DriftAsync(space);
        await UntilHealedAsync(space);
        await StillWorksAsync(space, application, repository, proxy);
    }

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests, 1)]
    [InlineData(HttpStatusCode.InternalServerError, 0)]
    public async Task While_the_server_refuses_everything_nothing_is_lost(HttpStatusCode status, int retryAfterSeconds)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "refuse");
        var (application, repository, proxy) = await SyncedAsync(space);
        using (proxy.Refuse(status, retryAfter: retryAfterSeconds > 0 ? TimeSpan.FromSeconds(retryAfterSeconds) : null))
        {
            proxy.DropWatches(reset: true);
            await DriftAsync(space);
            repository.Commit(("b.yaml", Manifests.ConfigMap("b", "two")));
            await Eventually.IsTrueAsync("requests were refused", () => proxy.Requests.Count(item => item.Status == (int)status) >= 3);
            await Task.Delay(Trouble, TestContext.Current.CancellationToken);
        }

        await UntilHealedAsync(space);
        await StillWorksAsync(space, application, repository, proxy);
    }

    [Fact]
    public async Task Writes_that_are_refused_with_500_for_a_while_are_made_in_the_end()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "refuse");
        var (application, repository, proxy) = await SyncedAsync(space);
        string head;
        using (proxy.Refuse(HttpStatusCode.InternalServerError, static request => request.IsWrite))
        {
            head = repository.Commit(("b.yaml", Manifests.ConfigMap("b", "two")), ("a.yaml", null), ("c.yaml", Manifests.ConfigMap("c", "new")));
            await Eventually.IsTrueAsync("writes were refused", () => proxy.Requests.Count(static item => item.Status == 500) >= 3);
        }

        await space.UntilSyncedAsync(application, head);
        await space.UntilGoneAsync(Kinds.ConfigMap, space.Target, "a");
        proxy.Requests.Where(static request => request.Verb == "delete" && request.Name != "a").ShouldBeEmpty();
    }

    [Fact]
    public async Task Answers_that_never_come_lead_to_no_second_object_and_no_loss()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "cut");
        var (application, repository, proxy) = await SyncedAsync(space);
        string head;
        using (proxy.Cut(afterEffect: true, static request => request.IsWrite, times: 6))
        {
            head = repository.Commit(("b.yaml", Manifests.ConfigMap("b", "two")), ("a.yaml", null), ("c.yaml", Manifests.ConfigMap("c", "new")));
            await space.UntilSyncedAsync(application, head);
        }

        await space.UntilGoneAsync(Kinds.ConfigMap, space.Target, "a");
        var inventory = await space.InventoryAsync(application);
        inventory.Unknown.ShouldBeNull();
        inventory.Entries.Keys.Select(static key => key.Name).Order(StringComparer.Ordinal).ShouldBe(["b", "c"]);
        (await space.FindApplicationAsync(application))!.Status.DriftCount.GetValueOrDefault().ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Watches_that_are_dropped_again_and_again_miss_no_drift(bool reset)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "drop");
        var (application, repository, proxy) = await SyncedAsync(space);
        for (var round = 0; round < 3; round++)
        {
            proxy.DropWatches(reset);
            await DriftAsync(space);
            proxy.DropWatches(reset);
            await UntilHealedAsync(space);
        }

        await StillWorksAsync(space, application, repository, proxy);
    }

    [Fact]
    public async Task A_watch_that_falls_silent_is_opened_again_and_what_it_withheld_is_found()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "silent");
        var (application, repository, proxy) = await SyncedAsync(space, services => services.AddSingleton(
            new KubernetesClientOptions { UserAgent = "gitops-operator/test", WatchIdleTimeout = TimeSpan.FromSeconds(3) }));
        proxy.SilenceWatches();
        await DriftAsync(space);
        await UntilHealedAsync(space);
        await StillWorksAsync(space, application, repository, proxy);
    }

    private static async Task<(NamespacedName Application, GitRepo Repository, ApiProxy Proxy)> SyncedAsync(
        TestSpace space, Action<IServiceCollection>? configure = null)
    {
        var repository = space.NewRepository();
        var head = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "good")), ("b.yaml", Manifests.ConfigMap("b", "good")));
        var application = await space.CreateApplicationAsync("web", repository);
        var proxy = await space.StartProxyAsync();
        await space.StartOperatorAsync(proxy, configure);
        await space.UntilSyncedAsync(application, head);
        return (application, repository, proxy);
    }

    private static async Task DriftAsync(TestSpace space)
    {
        await space.Cluster.MergeAsync(Kinds.ConfigMap, space.Target, "a", """{"data": {"key": "edited"}}""");
        await space.Cluster.DeleteAsync(Kinds.ConfigMap, space.Target, "b");
    }

    private static async Task UntilHealedAsync(TestSpace space)
    {
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "a", "is healed", static found => Value(found) == "good");
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "b", "is made again", static found => Value(found) is "good" or "two");
    }

    private static async Task StillWorksAsync(TestSpace space, NamespacedName application, GitRepo repository, ApiProxy proxy)
    {
        var head = repository.Commit(("b.yaml", Manifests.ConfigMap("b", "final")), ("c.yaml", Manifests.ConfigMap("c", "final")));
        await space.UntilSyncedAsync(application, head);
        Value(await space.Cluster.GetAsync(Kinds.ConfigMap, space.Target, "b")).ShouldBe("final");
        Value(await space.Cluster.GetAsync(Kinds.ConfigMap, space.Target, "c")).ShouldBe("final");
        await space.UntilAsync(application, "has no drift left", static item => item.Status.DriftCount.GetValueOrDefault() == 0);
        proxy.Requests.ShouldNotContain(static request => request.Verb == "delete");
    }

    private static string? Value(KubernetesObject? found) => found?.At("data", "key")?.GetValue<string>();
}

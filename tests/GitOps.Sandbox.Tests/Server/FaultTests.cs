using System.Net;
using GitOps.Sandbox.Faults;
using GitOps.Sandbox.Tests.Replay;
using GitOps.Testing;

namespace GitOps.Sandbox.Tests.Server;

public sealed class FaultTests
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests, "TooManyRequests")]
    [InlineData(HttpStatusCode.InternalServerError, "InternalError")]
    [InlineData(HttpStatusCode.ServiceUnavailable, "ServiceUnavailable")]
    [InlineData(HttpStatusCode.Gone, "Expired")]
    public async Task A_status_is_answered_as_often_as_told_and_only_to_whom_it_may_concern(HttpStatusCode status, string reason)
    {
        await using var cluster = await TestCluster.StartAsync();
        cluster.Sandbox.Faults.Respond(status, static request => request is { Verb: "create", Resource: "configmaps" }, TimeSpan.FromSeconds(2), times: 2);

        var list = await cluster.GetAsync(ConfigMaps);
        var first = await cluster.CreateConfigMapAsync("a");
        var second = await cluster.CreateConfigMapAsync("a");
        var third = await cluster.CreateConfigMapAsync("a");

        list.Status.ShouldBe(200);
        (first.Status, first.Reason, first.Headers["Retry-After"]).ShouldBe(((int)status, reason, "2"));
        second.Status.ShouldBe((int)status);
        third.Status.ShouldBe(201);
    }

    [Fact]
    public async Task Latency_is_waited_on_the_clock()
    {
        var time = new ManualTimeProvider();
        await using var cluster = await TestCluster.StartAsync(new() { TimeProvider = time });
        using var fault = cluster.Sandbox.Faults.Add(new() { Latency = TimeSpan.FromSeconds(7) });

        var answer = cluster.GetAsync(ConfigMaps);
        await Eventually.HoldsAsync(() => Task.FromResult(time.PendingTimers > 0), "the request is being held back");
        answer.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(7));

        (await answer).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData(true, 404)]
    [InlineData(false, 200)]
    public async Task A_connection_is_cut_before_or_after_the_write_took_effect(bool isBefore, int afterwards)
    {
        await using var cluster = await TestCluster.StartAsync();
        cluster.Sandbox.Faults.Add(new() { AbortBefore = isBefore, AbortAfter = !isBefore, Times = 1 });

        await Should.ThrowAsync<HttpRequestException>(() => cluster.CreateConfigMapAsync("a"));

        (await cluster.GetAsync($"{ConfigMaps}/a")).Status.ShouldBe(afterwards);
    }

    [Fact]
    public async Task Dry_runs_are_refused_and_other_writes_are_not()
    {
        await using var cluster = await TestCluster.StartAsync();
        cluster.Sandbox.Faults.Add(new() { RefuseDryRun = true });

        var dry = await cluster.PostAsync($"{ConfigMaps}?dryRun=All", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}""");
        var real = await cluster.CreateConfigMapAsync("a");

        (dry.Status, real.Status).ShouldBe((400, 201));
    }

    [Fact]
    public async Task Stale_discovery_is_marked_so_and_a_group_alone_is_unavailable()
    {
        await using var cluster = await TestCluster.StartAsync();
        using var fault = cluster.Sandbox.Faults.Add(new() { StaleDiscovery = true });

        using var request = cluster.Request(HttpMethod.Get, "/apis");
        request.Headers.TryAddWithoutValidation("Accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
        using var response = await cluster.Http.SendAsync(request);
        var groups = (await Answer.ReadAsync(response)).Body["items"]!.AsArray();

        groups.SelectMany(static group => group!["versions"]!.AsArray()).ShouldAllBe(static version => version!["freshness"]!.GetValue<string>() == "Stale");
        (await cluster.GetAsync("/apis/apps/v1")).Status.ShouldBe(503);
    }

    [Fact]
    public async Task A_dropped_watch_ends_and_the_next_one_lives()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var dropped = await cluster.WatchAsync($"{ConfigMaps}?watch=true");

        cluster.Sandbox.Faults.Watches(WatchFault.Drop, times: 1);

        (await dropped.NextBriefAsync()).ShouldBeNull();
        await using var next = await cluster.WatchAsync($"{ConfigMaps}?watch=true");
        await cluster.CreateConfigMapAsync("a");
        (await next.NextBriefAsync())!.Value.Type.ShouldBe("ADDED");
    }

    [Fact]
    public async Task An_aborted_watch_breaks()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var watch = await cluster.WatchAsync($"{ConfigMaps}?watch=true");

        cluster.Sandbox.Faults.Watches(WatchFault.Abort, times: 1);

        await Should.ThrowAsync<IOException>(() => watch.NextBriefAsync());
    }

    [Fact]
    public async Task A_silenced_watch_says_nothing_more_although_it_is_open()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var silenced = await cluster.WatchAsync($"{ConfigMaps}?watch=true");
        cluster.Sandbox.Faults.Watches(WatchFault.Silence, times: 1);
        await using var heard = await cluster.WatchAsync($"{ConfigMaps}?watch=true");

        await cluster.CreateConfigMapAsync("a");
        await heard.NextBriefAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        await Should.ThrowAsync<OperationCanceledException>(() => silenced.NextAsync(patience.Token));
    }

    [Fact]
    public async Task A_line_breaks_off_in_the_middle()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var watch = await cluster.WatchAsync($"{ConfigMaps}?watch=true");
        cluster.Sandbox.Faults.Watches(WatchFault.HalfLine, times: 1);

        await cluster.CreateConfigMapAsync("a");

        await Should.ThrowAsync<Exception>(() => watch.NextBriefAsync());
    }

    [Fact]
    public async Task An_expired_watch_is_told_so_and_ends()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var watch = await cluster.WatchAsync($"{ConfigMaps}?watch=true");

        cluster.Sandbox.Faults.Watches(WatchFault.Expire, times: 1);
        var read = (await watch.NextAsync())!;

        (read["type"]!.GetValue<string>(), read["object"]!["reason"]!.GetValue<string>()).ShouldBe(("ERROR", "Expired"));
        (await watch.NextAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task A_removed_fault_does_no_harm()
    {
        await using var cluster = await TestCluster.StartAsync();
        using (cluster.Sandbox.Faults.Respond(HttpStatusCode.InternalServerError))
        {
            (await cluster.GetAsync(ConfigMaps)).Status.ShouldBe(500);
        }

        (await cluster.GetAsync(ConfigMaps)).Status.ShouldBe(200);
    }
}

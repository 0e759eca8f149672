using GitOps.Sandbox.Faults;
using GitOps.Sandbox.Tests.Replay;
using GitOps.Testing;

namespace GitOps.Sandbox.Tests.Server;

/// <summary>Faults within a watch's stream.</summary>
public sealed class WatchFaultTests
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";
    private const string StreamingList = $"{ConfigMaps}?watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan";

    [Fact]
    public async Task A_stalled_watch_brings_everything_once_the_fault_is_taken_back()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var stalled = await cluster.WatchAsync($"{ConfigMaps}?watch=true");
        var fault = cluster.Sandbox.Faults.Watches(WatchFault.Stall, times: 1);
        await using var late = await cluster.WatchAsync($"{ConfigMaps}?watch=true");
        await cluster.CreateConfigMapAsync("a");
        await cluster.DeleteAsync($"{ConfigMaps}/a");
        (await late.NextBriefAsync())!.Value.Type.ShouldBe("ADDED");
        var next = stalled.NextBriefAsync();
        next.IsCompleted.ShouldBeFalse();

        fault.Dispose();

        (await next)!.Value.Type.ShouldBe("ADDED");
        (await stalled.NextBriefAsync())!.Value.Type.ShouldBe("DELETED");
    }

    [Fact]
    public async Task The_initial_events_are_stalled_too()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateConfigMapAsync("a");
        var fault = cluster.Sandbox.Faults.Watches(WatchFault.Stall);
        await using var watch = await cluster.WatchAsync(StreamingList);
        var next = watch.NextBriefAsync();
        await cluster.CreateConfigMapAsync("b");
        next.IsCompleted.ShouldBeFalse();
        fault.Dispose();
        (await next)!.Value.Name.ShouldBe("a");
        (await watch.NextBriefAsync())!.Value.Name.ShouldBe("b");
        (await watch.NextBriefAsync())!.Value.Type.ShouldBe("BOOKMARK");
    }

    [Fact]
    public async Task Slow_bookmarks_hold_the_end_of_the_initial_events_back_and_no_event()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateConfigMapAsync("a");
        var fault = cluster.Sandbox.Faults.Watches(WatchFault.SlowBookmarks);
        await using var watch = await cluster.WatchAsync(StreamingList);
        (await watch.NextBriefAsync())!.Value.Name.ShouldBe("a");
        await cluster.DeleteAsync($"{ConfigMaps}/a");
        var deleted = (await watch.NextBriefAsync())!.Value;
        (deleted.Type, deleted.Name).ShouldBe(("DELETED", "a"));

        fault.Dispose();

        var end = (await watch.NextAsync())!;
        end["object"]!["metadata"]!["annotations"]!["k8s.io/initial-events-end"]!.GetValue<string>().ShouldBe("true");
        long.Parse(end["object"]!["metadata"]!["resourceVersion"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture)
            .ShouldBeGreaterThanOrEqualTo(long.Parse(deleted.Version, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Without_bookmarks_the_initial_events_end_all_the_same()
    {
        var time = new ManualTimeProvider();
        await using var cluster = await TestCluster.StartAsync(new() { TimeProvider = time });
        using var fault = cluster.Sandbox.Faults.Watches(WatchFault.NoBookmarks, times: 1);
        await using var without = await cluster.WatchAsync(StreamingList);
        (await without.NextBriefAsync())!.Value.Type.ShouldBe("BOOKMARK");
        await using var with = await cluster.WatchAsync(StreamingList);
        (await with.NextBriefAsync())!.Value.Type.ShouldBe("BOOKMARK");

        time.Advance(TimeSpan.FromMinutes(2));

        (await with.NextBriefAsync())!.Value.Type.ShouldBe("BOOKMARK");
        await cluster.CreateConfigMapAsync("a");
        (await without.NextBriefAsync())!.Value.Type.ShouldBe("ADDED");
    }

    [Fact]
    public async Task The_initial_events_break_off_in_the_middle_of_a_line()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateConfigMapAsync("a");
        cluster.Sandbox.Faults.Watches(WatchFault.HalfLine, times: 1);

        await using var watch = await cluster.WatchAsync(StreamingList);

        await Should.ThrowAsync<Exception>(() => watch.NextBriefAsync());
    }

    [Fact]
    public async Task A_fault_that_a_watch_has_met_is_not_forgotten_when_another_comes()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var watch = await cluster.WatchAsync($"{ConfigMaps}?watch=true");
        await using var other = await cluster.WatchAsync($"{ConfigMaps}?watch=true");
        cluster.Sandbox.Faults.Watches(WatchFault.HalfLine);
        cluster.Sandbox.Faults.Watches(WatchFault.NoBookmarks, times: 2);

        await cluster.CreateConfigMapAsync("a");

        await Should.ThrowAsync<Exception>(() => watch.NextBriefAsync());
        await Should.ThrowAsync<Exception>(() => other.NextBriefAsync());
    }

    [Fact]
    public async Task A_resource_that_is_served_again_expires_watches_from_before()
    {
        const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        const string Definition =
            """{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"widgets.example.dev"},"spec":{"group":"example.dev","scope":"Cluster","names":{"plural":"widgets","singular":"widget","kind":"Widget","listKind":"WidgetList"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}}""";
        await using var cluster = await TestCluster.StartAsync();
        (await cluster.PostAsync(Definitions, Definition)).Ok();
        await Eventually.HoldsAsync(async () => (await cluster.GetAsync("/apis/example.dev/v1/widgets")).Status == 200, "the kind is served");
        var created = (await cluster.PostAsync("/apis/example.dev/v1/widgets", """{"apiVersion":"example.dev/v1","kind":"Widget","metadata":{"name":"a"}}""")).Ok();
        (await cluster.DeleteAsync($"{Definitions}/widgets.example.dev")).Ok();
        await Eventually.HoldsAsync(async () => (await cluster.GetAsync("/apis/example.dev/v1/widgets")).Status == 404, "the kind is gone");
        (await cluster.PostAsync(Definitions, Definition)).Ok();
        await Eventually.HoldsAsync(async () => (await cluster.GetAsync("/apis/example.dev/v1/widgets")).Status == 200, "the kind is back");

        await using var watch = await cluster.WatchAsync($"/apis/example.dev/v1/widgets?watch=true&resourceVersion={created.Version}");

        (await watch.NextBriefAsync())!.Value.Type.ShouldBe("ERROR");
    }
}

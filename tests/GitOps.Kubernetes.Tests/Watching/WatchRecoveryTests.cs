using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Tests.Support;
using GitOps.Kubernetes.Watching;
using GitOps.Testing;

namespace GitOps.Kubernetes.Tests.Watching;

/// <summary>What the watch does about servers that are busy, restored, half updated, or not quite as they should be.</summary>
public sealed class WatchRecoveryTests
{
    private readonly ManualTimeProvider _time = new();

    private KubernetesClientOptions Options => new()
    {
        TimeProvider = _time,
        Random = static () => 0.5,
        RequestTimeout = TimeSpan.FromDays(1),
        WatchIdleTimeout = TimeSpan.FromDays(1),
    };

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_busy_server_is_not_asked_for_the_dear_list_in_place_of_the_cheap_one(int code)
    {
        var asked = 0;
        await using var server = await ScriptedServer.StartAsync(async (context, seen) =>
        {
            if (Interlocked.Increment(ref asked) == 1)
            {
                context.Response.Headers.RetryAfter = "20";
                await context.StatusAsync(code, "TooManyRequests");
                return;
            }

            await context.SendAsync(Answers.Bookmark("9", isInitialEnd: true));
            await context.HoldAsync();
        });
        await using var client = server.Client(Options);
        await using var log = Watch(client);
        (await log.TakeAsync(1)).ShouldBe(["Interrupted"]);
        var next = log.BeginNext();
        await Waiting.UntilAsync(() => _time.PendingTimers > 0);
        _time.Advance(TimeSpan.FromSeconds(19));
        asked.ShouldBe(1);
        (await next.WithAsync(_time, TimeSpan.FromSeconds(1))).ShouldBeTrue();
        log.Current.ShouldBe("Restarted");
        server.Requests.ShouldAllBe(static request => request.Parameter("sendInitialEvents") == "true");
    }

    [Fact]
    public async Task What_changes_and_goes_while_the_present_objects_come_is_told_when_they_are_complete()
    {
        await using var server = await ScriptedServer.StartAsync(static async (context, _) =>
        {
            await context.SendAsync(
                Answers.Event("ADDED", Answers.ConfigMap("a", "3")),
                Answers.Event("ADDED", Answers.ConfigMap("b", "4")),
                Answers.Event("ADDED", Answers.ConfigMap("c", "5")),
                Answers.Event("DELETED", Answers.ConfigMap("a", "6")),
                Answers.Event("MODIFIED", Answers.ConfigMap("b", "7")),
                Answers.Event("DELETED", Answers.ConfigMap("c", "8")),
                Answers.Event("ADDED", Answers.ConfigMap("c", "9")),
                Answers.Bookmark("9", isInitialEnd: true));
            await context.HoldAsync();
        });
        await using var client = server.Client(Options);
        await using var log = Watch(client);
        (await log.TakeAsync(8)).ShouldBe(
            ["Restarted", "InitItem a", "InitItem b", "InitItem c", "InitItem b", "InitItem c", "InitDone", "Deleted a"]);
        server.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_busy_server_that_never_ends_the_initial_events_is_listed_page_by_page()
    {
        var heartbeat = new SemaphoreSlim(0);
        await using var server = await ScriptedServer.StartAsync(async (context, seen) =>
        {
            if (seen.Parameter("watch") is null)
            {
                await context.JsonAsync(Answers.List("10", next: null, Answers.Item("a")));
                return;
            }

            await context.SendAsync(Answers.Event("ADDED", Answers.ConfigMap("a", "3")));
            for (var version = 4; seen.Parameter("sendInitialEvents") is not null; version++)
            {
                await heartbeat.WaitAsync(context.RequestAborted);
                await context.SendAsync(Answers.Event("MODIFIED", Answers.ConfigMap("a", $"{version}")));
            }

            await context.HoldAsync();
        });
        await using var client = server.Client(Options with { RequestTimeout = TimeSpan.FromSeconds(60) });
        await using var log = Watch(client);
        (await log.TakeAsync(2)).ShouldBe(["Restarted", "InitItem a"]);
        for (var i = 0; i < 2; i++)
        {
            var item = log.BeginNext();
            await Waiting.UntilAsync(() => _time.PendingTimers > 0);
            _time.Advance(TimeSpan.FromSeconds(25));
            heartbeat.Release();
            (await item.Soon()).ShouldBeTrue();
            log.Current.ShouldBe("InitItem");
        }

        var next = log.BeginNext();
        await Waiting.UntilAsync(() => _time.PendingTimers > 0);
        _time.Advance(TimeSpan.FromSeconds(11));
        (await next.Soon()).ShouldBeTrue();
        log.Current.ShouldBe("Restarted");
        (await log.TakeAsync(2)).ShouldBe(["InitItem a", "InitDone"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_version_that_the_server_has_not_reached_lists_again(bool inStream)
    {
        const string Message = "Timeout: Too large resource version: 10, current: 5";
        JsonObject Details() => new() { ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ResourceVersionTooLarge", ["message"] = "Too large resource version" }) };
        var (lists, watches) = (0, 0);
        await using var server = await ScriptedServer.StartAsync((context, seen) =>
        {
            if (seen.Parameter("watch") is null)
            {
                return context.JsonAsync(Answers.List(++lists == 1 ? "10" : "5", next: null));
            }

            return ++watches > 1 ? context.HoldAsync()
                : inStream ? context.SendAsync(Answers.Event("ERROR", Answers.Status(504, "Timeout", Message, Details())))
                : context.StatusAsync(504, "Timeout", Message, Details());
        });
        await using var client = server.Client(Options);
        await using var log = Watch(client, streaming: false);
        (await log.TakeAsync(5, _time)).ShouldBe(["Restarted", "InitDone", "Interrupted", "Restarted", "InitDone"]);
        var next = log.BeginNext();
        await Waiting.UntilAsync(() => watches == 2);
        server.Requests[^1].Parameter("resourceVersion").ShouldBe("5");
        next.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_list_without_a_version_is_not_watched_from_nowhere()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, _) => context.JsonAsync("""{"kind":"ConfigMapList","metadata":{},"items":[]}"""));
        await using var client = server.Client(Options);
        await using var log = Watch(client, streaming: false);
        (await log.TakeAsync(4, _time)).ShouldBe(["Restarted", "Interrupted", "Restarted", "Interrupted"]);
        server.Requests.ShouldAllBe(static request => request.Parameter("watch") == null);
    }

    [Fact]
    public async Task A_proxys_own_answer_deletes_nothing()
    {
        var asked = 0;
        await using var server = await ScriptedServer.StartAsync((context, seen) => seen.Parameter("watch") is not null
            ? context.HoldAsync()
            : ++asked == 1 ? context.JsonAsync("""{"status":"ok"}""") : context.JsonAsync(Answers.List("10", next: null, Answers.Item("a"))));
        await using var client = server.Client(Options);
        await using var log = Watch(client, streaming: false);
        (await log.TakeAsync(4, _time)).ShouldBe(["Interrupted", "Restarted", "InitItem a", "InitDone"]);
    }

    [Fact]
    public async Task A_kind_that_came_back_outside_of_namespaces_is_not_asked_for_in_one()
    {
        const string ClusterWidgets =
            """{"metadata":{"name":"example.dev"},"versions":[{"version":"v1","resources":[{"resource":"widgets","responseKind":{"group":"","version":"","kind":"Widget"},"scope":"Cluster","verbs":["get","list","watch"]}],"freshness":"Current"}]}""";
        var groups = DiscoveryAnswers.List(ClusterWidgets);
        var isServed = false;
        await using var server = await ScriptedServer.StartAsync((context, seen) => !seen.Path.EndsWith("/widgets", StringComparison.Ordinal)
            ? DiscoveryAnswers.AggregatedAsync(context, seen, Volatile.Read(ref groups))
            : !Volatile.Read(ref isServed) ? context.StatusAsync(404, "NotFound")
            : seen.Parameter("watch") is null ? context.JsonAsync(Answers.List("10", next: null)) : context.HoldAsync());
        await using var client = server.Client(Options);
        await using var log = new WatchLog(token => client.WatchAsync(Kinds.Widget, "ns", new WatchOptions(StreamingList: false), token));
        (await log.TakeAsync(1)).ShouldBe(["Interrupted"]);
        var next = log.BeginNext();
        int Readings() => server.Requests.Count(static request => request.Path == "/apis");
        var before = Readings();
        await Waiting.UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            return Readings() >= before + 3;
        });

        next.IsCompleted.ShouldBeFalse();
        server.Requests.Count(static request => request.Path.EndsWith("/widgets", StringComparison.Ordinal)).ShouldBe(1);
        Volatile.Write(ref groups, DiscoveryAnswers.WithWidgets);
        Volatile.Write(ref isServed, value: true);
        (await next.WithAsync(_time, TimeSpan.FromSeconds(5))).ShouldBeTrue();
        log.Current.ShouldBe("Restarted");
    }

    private static WatchLog Watch(KubernetesClient client, bool streaming = true) =>
        new(token => client.WatchAsync(Kinds.ConfigMap, "ns", new WatchOptions(StreamingList: streaming), token));
}

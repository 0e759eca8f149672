using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Tests.Support;
using GitOps.Kubernetes.Watching;
using GitOps.Testing;

namespace GitOps.Kubernetes.Tests.Watching;

public sealed class StreamingListTests
{
    private readonly ManualTimeProvider _time = new();

    private KubernetesClientOptions Options => new()
    {
        TimeProvider = _time,
        Random = static () => 0.5,
        RequestTimeout = TimeSpan.FromDays(1),
        WatchIdleTimeout = TimeSpan.FromDays(1),
    };

    [Fact]
    public async Task The_initial_events_end_with_their_bookmark_and_the_same_stream_goes_on()
    {
        await using var server = await ScriptedServer.StartAsync(static async (context, _) =>
        {
            await context.SendAsync(
                Answers.Event("ADDED", Answers.ConfigMap("a", "3")),
                Answers.Event("ADDED", Answers.ConfigMap("b", "5")),
                Answers.Bookmark("7"),
                Answers.Bookmark("9", isInitialEnd: true),
                Answers.Event("MODIFIED", Answers.ConfigMap("a", "10")));
            await context.HoldAsync();
        });
        await using var client = server.Client(Options);
        await using var log = Watch(client);
        (await log.TakeAsync(5)).ShouldBe(["Restarted", "InitItem a", "InitItem b", "InitDone", "Applied a"]);
        server.Requests.Single().Query.ShouldBe(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["watch"] = "true",
                ["allowWatchBookmarks"] = "true",
                ["timeoutSeconds"] = "450",
                ["sendInitialEvents"] = "true",
                ["resourceVersionMatch"] = "NotOlderThan",
            },
            ignoreOrder: true);
    }

    [Fact]
    public async Task A_resumed_stream_asks_for_no_initial_events_and_starts_at_the_end_bookmark()
    {
        var seenByClient = new TaskCompletionSource();
        var watches = 0;
        await using var server = await ScriptedServer.StartAsync(async (context, _) =>
        {
            if (++watches == 1)
            {
                await context.SendAsync(Answers.Event("ADDED", Answers.ConfigMap("a", "3")), Answers.Bookmark("9", isInitialEnd: true));
                await seenByClient.Task;
                context.Abort();
                return;
            }

            await context.HoldAsync();
        });
        await using var client = server.Client(Options);
        await using var log = Watch(client);
        (await log.TakeAsync(3)).ShouldBe(["Restarted", "InitItem a", "InitDone"]);
        seenByClient.SetResult();
        (await log.TakeAsync(2, _time)).ShouldBe(["Interrupted", "Resumed"]);
        server.Requests[1].Parameter("resourceVersion").ShouldBe("9");
        server.Requests[1].Parameter("sendInitialEvents").ShouldBeNull();
    }

    [Theory]
    [InlineData(400, true)]
    [InlineData(405, true)]
    [InlineData(415, true)]
    [InlineData(422, true)]
    [InlineData(404, false)]
    [InlineData(500, false)]
    public async Task A_server_that_refuses_it_is_listed_page_by_page_and_remembered_if_it_cannot(int code, bool isRemembered)
    {
        await using var server = await ScriptedServer.StartAsync((context, seen) => seen switch
        {
            _ when seen.Parameter("sendInitialEvents") is not null => context.StatusAsync(code, "Invalid"),
            _ when seen.Parameter("watch") is not null => context.HoldAsync(),
            _ => context.JsonAsync(Answers.List("10", next: null, Answers.Item("a"))),
        });
        await using var client = server.Client(Options);
        for (var i = 0; i < 2; i++)
        {
            await using var log = Watch(client);
            (await log.TakeAsync(3)).ShouldBe(["Restarted", "InitItem a", "InitDone"]);
        }

        server.Requests.Count(static request => request.Parameter("sendInitialEvents") is not null).ShouldBe(isRemembered ? 1 : 2);
    }

    [Fact]
    public async Task A_stream_that_breaks_before_its_end_bookmark_concludes_nothing()
    {
        var seenByClient = new TaskCompletionSource();
        await using var server = await ScriptedServer.StartAsync(async (context, seen) =>
        {
            if (seen.Parameter("sendInitialEvents") is not null)
            {
                await context.SendAsync(Answers.Event("ADDED", Answers.ConfigMap("a", "3")));
                await seenByClient.Task;
                context.Abort();
            }
            else if (seen.Parameter("watch") is not null)
            {
                await context.HoldAsync();
            }
            else
            {
                await context.JsonAsync(Answers.List("10", next: null, Answers.Item("a"), Answers.Item("b")));
            }
        });
        await using var client = server.Client(Options);
        await using var log = Watch(client);
        (await log.TakeAsync(2)).ShouldBe(["Restarted", "InitItem a"]);
        seenByClient.SetResult();
        (await log.TakeAsync(4)).ShouldBe(["Restarted", "InitItem a", "InitItem b", "InitDone"]);
    }

    [Fact]
    public async Task A_server_that_never_ends_the_initial_events_is_listed_page_by_page()
    {
        await using var server = await ScriptedServer.StartAsync(static async (context, seen) =>
        {
            if (seen.Parameter("watch") is not null)
            {
                await context.SendAsync(Answers.Event("ADDED", Answers.ConfigMap("a", "3")));
                await context.HoldAsync();
            }
            else
            {
                await context.JsonAsync(Answers.List("10", next: null, Answers.Item("a")));
            }
        });
        await using var client = server.Client(Options with { RequestTimeout = TimeSpan.FromSeconds(60) });
        await using var log = Watch(client);
        (await log.TakeAsync(2)).ShouldBe(["Restarted", "InitItem a"]);
        var next = log.BeginNext();
        _time.Advance(TimeSpan.FromSeconds(60));
        (await next.Soon()).ShouldBeTrue();
        log.Current.ShouldBe("Restarted");
        (await log.TakeAsync(2)).ShouldBe(["InitItem a", "InitDone"]);
    }

    [Fact]
    public async Task Silence_after_the_initial_events_is_measured_as_a_watchs()
    {
        await using var server = await ScriptedServer.StartAsync(static async (context, _) =>
        {
            await context.SendAsync(Answers.Bookmark("9", isInitialEnd: true));
            await context.HoldAsync();
        });
        await using var client = server.Client(
            Options with { RequestTimeout = TimeSpan.FromSeconds(60), WatchIdleTimeout = TimeSpan.FromMinutes(4) });
        await using var log = Watch(client);
        await log.TakeAsync(2);
        var next = log.BeginNext();
        _time.Advance(TimeSpan.FromMinutes(4) - TimeSpan.FromSeconds(1));
        next.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));
        (await next.Soon()).ShouldBeTrue();
        log.Current.ShouldBe("Interrupted");
    }

    [Fact]
    public async Task A_server_that_is_down_is_told_and_asked_again_later()
    {
        var isUp = false;
        await using var server = await ScriptedServer.StartAsync(async (context, _) =>
        {
            if (!Volatile.Read(ref isUp))
            {
                context.Abort();
                return;
            }

            await context.SendAsync(Answers.Bookmark("9", isInitialEnd: true));
            await context.HoldAsync();
        });
        await using var client = server.Client(Options);
        await using var log = Watch(client);
        (await log.TakeAsync(2, _time)).ShouldBe(["Interrupted", "Interrupted"]);
        Volatile.Write(ref isUp, value: true);
        (await log.TakeAsync(2, _time)).ShouldBe(["Restarted", "InitDone"]);
    }

    [Fact]
    public async Task Metadata_alone_keeps_the_kind_that_was_asked_for()
    {
        await using var server = await ScriptedServer.StartAsync(static async (context, _) =>
        {
            await context.SendAsync(
                Answers.Event("ADDED", """{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"web","namespace":"ns","resourceVersion":"3"}}"""),
                Answers.Bookmark("9", isInitialEnd: true));
            await context.HoldAsync();
        });
        await using var client = server.Client(Options);
        await using var watch = client.WatchAsync(Kinds.Deployment, "ns", new WatchOptions(MetadataOnly: true), CancellationToken.None).GetAsyncEnumerator();
        (await watch.MoveNextAsync()).ShouldBeTrue();
        (await watch.MoveNextAsync()).ShouldBeTrue();
        watch.Current.Object!.Key.ToString().ShouldBe("apps/Deployment ns/web");
        server.Requests.Single().Headers.Accept.ToString()
            .ShouldBe("application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json");
    }

    private static WatchLog Watch(KubernetesClient client) =>
        new(token => client.WatchAsync(Kinds.ConfigMap, "ns", new WatchOptions(), token));
}

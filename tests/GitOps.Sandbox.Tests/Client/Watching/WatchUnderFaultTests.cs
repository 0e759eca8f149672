using System.Net;
using GitOps.Kubernetes.Watching;
using GitOps.Sandbox.Faults;

namespace GitOps.Sandbox.Tests.Client.Watching;

/// <summary>What the client's watch makes of each fault: nothing lost, nothing twice, and no list where the stream can be resumed.</summary>
public sealed class WatchUnderFaultTests
{
    private static readonly string[] Story = ["Restarted", "InitItem a", "InitItem b", "InitDone", "Applied c", "Deleted a", "Applied b"];

    public static TheoryData<string> Cuts =>
    [
        "drop", "abort", "abort connection", "half line", "half line and connection", "silence", "stall", "slow bookmarks", "restart", "server away",
        "handshakes refused", "429", "429 with Retry-After", "500", "503", "401", "403", "page of a gateway", "page of a gateway with 200", "cut before the headers", "go away",
    ];

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task A_stream_that_fails_is_resumed_and_every_event_comes_once_and_in_order(string cut)
    {
        await using var rig = await ClientRig.StartAsync();
        await rig.CreateAsync("a");
        await rig.CreateAsync("b");
        await using var watch = new WatchRecorder(rig.Client, ClientRig.ConfigMaps, ClientRig.Namespace);
        await rig.UntilAsync(() => watch.Has("InitDone"), "the watch has begun", step: 0);

        using (await CutAsync(rig, watch, cut))
        {
            await rig.CreateAsync("c");
            await rig.DeleteAsync("a");
            await rig.UpdateAsync("b", "2");
        }

        await rig.UntilAsync(() => watch.Has("Applied b"), $"the watch goes on after: {cut}", step: cut == "silence" ? 60 : 1);

        watch.Texts.ShouldBe(Story);
        rig.Lists.ShouldBe(1);
        rig.Resumes.ShouldBeLessThanOrEqualTo(6);
    }

    [Theory]
    [InlineData("drop")]
    [InlineData("abort")]
    [InlineData("half line")]
    [InlineData("silence")]
    [InlineData("restart")]
    public async Task A_stream_over_HTTP_1_is_resumed_as_well(string cut)
    {
        await using var rig = await ClientRig.StartAsync();
        await rig.CreateAsync("a");
        await rig.CreateAsync("b");

        // Two groups are two headers of the same name, which go over HTTP/1.1.
        await using var watch = new WatchRecorder(
            rig.Client.As(new("jane", ["system:masters", "others"])), ClientRig.ConfigMaps, ClientRig.Namespace);
        await rig.UntilAsync(() => watch.Has("InitDone"), "the watch has begun", step: 0);

        await CutAsync(rig, watch, cut);
        await rig.CreateAsync("c");
        await rig.DeleteAsync("a");
        await rig.UpdateAsync("b", "2");
        await rig.UntilAsync(() => watch.Has("Applied b"), $"the watch goes on after: {cut}", step: cut == "silence" ? 60 : 1);

        watch.Texts.ShouldBe(Story);
        rig.Lists.ShouldBe(1);
        rig.Asked.ShouldAllBe(static request => request.ImpersonatedUser == "jane");
    }

    [Theory]
    [InlineData("expire")]
    [InlineData("410")]
    [InlineData("too large")]
    public async Task A_stream_that_cannot_be_resumed_is_begun_with_one_list_that_shows_what_is_gone(string cut)
    {
        await using var rig = await ClientRig.StartAsync();
        await rig.CreateAsync("a");
        await rig.CreateAsync("b");
        await using var watch = new WatchRecorder(rig.Client, ClientRig.ConfigMaps, ClientRig.Namespace);
        await rig.UntilAsync(() => watch.Has("InitDone"), "the watch has begun", step: 0);
        await rig.UpdateAsync("b", "2");
        await rig.UntilAsync(() => watch.Has("Applied b"), "the watch has advanced", step: 0);

        var stall = rig.Sandbox.Faults.Watches(WatchFault.Stall, ClientRig.IsTestedWatch, times: 1);
        await rig.DeleteAsync("a");
        await rig.CreateAsync("c");
        var fault = cut switch
        {
            "expire" => new Fault { Watch = WatchFault.Expire },
            "410" => new Fault { Status = HttpStatusCode.Gone },
            _ => new Fault { TooLargeVersion = true },
        };
        rig.Sandbox.Faults.Add(fault with { Matches = ClientRig.IsTestedWatch, Times = 1 });
        if (cut != "expire")
        {
            rig.Sandbox.Faults.Watches(WatchFault.Drop, ClientRig.IsTestedWatch, times: 1);
        }

        await rig.UntilAsync(() => watch.Count(WatchEventType.InitDone) == 2, $"the watch has listed again after: {cut}");
        stall.Dispose();
        await rig.CreateAsync("d");
        await rig.UntilAsync(() => watch.Has("Applied d"), "the watch goes on");

        watch.Texts.ShouldBe(
            ["Restarted", "InitItem a", "InitItem b", "InitDone", "Applied b", "Restarted", "InitItem b", "InitItem c", "InitDone", "Applied d"]);
        rig.Lists.ShouldBe(2);
    }

    [Theory]
    [InlineData(WatchFault.Drop)]
    [InlineData(WatchFault.Abort)]
    [InlineData(WatchFault.HalfLine)]
    [InlineData(WatchFault.Expire)]
    public async Task A_streaming_list_that_breaks_is_concluded_by_pages(WatchFault fault)
    {
        await using var rig = await ClientRig.StartAsync();
        await rig.CreateAsync("a");
        using var held = rig.Sandbox.Faults.Watches(WatchFault.SlowBookmarks, ClientRig.IsStreamingList);
        await using var watch = new WatchRecorder(rig.Client, ClientRig.ConfigMaps, ClientRig.Namespace);
        await rig.UntilAsync(() => watch.Has("InitItem a"), "the first object has come", step: 0);
        await rig.DeleteAsync("a");
        await rig.CreateAsync("b");
        rig.Sandbox.Faults.Watches(fault, ClientRig.IsStreamingList, times: 1);
        if (fault == WatchFault.HalfLine)
        {
            await rig.CreateAsync("c");
        }

        await rig.UntilAsync(() => watch.Has("InitDone"), "the list is complete");

        watch.Texts.SkipWhile(static text => text != "Restarted").Skip(1).SkipWhile(static text => text != "Restarted")
            .ShouldBe(fault == WatchFault.HalfLine ? ["Restarted", "InitItem b", "InitItem c", "InitDone"] : ["Restarted", "InitItem b", "InitDone"]);
        rig.Lists.ShouldBe(2);
    }

    [Fact]
    public async Task What_happens_while_the_end_of_the_initial_events_is_awaited_is_not_lost()
    {
        await using var rig = await ClientRig.StartAsync();
        await rig.CreateAsync("a");
        await rig.CreateAsync("b");
        var held = rig.Sandbox.Faults.Watches(WatchFault.SlowBookmarks);
        await using var watch = new WatchRecorder(rig.Client, ClientRig.ConfigMaps, ClientRig.Namespace);
        await rig.UntilAsync(() => watch.Has("InitItem b"), "the objects have come", step: 0);
        await rig.DeleteAsync("a");
        await rig.UpdateAsync("b", "2");
        await rig.CreateAsync("c");
        await rig.UntilAsync(() => watch.Has("InitItem c"), "what was created meanwhile has come", step: 0);
        held.Dispose();
        await rig.UntilAsync(() => watch.Has("Deleted a"), "the deletion is told", step: 0);

        watch.Texts.ShouldBe(["Restarted", "InitItem a", "InitItem b", "InitItem b", "InitItem c", "InitDone", "Deleted a"]);
        rig.Lists.ShouldBe(1);
    }

    [Theory]
    [InlineData("page expired")]
    [InlineData("truncated")]
    [InlineData("cut off")]
    [InlineData("slow")]
    [InlineData("429")]
    [InlineData("500")]
    [InlineData("page of a gateway with 200")]
    [InlineData("page of a gateway")]
    [InlineData("latency")]
    [InlineData("connection cut")]
    [InlineData("too large")]
    public async Task A_list_that_fails_on_the_way_is_read_again_until_it_is_whole(string trouble)
    {
        await using var rig = await ClientRig.StartAsync();
        const int Objects = 510;
        await Task.WhenAll(Enumerable.Range(0, Objects).Select(i => rig.CreateAsync($"n{i:000}")));
        var fault = trouble switch
        {
            "page expired" => new Fault { ExpireContinue = true },
            "truncated" => new Fault { Body = BodyFault.Truncated },
            "cut off" => new Fault { Body = BodyFault.CutOff },
            "slow" => new Fault { Body = BodyFault.Slow, BodyPause = TimeSpan.FromMilliseconds(1) },
            "429" => new Fault { Status = HttpStatusCode.TooManyRequests, RetryAfter = TimeSpan.FromSeconds(7) },
            "500" => new Fault { Status = HttpStatusCode.InternalServerError },
            "page of a gateway with 200" => new Fault { Foreign = ForeignAnswer.Html(HttpStatusCode.OK) },
            "page of a gateway" => new Fault { Foreign = ForeignAnswer.Plain(HttpStatusCode.BadGateway, "upstream gone") },
            "latency" => new Fault { Latency = TimeSpan.FromMilliseconds(5) },
            "too large" => new Fault { TooLargeVersion = true },
            _ => new Fault { AbortAfter = true, WholeConnection = true },
        };
        rig.Sandbox.Faults.Add(fault with { Target = new(Verb: "list"), Skip = 1, Times = 1 });
        await using var watch = new WatchRecorder(
            rig.Client, ClientRig.ConfigMaps, ClientRig.Namespace, new(StreamingList: false));
        await rig.UntilAsync(() => watch.Has("InitDone"), $"the list is complete after: {trouble}");

        var whole = watch.Texts.Skip(watch.Texts.ToList().LastIndexOf("Restarted") + 1).TakeWhile(static text => text != "InitDone").ToList();
        whole.Order(StringComparer.Ordinal).ShouldBe(Enumerable.Range(0, Objects).Select(static i => $"InitItem n{i:000}"));
        rig.Lists.ShouldBeInRange(2, 5);
    }

    private static async Task<IDisposable?> CutAsync(ClientRig rig, WatchRecorder watch, string cut)
    {
        Fault? onResume = cut switch
        {
            "429" => new() { Status = HttpStatusCode.TooManyRequests },
            "429 with Retry-After" => new() { Status = HttpStatusCode.TooManyRequests, RetryAfter = TimeSpan.FromSeconds(20) },
            "500" => new() { Status = HttpStatusCode.InternalServerError },
            "503" => new() { Status = HttpStatusCode.ServiceUnavailable },
            "401" => new() { Status = HttpStatusCode.Unauthorized },
            "403" => new() { Status = HttpStatusCode.Forbidden },
            "page of a gateway" => new() { Foreign = ForeignAnswer.Html(HttpStatusCode.BadGateway) },
            "page of a gateway with 200" => new() { Foreign = new(HttpStatusCode.OK, "text/html", "<html>\n<body>\nPlease log in\n</body>\n</html>\n") },
            "cut before the headers" => new() { AbortBefore = true, WholeConnection = true },
            "go away" => new() { GoAway = true },
            _ => null,
        };
        if (onResume is not null)
        {
            rig.Sandbox.Faults.Add(onResume with { Matches = ClientRig.IsTestedWatch, Times = 2 });
        }

        switch (cut)
        {
            case "restart":
                await rig.RestartAsync();
                return null;
            case "server away":
                await rig.Sandbox.StopListeningAsync();
                await rig.UntilAsync(() => watch.Count(WatchEventType.Interrupted) == 3, "the client has tried again and again");
                await rig.Sandbox.StartListeningAsync(CancellationToken.None);
                return null;
            case "handshakes refused":
                rig.Sandbox.Faults.RefuseHandshakes(times: 2);
                rig.Sandbox.Faults.Add(new() { Watch = WatchFault.Abort, WholeConnection = true, Matches = ClientRig.IsTestedWatch, Times = 1 });
                return null;
        }

        var (kind, whole) = cut switch
        {
            "abort" => (WatchFault.Abort, false),
            "abort connection" => (WatchFault.Abort, true),
            "half line" => (WatchFault.HalfLine, false),
            "half line and connection" => (WatchFault.HalfLine, true),
            "silence" => (WatchFault.Silence, false),
            "stall" => (WatchFault.Stall, false),
            "slow bookmarks" => (WatchFault.SlowBookmarks, false),
            _ => (WatchFault.Drop, false),
        };
        var fault = rig.Sandbox.Faults.Add(new() { Watch = kind, WholeConnection = whole, Matches = ClientRig.IsTestedWatch, Times = 1 });
        return kind is WatchFault.Stall or WatchFault.SlowBookmarks ? fault : null;
    }
}

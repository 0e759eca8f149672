using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Tests.Support;
using GitOps.Testing;

namespace GitOps.Kubernetes.Tests.Http;

/// <summary>A remote cluster that is out of reach costs nobody any time.</summary>
public sealed class CircuitTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly RecordingObserver _observer = new();

    private KubernetesClientOptions Options => new()
    {
        TimeProvider = _time,
        Observer = _observer,
        RetryBudget = TimeSpan.Zero,
        RequestTimeout = TimeSpan.FromSeconds(20),
        Circuit = new CircuitOptions { Failures = 3, Break = TimeSpan.FromSeconds(5), LongestBreak = TimeSpan.FromSeconds(12) },
    };

    [Fact]
    public async Task After_failures_in_a_row_requests_fail_at_once_until_a_probe_succeeds()
    {
        var isGone = true;
        await using var server = await ScriptedServer.StartAsync((context, _) =>
        {
            if (isGone)
            {
                context.Abort();
                return Task.CompletedTask;
            }

            return context.JsonAsync(Answers.ConfigMap("a"));
        });
        await using var client = server.Client(Options);
        await FailAsync(client, times: 3);
        server.Requests.Count.ShouldBe(3);
        for (var i = 0; i < 20; i++)
        {
            var refused = await Should.ThrowAsync<ApiConnectionException>(() => GetAsync(client));
            refused.IsCircuitOpen.ShouldBeTrue();
            refused.IsTransport.ShouldBeFalse();
            refused.Message.ShouldContain("asked again in 5 s");
        }

        server.Requests.Count.ShouldBe(3);

        // Each probe that fails doubles the break, up to the longest.
        foreach (var seconds in new[] { 5, 10, 12, 12 })
        {
            _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            (await Should.ThrowAsync<ApiConnectionException>(() => GetAsync(client))).IsCircuitOpen.ShouldBeTrue();
            _time.Advance(TimeSpan.FromMilliseconds(1));
            (await Should.ThrowAsync<ApiConnectionException>(() => GetAsync(client))).IsCircuitOpen.ShouldBeFalse();
        }

        isGone = false;
        _time.Advance(TimeSpan.FromSeconds(12));
        (await GetAsync(client)).ShouldBe("a");
        (await GetAsync(client)).ShouldBe("a");
        _observer.Notices.Count(static notice => notice.Kind == NoticeKind.Circuit && notice.Message.EndsWith("answers again", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task Only_one_probe_is_under_way_at_a_time()
    {
        var gate = new TaskCompletionSource();
        var isGone = true;
        await using var server = await ScriptedServer.StartAsync(async (context, _) =>
        {
            if (isGone)
            {
                context.Abort();
                return;
            }

            await gate.Task;
            await context.JsonAsync(Answers.ConfigMap("a"));
        });
        await using var client = server.Client(Options);
        await FailAsync(client, times: 3);
        isGone = false;
        _time.Advance(TimeSpan.FromSeconds(5));
        var probe = GetAsync(client);
        await Waiting.UntilAsync(() => server.Requests.Count == 4);
        (await Should.ThrowAsync<ApiConnectionException>(() => GetAsync(client))).IsCircuitOpen.ShouldBeTrue();
        gate.SetResult();
        (await probe.Soon()).ShouldBe("a");
        server.Requests.Count.ShouldBe(4);
    }

    [Theory]
    [InlineData("refused with a Status", false)]
    [InlineData("a gateway's page", true)]
    [InlineData("no answer in time", true)]
    [InlineData("no such object", false)]
    public async Task What_the_server_itself_says_is_an_answer(string what, bool opens)
    {
        await using var server = await ScriptedServer.StartAsync((context, _) => what switch
        {
            "refused with a Status" => context.StatusAsync(503, "ServiceUnavailable"),
            "a gateway's page" => context.JsonAsync("<html>bad gateway</html>", 502, "text/html"),
            "no answer in time" => context.HoldAsync(),
            _ => context.StatusAsync(404, "NotFound"),
        });
        await using var client = server.Client(Options);
        for (var i = 0; i < 3; i++)
        {
            var get = GetAsync(client);
            if (what == "no answer in time")
            {
                await Waiting.UntilAsync(() => server.Requests.Count == i + 1);
                _time.Advance(TimeSpan.FromSeconds(20));
            }

            await Should.ThrowAsync<Exception>(() => get.Soon());
        }

        var last = GetAsync(client);
        if (opens)
        {
            (await Should.ThrowAsync<ApiConnectionException>(() => last.Soon())).IsCircuitOpen.ShouldBeTrue();
            server.Requests.Count.ShouldBe(3);
        }
        else
        {
            await Should.ThrowAsync<ApiException>(() => last.Soon());
            server.Requests.Count.ShouldBe(4);
        }
    }

    [Fact]
    public async Task One_answer_in_between_starts_the_count_anew()
    {
        var count = 0;
        await using var server = await ScriptedServer.StartAsync((context, _) =>
        {
            if (++count % 3 != 0)
            {
                context.Abort();
                return Task.CompletedTask;
            }

            return context.JsonAsync(Answers.ConfigMap("a"));
        });
        await using var client = server.Client(Options);
        for (var i = 0; i < 5; i++)
        {
            await FailAsync(client, times: 2);
            (await GetAsync(client)).ShouldBe("a");
        }

        _observer.Notices.ShouldNotContain(static notice => notice.Kind == NoticeKind.Circuit);
    }

    [Fact]
    public async Task A_probe_that_its_caller_gives_up_leaves_room_for_the_next()
    {
        var isGone = true;
        var isSilent = true;
        await using var server = await ScriptedServer.StartAsync(async (context, _) =>
        {
            if (isGone)
            {
                context.Abort();
            }
            else if (isSilent)
            {
                await context.HoldAsync();
            }
            else
            {
                await context.JsonAsync(Answers.ConfigMap("a"));
            }
        });
        await using var client = server.Client(Options);
        await FailAsync(client, times: 3);
        isGone = false;
        _time.Advance(TimeSpan.FromSeconds(5));
        using var cancellation = new CancellationTokenSource();
        var probe = client.GetAsync(Kinds.ConfigMap, "ns", "a", cancellation.Token);
        await Waiting.UntilAsync(() => server.Requests.Count == 4);
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => probe.Soon());
        isSilent = false;
        (await GetAsync(client)).ShouldBe("a");
    }

    [Fact]
    public async Task A_watch_is_held_back_too_and_goes_on_when_the_cluster_is_back()
    {
        var isGone = true;
        await using var server = await ScriptedServer.StartAsync(async (context, seen) =>
        {
            if (isGone)
            {
                context.Abort();
                return;
            }

            await context.SendAsync(Answers.Bookmark("9", isInitialEnd: true));
            await context.HoldAsync();
        });
        await using var client = server.Client(Options);
        await FailAsync(client, times: 3);
        await using var log = new WatchLog(token => client.WatchAsync(Kinds.ConfigMap, "ns", new(), token));
        (await log.TakeAsync(1)).ShouldBe(["Interrupted"]);
        log.LastError.ShouldBeOfType<ApiConnectionException>().IsCircuitOpen.ShouldBeTrue();
        server.Requests.Count.ShouldBe(3);
        isGone = false;
        string[] next;
        do
        {
            next = await log.TakeAsync(1, _time);
        }
        while (next is ["Interrupted"]);
        next.ShouldBe(["Restarted"]);
        (await log.TakeAsync(1)).ShouldBe(["InitDone"]);
    }

    [Fact]
    public async Task Without_one_every_request_is_made()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, _) =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        await using var client = server.Client(Options with { Circuit = null });
        await FailAsync(client, times: 20);
        server.Requests.Count.ShouldBe(20);
    }

    private static async Task FailAsync(KubernetesClient client, int times)
    {
        for (var i = 0; i < times; i++)
        {
            (await Should.ThrowAsync<ApiConnectionException>(() => GetAsync(client))).IsCircuitOpen.ShouldBeFalse();
        }
    }

    private static async Task<string?> GetAsync(KubernetesClient client) =>
        (await client.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None).Soon())?.Name;
}

using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Tests.Support;
using GitOps.Kubernetes.Watching;
using GitOps.Testing;

namespace GitOps.Kubernetes.Tests.Watching;

/// <summary>The state machine over paged lists; streaming lists have their own tests.</summary>
public sealed class WatchTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly WatchOptions _paged = new(StreamingList: false);

    private KubernetesClientOptions Options => new()
    {
        TimeProvider = _time,
        Random = static () => 0.5,
        RequestTimeout = TimeSpan.FromDays(1),
        WatchIdleTimeout = TimeSpan.FromDays(1),
    };

    [Fact]
    public async Task It_lists_then_watches_from_the_lists_version()
    {
        await using var server = await ScriptedServer.StartAsync(static async (context, seen) =>
        {
            if (seen.Parameter("watch") is null)
            {
                await context.JsonAsync(Answers.List("10", next: null, Answers.Item("a"), Answers.Item("b")));
                return;
            }

            await context.SendAsync(
                Answers.Event("ADDED", Answers.ConfigMap("c", "11")),
                Answers.Bookmark("12"),
                Answers.Event("MODIFIED", Answers.ConfigMap("a", "13")),
                Answers.Event("DELETED", Answers.ConfigMap("b", "14")));
            await context.HoldAsync();
        });
        await using var client = server.Client(Options);
        await using var log = Watch(client, _paged with { LabelSelector = "app=x", FieldSelector = "metadata.name!=y" });
        (await log.TakeAsync(7)).ShouldBe(["Restarted", "InitItem a", "InitItem b", "InitDone", "Applied c", "Applied a", "Deleted b"]);
        var watch = server.Requests[1];
        watch.Query.ShouldBe(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["watch"] = "true",
                ["allowWatchBookmarks"] = "true",
                ["timeoutSeconds"] = "450",
                ["resourceVersion"] = "10",
                ["labelSelector"] = "app=x",
                ["fieldSelector"] = "metadata.name!=y",
            },
            ignoreOrder: true);
        watch.Headers.AcceptEncoding.ToString().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stream_that_ends_is_opened_again_at_the_last_version_or_bookmark_without_a_list()
    {
        var watches = 0;
        await using var server = await ScriptedServer.StartAsync(async (context, seen) =>
        {
            if (seen.Parameter("watch") is null)
            {
                await context.JsonAsync(Answers.List("10", next: null));
                return;
            }

            switch (++watches)
            {
                case 1:
                    await context.SendAsync(Answers.Event("ADDED", Answers.ConfigMap("a", "11")));
                    break;
                case 2:
                    await context.SendAsync(Answers.Bookmark("20"));
                    break;
                default:
                    await context.SendAsync(Answers.Event("ADDED", Answers.ConfigMap("b", "21")));
                    await context.HoldAsync();
                    break;
            }
        });
        await using var client = server.Client(Options);
        await using var log = Watch(client, _paged);
        (await log.TakeAsync(4)).ShouldBe(["Restarted", "InitDone", "Applied a", "Applied b"]);
        server.Requests.Where(static request => request.Parameter("watch") is not null)
            .Select(static request => request.Parameter("resourceVersion")).ShouldBe(["10", "11", "20"]);
        server.Requests.Count(static request => request.Parameter("watch") is null).ShouldBe(1);
    }

    [Fact]
    public async Task A_stream_cut_in_the_middle_of_a_line_loses_nothing()
    {
        var watches = 0;
        var whole = Answers.Event("ADDED", Answers.ConfigMap("b", "12"));
        await using var server = await ScriptedServer.StartAsync(async (context, seen) =>
        {
            if (seen.Parameter("watch") is null)
            {
                await context.JsonAsync(Answers.List("10", next: null));
                return;
            }

            if (++watches == 1)
            {
                await context.SendAsync(Answers.Event("ADDED", Answers.ConfigMap("a", "11")));
                await context.SendRawAsync(whole[..40]);
                return;
            }

            seen.Parameter("resourceVersion").ShouldBe("11");
            await context.SendRawAsync(whole[..60]);
            await context.SendRawAsync(whole[60..] + "\n");
            await context.HoldAsync();
        });
        await using var client = server.Client(Options);
        await using var log = Watch(client, _paged);
        (await log.TakeAsync(4)).ShouldBe(["Restarted", "InitDone", "Applied a", "Applied b"]);
        server.Requests.Count(static request => request.Parameter("watch") is null).ShouldBe(1);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_told_and_resumed_without_a_list()
    {
        var seenByClient = new TaskCompletionSource();
        var watches = 0;
        await using var server = await ScriptedServer.StartAsync(async (context, seen) =>
        {
            if (seen.Parameter("watch") is null)
            {
                await context.JsonAsync(Answers.List("10", next: null));
            }
            else if (++watches == 1)
            {
                await context.SendAsync(Answers.Event("ADDED", Answers.ConfigMap("a", "11")));
                await seenByClient.Task;
                context.Abort();
            }
            else
            {
                await context.SendAsync(Answers.Event("ADDED", Answers.ConfigMap("b", "12")));
                await context.HoldAsync();
            }
        });
        await using var client = server.Client(Options);
        await using var log = Watch(client, _paged);
        (await log.TakeAsync(3)).ShouldBe(["Restarted", "InitDone", "Applied a"]);
        seenByClient.SetResult();
        (await log.TakeAsync(3, _time)).ShouldBe(["Interrupted", "Resumed", "Applied b"]);
        log.LastError.ShouldBeOfType<ApiConnectionException>();
        server.Requests.Count(static request => request.Parameter("watch") is null).ShouldBe(1);
        server.Requests[^1].Parameter("resourceVersion").ShouldBe("11");
    }

    [Fact]
    public async Task A_silent_stream_is_opened_again_without_a_list()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, seen) => seen.Parameter("watch") is null
            ? context.JsonAsync(Answers.List("10", next: null))
            : context.HoldAsync());
        await using var client = server.Client(Options with { WatchIdleTimeout = TimeSpan.FromMinutes(4) });
        await using var log = Watch(client, _paged);
        (await log.TakeAsync(2)).ShouldBe(["Restarted", "InitDone"]);
        var next = log.BeginNext();
        await Waiting.UntilAsync(() => server.Requests.Count == 2);
        _time.Advance(TimeSpan.FromMinutes(4) - TimeSpan.FromSeconds(1));
        next.IsCompleted.ShouldBeFalse();
        (await next.WithAsync(_time, TimeSpan.FromSeconds(1))).ShouldBeTrue();
        log.Current.ShouldBe("Interrupted");
        (await log.TakeAsync(1, _time)).ShouldBe(["Resumed"]);
        server.Requests.Count(static request => request.Parameter("watch") is null).ShouldBe(1);
        server.Requests[^1].Parameter("resourceVersion").ShouldBe("10");
    }

    [Fact]
    public async Task A_server_that_holds_its_headers_back_is_given_up_as_a_silent_one()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, seen) => seen.Parameter("watch") is null
            ? context.JsonAsync(Answers.List("10", next: null))
            : Task.Delay(Timeout.Infinite, context.RequestAborted));
        await using var client = server.Client(Options with { WatchIdleTimeout = TimeSpan.FromMinutes(4) });
        await using var log = Watch(client, _paged);
        await log.TakeAsync(2);
        (await log.TakeAsync(1, _time)).ShouldBe(["Interrupted"]);
        log.LastError.ShouldBeOfType<ApiConnectionException>().IsTimeout.ShouldBeTrue();
    }

    [Fact]
    public async Task A_version_that_expired_lists_again_and_what_was_deleted_meanwhile_is_missing_at_InitDone()
    {
        var lists = 0;
        var watches = 0;
        await using var server = await ScriptedServer.StartAsync(async (context, seen) =>
        {
            if (seen.Parameter("watch") is null)
            {
                await context.JsonAsync(++lists == 1
                    ? Answers.List("10", next: null, Answers.Item("a"), Answers.Item("b"))
                    : seen.Parameter("continue") is null
                        ? Answers.List("50", "p2", Answers.Item("a"))
                        : Answers.List("50", next: null, Answers.Item("c")));
            }
            else if (++watches == 1)
            {
                await context.SendAsync(Answers.Bookmark("11"), Answers.Event("ERROR", Answers.Status(410, "Expired", "too old resource version")));
            }
            else
            {
                await context.HoldAsync();
            }
        });
        await using var client = server.Client(Options);
        await using var log = Watch(client, _paged);
        (await log.TakeAsync(8)).ShouldBe(
            ["Restarted", "InitItem a", "InitItem b", "InitDone", "Restarted", "InitItem a", "InitItem c", "InitDone"]);
        await Task.WhenAny(log.BeginNext(), Waiting.UntilAsync(() => watches == 2));
        server.Requests[^1].Parameter("resourceVersion").ShouldBe("50");
        server.Requests[2].Query.ShouldNotContain(static parameter => parameter.Key == "resourceVersion");
    }

    [Fact]
    public async Task A_410_in_place_of_the_stream_lists_again_too_and_backs_off_if_that_does_not_help()
    {
        var watches = 0;
        await using var server = await ScriptedServer.StartAsync((context, seen) => seen.Parameter("watch") is null
            ? context.JsonAsync(Answers.List("10", next: null))
            : ++watches < 3 ? context.StatusAsync(410, "Gone") : context.HoldAsync());
        await using var client = server.Client(Options);
        await using var log = Watch(client, _paged);
        (await log.TakeAsync(8, _time)).ShouldBe(
            ["Restarted", "InitDone", "Interrupted", "Restarted", "InitDone", "Interrupted", "Restarted", "InitDone"]);
    }

    [Fact]
    public async Task Pages_that_expire_restart_the_list_before_anything_is_concluded()
    {
        var lists = 0;
        await using var server = await ScriptedServer.StartAsync((context, seen) => seen.Parameter("watch") is not null
            ? context.HoldAsync()
            : seen.Parameter("continue") switch
            {
                null => context.JsonAsync(++lists == 1
                    ? Answers.List("10", "old", Answers.Item("a"))
                    : Answers.List("20", "new", Answers.Item("a"))),
                "old" => context.StatusAsync(410, "Expired"),
                _ => context.JsonAsync(Answers.List("20", next: null, Answers.Item("b"))),
            });
        await using var client = server.Client(Options);
        await using var log = Watch(client, _paged);
        (await log.TakeAsync(6)).ShouldBe(["Restarted", "InitItem a", "Restarted", "InitItem a", "InitItem b", "InitDone"]);
    }

    [Theory]
    [InlineData(429, "Resumed")]
    [InlineData(500, "Resumed")]
    [InlineData(503, "Resumed")]
    [InlineData(403, "Resumed")]
    [InlineData(400, "Restarted")]
    public async Task An_error_event_resumes_or_lists_again_by_its_code(int code, string then)
    {
        var watches = 0;
        await using var server = await ScriptedServer.StartAsync(async (context, seen) =>
        {
            if (seen.Parameter("watch") is null)
            {
                await context.JsonAsync(Answers.List("10", next: null));
            }
            else if (++watches == 1)
            {
                await context.SendAsync(Answers.Event("ERROR", Answers.Status(code, "Whatever")));
            }
            else
            {
                await context.HoldAsync();
            }
        });
        await using var client = server.Client(Options);
        await using var log = Watch(client, _paged);
        (await log.TakeAsync(4, _time)).ShouldBe(["Restarted", "InitDone", "Interrupted", then]);
        ((int)log.LastError.ShouldBeOfType<ApiException>().Code).ShouldBe(code);
    }

    [Fact]
    public async Task What_is_no_event_lists_again()
    {
        var watches = 0;
        await using var server = await ScriptedServer.StartAsync(async (context, seen) =>
        {
            if (seen.Parameter("watch") is null)
            {
                await context.JsonAsync(Answers.List("10", next: null));
            }
            else if (++watches == 1)
            {
                await context.SendAsync("""{"type":"ADDED","object":{"metadata":{"name":"a","name":"b"}}}""");
            }
            else
            {
                await context.HoldAsync();
            }
        });
        await using var client = server.Client(Options);
        await using var log = Watch(client, _paged);
        (await log.TakeAsync(4, _time)).ShouldBe(["Restarted", "InitDone", "Interrupted", "Restarted"]);
    }

    [Fact]
    public async Task A_pushed_back_watch_waits_as_long_as_told()
    {
        var watches = 0;
        await using var server = await ScriptedServer.StartAsync((context, seen) =>
        {
            if (seen.Parameter("watch") is null)
            {
                return context.JsonAsync(Answers.List("10", next: null));
            }

            context.Response.Headers.RetryAfter = "20";
            return ++watches == 1 ? context.StatusAsync(429, "TooManyRequests") : context.HoldAsync();
        });
        await using var client = server.Client(Options);
        await using var log = Watch(client, _paged);
        (await log.TakeAsync(3)).ShouldBe(["Restarted", "InitDone", "Interrupted"]);
        var next = log.BeginNext();
        await Waiting.UntilAsync(() => _time.PendingTimers > 0);
        _time.Advance(TimeSpan.FromSeconds(19));
        watches.ShouldBe(1);
        (await next.WithAsync(_time, TimeSpan.FromSeconds(1))).ShouldBeTrue();
        log.Current.ShouldBe("Resumed");
    }

    [Fact]
    public async Task A_stream_that_ends_as_soon_as_it_begins_is_not_hammered()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, seen) => seen.Parameter("watch") is null
            ? context.JsonAsync(Answers.List("10", next: null))
            : context.SendAsync());
        await using var client = server.Client(Options);
        await using var log = Watch(client, _paged);
        (await log.TakeAsync(3)).ShouldBe(["Restarted", "InitDone", "Interrupted"]);
        var next = log.BeginNext();
        await Waiting.UntilAsync(() => _time.PendingTimers > 0);
        server.Requests.Count.ShouldBe(2);
        (await next.WithAsync(_time, TimeSpan.FromSeconds(1))).ShouldBeTrue();
        log.Current.ShouldBe("Resumed");
    }

    [Fact]
    public async Task A_kind_that_is_gone_is_looked_for_in_discovery_and_not_asked_for_again_until_it_is_back()
    {
        var isServed = true;
        var asked = 0;
        await using var server = await ScriptedServer.StartAsync(async (context, seen) =>
        {
            if (seen.Path.EndsWith("/widgets", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref asked);
                if (!Volatile.Read(ref isServed))
                {
                    await context.JsonAsync("404 page not found", 404, "text/plain");
                }
                else if (seen.Parameter("watch") is null)
                {
                    await context.JsonAsync(Answers.List("10", next: null));
                }
                else
                {
                    await context.SendAsync(Answers.Bookmark("11"));
                    Volatile.Write(ref isServed, value: false);
                }
            }
            else
            {
                await DiscoveryAnswers.AggregatedAsync(context, seen, Volatile.Read(ref isServed) ? DiscoveryAnswers.WithWidgets : DiscoveryAnswers.Small);
            }
        });
        await using var client = server.Client(Options);
        await using var log = new WatchLog(token => client.WatchAsync(Kinds.Widget, "ns", _paged, token));
        (await log.TakeAsync(3)).ShouldBe(["Restarted", "InitDone", "Interrupted"]);
        asked.ShouldBe(3);
        var next = log.BeginNext();
        for (var i = 0; i < 3; i++)
        {
            var before = server.Requests.Count(static request => request.Path == "/apis");
            await Task.WhenAny(next, Waiting.UntilAsync(() =>
            {
                _time.Advance(TimeSpan.FromSeconds(5));
                return server.Requests.Count(static request => request.Path == "/apis") > before;
            }));
        }

        next.IsCompleted.ShouldBeFalse();
        asked.ShouldBe(3);
        Volatile.Write(ref isServed, value: true);
        await client.Discovery.RefreshAsync(CancellationToken.None);
        (await next.Soon()).ShouldBeTrue();
        log.Current.ShouldBe("Restarted");
    }

    [Fact]
    public async Task It_ends_by_cancellation_alone()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, seen) => seen.Parameter("watch") is null
            ? context.JsonAsync(Answers.List("10", next: null))
            : context.HoldAsync());
        await using var client = server.Client(Options);
        using var cancellation = new CancellationTokenSource();
        var watching = Task.Run(async () =>
        {
            await foreach (var item in client.WatchAsync(Kinds.ConfigMap, "ns", _paged, cancellation.Token))
            {
                if (item.Type == WatchEventType.InitDone)
                {
                    await cancellation.CancelAsync();
                }
            }
        });
        await Should.ThrowAsync<OperationCanceledException>(() => watching.Soon());
    }

    private static WatchLog Watch(KubernetesClient client, WatchOptions options) =>
        new(token => client.WatchAsync(Kinds.ConfigMap, "ns", options, token));
}

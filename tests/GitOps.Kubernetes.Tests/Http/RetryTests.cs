using System.Net;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Tests.Support;
using GitOps.Testing;

namespace GitOps.Kubernetes.Tests.Http;

public sealed class RetryTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly RecordingObserver _observer = new();

    private KubernetesClientOptions Options => new()
    {
        TimeProvider = _time,
        Observer = _observer,
        Random = static () => 0.5,

        // The tests move the clock on while requests are under way.
        RequestTimeout = TimeSpan.FromDays(1),
        RetryBudget = TimeSpan.FromDays(1),
    };

    private static KubernetesObject Desired => KubernetesObject.Parse(
        """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"ns"},"data":{"a":"1"}}""");

    [Fact]
    public async Task An_apply_that_is_pushed_back_waits_at_least_as_long_as_told_and_sends_the_same_body_again()
    {
        var answered = 0;
        await using var server = await ScriptedServer.StartAsync(async (context, _) =>
        {
            if (Interlocked.Increment(ref answered) == 1)
            {
                context.Response.Headers.RetryAfter = "7";
                await context.StatusAsync(429, "TooManyRequests");
                return;
            }

            await context.JsonAsync(Answers.ConfigMap("a"), 201);
        });
        await using var client = server.Client(Options);
        var apply = client.ApplyAsync(Kinds.ConfigMap, Desired, new ApplyOptions("me"), CancellationToken.None);
        await Waiting.UntilAsync(() => _observer.Notices.Any(static notice => notice.Kind == NoticeKind.Retry));
        await Waiting.UntilAsync(() => _time.PendingTimers > 0);
        _time.Advance(TimeSpan.FromSeconds(7) - TimeSpan.FromTicks(1));
        server.Requests.Count.ShouldBe(1);
        (await apply.WithAsync(_time, TimeSpan.FromSeconds(1))).Created.ShouldBeTrue();
        server.Requests.Count.ShouldBe(2);
        server.Requests[1].Body.ShouldBe(server.Requests[0].Body);
        server.Requests[0].Body.ShouldContain("ConfigMap");
        _observer.Requests.Select(static request => (request.Verb, request.Resource, request.Code))
            .ShouldBe([("apply", "configmaps", 429), ("apply", "configmaps", 201)]);
    }

    [Theory]
    [InlineData("seconds", 503)]
    [InlineData("date", 503)]
    [InlineData("status", 503)]
    [InlineData("date", 429)]
    public async Task A_told_wait_may_be_seconds_a_date_or_stand_in_the_Status(string form, int code)
    {
        var answered = 0;
        await using var server = await ScriptedServer.StartAsync((context, _) =>
        {
            if (Interlocked.Increment(ref answered) > 1)
            {
                return context.JsonAsync(Answers.ConfigMap("a"));
            }

            if (form != "status")
            {
                context.Response.Headers.RetryAfter = form == "seconds" ? "9" : _time.GetUtcNow().AddSeconds(9).ToString("R");
            }

            return context.StatusAsync(code, "Whatever", details: form == "status" ? new JsonObject { ["retryAfterSeconds"] = 9 } : null);
        });
        await using var client = server.Client(Options);
        var get = SendAsync(client, "get");
        await Waiting.UntilAsync(() => _time.PendingTimers > 0 && _observer.Notices.Any(static notice => notice.Kind == NoticeKind.Retry));
        _time.Advance(TimeSpan.FromSeconds(9) - TimeSpan.FromTicks(1));
        server.Requests.Count.ShouldBe(1);
        await get.WithAsync(_time, TimeSpan.FromSeconds(1));
        server.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_create_with_a_generated_name_is_never_made_twice_on_a_guess()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, _) =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        await using var client = server.Client(Options);
        var created = KubernetesObject.Parse("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"a-","namespace":"ns"}}""");
        await Should.ThrowAsync<ApiConnectionException>(() => client.CreateAsync(Kinds.ConfigMap, created, new WriteOptions(), CancellationToken.None));
        server.Requests.Single().Path.ShouldBe("/api/v1/namespaces/ns/configmaps");
    }

    [Theory]
    [InlineData("get", 500, 4)]
    [InlineData("apply", 500, 4)]
    [InlineData("apply", 503, 4)]
    [InlineData("apply with a version", 500, 1)]
    [InlineData("create", 500, 1)]
    [InlineData("create", 503, 1)]
    [InlineData("delete", 500, 1)]
    [InlineData("patch", 500, 1)]
    [InlineData("replace", 500, 1)]
    [InlineData("create", 429, 4)]
    [InlineData("delete", 429, 4)]
    [InlineData("get", 404, 1)]
    [InlineData("apply", 409, 1)]
    [InlineData("apply", 422, 1)]
    [InlineData("get", 501, 1)]
    public async Task A_refusal_is_repeated_only_where_that_is_safe(string verb, int code, int requests)
    {
        await using var server = await ScriptedServer.StartAsync((context, _) => context.StatusAsync(code, "Whatever"));
        await using var client = server.Client(Options);
        var error = await Should.ThrowAsync<ApiException>(() => SendAsync(client, verb).WithAsync(_time, TimeSpan.FromSeconds(1)));
        error.Code.ShouldBe((HttpStatusCode)code);
        server.Requests.Count.ShouldBe(requests);
    }

    [Theory]
    [InlineData("get", 4)]
    [InlineData("apply", 4)]
    [InlineData("create", 1)]
    [InlineData("delete", 1)]
    [InlineData("patch", 1)]
    public async Task A_connection_that_is_cut_is_repeated_only_where_that_is_safe(string verb, int requests)
    {
        await using var server = await ScriptedServer.StartAsync(static (context, _) =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        await using var client = server.Client(Options);
        var error = await Should.ThrowAsync<ApiConnectionException>(() => SendAsync(client, verb).WithAsync(_time, TimeSpan.FromSeconds(1)));
        error.IsTimeout.ShouldBeFalse();
        server.Requests.Count.ShouldBe(requests);
    }

    [Fact]
    public async Task A_typed_patch_error_is_the_users_and_never_repeated()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, _) => context.JsonAsync(
            """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"failed to create typed patch object (ns/a; apps/v1, Kind=Deployment): .spec.replicaz: field not declared in schema","code":500}""",
            500));
        await using var client = server.Client(Options);
        var error = await Should.ThrowAsync<ApiException>(() => SendAsync(client, "apply"));
        error.IsTypedPatchError.ShouldBeTrue();
        error.IsTransient.ShouldBeFalse();
        server.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task No_request_is_made_more_than_ten_times_however_short_the_told_waits()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, _) =>
        {
            context.Response.Headers.RetryAfter = "1";
            return context.StatusAsync(429, "TooManyRequests");
        });
        await using var client = server.Client(Options);
        await Should.ThrowAsync<ApiException>(() => SendAsync(client, "create").WithAsync(_time, TimeSpan.FromSeconds(1)));
        server.Requests.Count.ShouldBe(RetryRules.MaxAttempts);
    }

    [Fact]
    public async Task A_wait_beyond_the_budget_is_not_begun_and_handed_to_the_caller()
    {
        await using var server = await ScriptedServer.StartAsync((context, _) =>
        {
            context.Response.Headers.RetryAfter = (_time.GetUtcNow() + TimeSpan.FromSeconds(90)).ToString("R");
            return context.StatusAsync(503, "ServiceUnavailable");
        });
        await using var client = server.Client(Options with { RetryBudget = TimeSpan.FromSeconds(60) });
        var error = await Should.ThrowAsync<ApiException>(() => SendAsync(client, "get").Soon());
        error.RetryAfter.ShouldBe(TimeSpan.FromSeconds(90));
        server.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_time_out_is_not_a_cancellation()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, _) => context.HoldAsync());
        await using var client = server.Client(Options with { RequestTimeout = TimeSpan.FromSeconds(20) });
        var get = SendAsync(client, "get");
        await Waiting.UntilAsync(() => server.Requests.Count == 1);
        _time.Advance(TimeSpan.FromSeconds(20));
        var error = await Should.ThrowAsync<ApiConnectionException>(() => get.Soon());
        error.IsTimeout.ShouldBeTrue();
        error.Message.ShouldContain("get configmaps");
        _observer.Requests.Single().Code.ShouldBe(0);
    }

    [Fact]
    public async Task The_callers_cancellation_is_that_and_nothing_else()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, _) => context.HoldAsync());
        await using var client = server.Client(Options);
        using var cancellation = new CancellationTokenSource();
        var get = client.GetAsync(Kinds.ConfigMap, "ns", "a", cancellation.Token);
        await Waiting.UntilAsync(() => server.Requests.Count == 1);
        await cancellation.CancelAsync();
        var error = await Should.ThrowAsync<OperationCanceledException>(() => get.Soon());
        error.CancellationToken.ShouldBe(cancellation.Token);
    }

    [Fact]
    public async Task No_more_requests_are_in_flight_than_allowed()
    {
        var inFlight = 0;
        var highest = 0;
        var gate = new TaskCompletionSource();
        await using var server = await ScriptedServer.StartAsync(async (context, _) =>
        {
            var now = Interlocked.Increment(ref inFlight);
            InterlockedMax(ref highest, now);
            await gate.Task;
            Interlocked.Decrement(ref inFlight);
            await context.JsonAsync(Answers.ConfigMap("a"));
        });
        await using var client = server.Client(Options with { MaxConcurrentRequests = 3 });
        var all = Task.WhenAll(Enumerable.Range(0, 12).Select(_ => SendAsync(client, "get")));
        await Waiting.UntilAsync(() => Volatile.Read(ref inFlight) == 3);
        gate.SetResult();
        await all.Soon();
        highest.ShouldBe(3);
        server.Requests.Count.ShouldBe(12);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }

    private static async Task<bool> SendAsync(KubernetesClient client, string verb)
    {
        switch (verb)
        {
            case "get":
                await client.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None);
                break;
            case "apply":
                await client.ApplyAsync(Kinds.ConfigMap, Desired, new ApplyOptions("me"), CancellationToken.None);
                break;
            case "apply with a version":
                var versioned = Desired;
                versioned.Metadata!["resourceVersion"] = "5";
                await client.ApplyAsync(Kinds.ConfigMap, versioned, new ApplyOptions("me"), CancellationToken.None);
                break;
            case "create":
                await client.CreateAsync(Kinds.ConfigMap, Desired, new WriteOptions(), CancellationToken.None);
                break;
            case "replace":
                await client.ReplaceAsync(Kinds.ConfigMap, Desired, new WriteOptions(), CancellationToken.None);
                break;
            case "patch":
                await client.PatchAsync(
                    Kinds.ConfigMap, "ns", "a", PatchType.Merge, Desired.Json, new WriteOptions(), CancellationToken.None);
                break;
            default:
                await client.DeleteAsync(Kinds.ConfigMap, "ns", "a", new DeleteOptions(), CancellationToken.None);
                break;
        }

        return true;
    }
}

using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Events;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Tests.Support;
using GitOps.Testing;

namespace GitOps.Kubernetes.Tests.Events;

public sealed class EventRecorderTests
{
    private static readonly ObjectReference Web = new("apps/v1", "Deployment", "ns", "web", "uid-1", "7");

    private readonly ManualTimeProvider _time = new();
    private readonly ConcurrentQueue<string> _dropped = new();

    private EventRecorderOptions Options => new()
    {
        ReportingController = "gitops-operator.dev/operator",
        ReportingInstance = "pod-1",
        TimeProvider = _time,
        Random = static () => 0.5,
        OnDropped = _dropped.Enqueue,
    };

    [Fact]
    public async Task An_event_is_complete()
    {
        await using var server = await StartAsync();
        await using var client = server.Client();
        await using var running = new Running(new EventRecorder(client, Options));
        var recorder = running.Recorder;
        recorder.Record(Web, "Normal", "Synced", "Sync", "all is well");
        await Waiting.UntilAsync(() => server.Requests.Count == 1);
        var request = server.Requests.Single();
        (request.Method, request.Path).ShouldBe(("POST", "/apis/events.k8s.io/v1/namespaces/ns/events"));
        var sent = JsonNode.Parse(request.Body)!.AsObject();
        var name = sent["metadata"]!["name"]!.ToString();
        name.ShouldStartWith("web.");
        JsonNode.DeepEquals(sent, JsonNode.Parse($$"""
            {"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"{{name}}","namespace":"ns"},
             "eventTime":"2026-01-01T00:00:00.000000Z","reportingController":"gitops-operator.dev/operator","reportingInstance":"pod-1",
             "action":"Sync","reason":"Synced","type":"Normal","note":"all is well",
             "regarding":{"apiVersion":"apps/v1","kind":"Deployment","namespace":"ns","name":"web","uid":"uid-1"} }
            """)).ShouldBeTrue(request.Body);
    }

    [Fact]
    public async Task One_that_is_complete_sends_what_is_queued_and_ends()
    {
        await using var server = await StartAsync();
        await using var client = server.Client();
        var recorder = new EventRecorder(client, Options);
        for (var i = 0; i < 5; i++)
        {
            recorder.Record(Web, "Normal", "Synced", "Sync", $"note {i}");
        }

        recorder.Complete();
        recorder.Record(Web, "Normal", "Synced", "Sync", "too late");
        await recorder.RunAsync(CancellationToken.None).Soon();
        server.Requests.Count.ShouldBe(5);
        recorder.Dropped.ShouldBe(1);
    }

    [Fact]
    public async Task The_second_makes_a_series_and_further_ones_are_told_when_it_ends()
    {
        await using var server = await StartAsync();
        await using var client = server.Client();
        await using var running = new Running(new EventRecorder(client, Options));
        var recorder = running.Recorder;
        recorder.Record(Web, "Warning", "Failed", "Sync", "no");
        recorder.Record(Web with { ResourceVersion = "8" }, "Warning", "Failed", "Sync", "no");
        await Waiting.UntilAsync(() => server.Requests.Count == 2);
        for (var i = 0; i < 5; i++)
        {
            recorder.Record(Web, "Warning", "Failed", "Sync", "no");
        }

        recorder.Record(Web, "Warning", "Failed", "Sync", "another note");
        await Waiting.UntilAsync(() => server.Requests.Count == 3);
        server.Requests[1].Method.ShouldBe("PATCH");
        server.Requests[1].Path.ShouldEndWith(JsonNode.Parse(server.Requests[0].Body)!["metadata"]!["name"]!.ToString());
        server.Requests[1].Headers.ContentType.ToString().ShouldBe("application/merge-patch+json");
        server.Requests[1].Body.ShouldBe("""{"series":{"count":2,"lastObservedTime":"2026-01-01T00:00:00.000000Z"}}""");
        server.Requests[2].Method.ShouldBe("POST");
        await AdvanceUntilAsync(() => server.Requests.Count == 4);
        server.Requests[3].Body.ShouldBe("""{"series":{"count":7,"lastObservedTime":"2026-01-01T00:00:00.000000Z"}}""");

        recorder.Record(Web, "Warning", "Failed", "Sync", "no");
        await Waiting.UntilAsync(() => server.Requests.Count == 5);
        server.Requests[4].Method.ShouldBe("POST");
    }

    [Fact]
    public async Task A_series_that_goes_on_is_told_every_half_hour()
    {
        await using var server = await StartAsync();
        await using var client = server.Client();
        await using var running = new Running(new EventRecorder(client, Options));
        for (var minute = 0; minute < 65; minute++)
        {
            running.Recorder.Record(Web, "Warning", "Failed", "Sync", "no");
            await Waiting.UntilAsync(() => running.Recorder.Waiting == 0);
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        // The event, its second occurrence, and two refreshes.
        await Waiting.UntilAsync(() => server.Requests.Count >= 4);
        server.Requests.Select(static request => request.Method).ShouldBe(["POST", "PATCH", "PATCH", "PATCH"]);
        var counts = server.Requests.Skip(1).Select(static request => JsonNode.Parse(request.Body)!["series"]!["count"]!.GetValue<int>()).ToArray();
        counts[0].ShouldBe(2);
        counts[1].ShouldBeInRange(30, 34);
        counts[2].ShouldBeInRange(60, 66);
    }

    [Fact]
    public async Task A_series_that_the_server_forgot_starts_again_as_a_new_event()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, seen) =>
            seen.Method == "PATCH" ? context.StatusAsync(404, "NotFound") : context.JsonAsync(seen.Body, 201));
        await using var client = server.Client();
        await using var running = new Running(new EventRecorder(client, Options));
        var recorder = running.Recorder;
        recorder.Record(Web, "Normal", "Synced", "Sync", "x");
        recorder.Record(Web, "Normal", "Synced", "Sync", "x");
        await Waiting.UntilAsync(() => server.Requests.Count == 3);
        server.Requests.Select(static request => request.Method).ShouldBe(["POST", "PATCH", "POST"]);
        JsonNode.Parse(server.Requests[2].Body)!["series"]!["count"]!.GetValue<int>().ShouldBe(2);
    }

    [Fact]
    public async Task A_full_queue_drops_the_newest_without_waiting()
    {
        await using var server = await StartAsync();
        await using var client = server.Client();
        var recorder = new EventRecorder(client, Options with { QueueSize = 3 });
        for (var i = 0; i < 5; i++)
        {
            recorder.Record(Web, "Normal", $"Reason{i}", "Sync", "x");
        }

        recorder.Dropped.ShouldBe(2);
        _dropped.ShouldBe(["Reason3: the queue is full", "Reason4: the queue is full"]);
        await using var running = new Running(recorder);
        await Waiting.UntilAsync(() => server.Requests.Count == 3);
        server.Requests.Select(static request => JsonNode.Parse(request.Body)!["reason"]!.ToString()).ShouldBe(["Reason0", "Reason1", "Reason2"]);
    }

    [Theory]
    [InlineData(500, 12)]
    [InlineData(403, 1)]
    [InlineData(404, 1)]
    [InlineData(422, 1)]
    public async Task A_refusal_is_tried_again_if_it_may_pass_and_given_up_in_the_end(int code, int tries)
    {
        await using var server = await ScriptedServer.StartAsync((context, seen) => seen.Body.Contains("Refused", StringComparison.Ordinal)
            ? context.StatusAsync(code, "Whatever")
            : context.JsonAsync(seen.Body, 201));
        await using var client = server.Client();
        await using var running = new Running(new EventRecorder(client, Options));
        var recorder = running.Recorder;
        recorder.Record(Web, "Normal", "Refused", "Sync", "x");
        recorder.Record(Web, "Normal", "Fine", "Sync", "x");
        await AdvanceUntilAsync(() => server.Requests.Count == tries + 1);
        recorder.Dropped.ShouldBe(1);
        server.Requests[^1].Body.ShouldContain("Fine");
    }

    [Fact]
    public async Task A_name_that_is_taken_is_changed()
    {
        var taken = string.Empty;
        await using var server = await ScriptedServer.StartAsync((context, seen) =>
        {
            var name = JsonNode.Parse(seen.Body)!["metadata"]!["name"]!.ToString();
            taken = taken.Length == 0 ? name : taken;
            return name == taken ? context.StatusAsync(409, "AlreadyExists") : context.JsonAsync(seen.Body, 201);
        });
        await using var client = server.Client();
        await using var running = new Running(new EventRecorder(client, Options));
        var recorder = running.Recorder;
        recorder.Record(Web, "Normal", "Synced", "Sync", "x");
        await Waiting.UntilAsync(() => server.Requests.Count == 2);
        recorder.Dropped.ShouldBe(0);
    }

    [Fact]
    public async Task A_lost_answer_does_not_make_a_second_event()
    {
        var seenBefore = false;
        await using var server = await ScriptedServer.StartAsync((context, seen) =>
        {
            if (!seenBefore)
            {
                seenBefore = true;
                context.Abort();
                return Task.CompletedTask;
            }

            return seen.Body.Contains("Other", StringComparison.Ordinal) ? context.JsonAsync(seen.Body, 201) : context.StatusAsync(409, "AlreadyExists");
        });
        await using var client = server.Client();
        await using var running = new Running(new EventRecorder(client, Options));
        var recorder = running.Recorder;
        recorder.Record(Web, "Normal", "Synced", "Sync", "x");
        recorder.Record(Web, "Normal", "Other", "Sync", "x");
        await AdvanceUntilAsync(() => server.Requests.Count == 3);
        server.Requests[2].Body.ShouldContain("Other");
        recorder.Dropped.ShouldBe(0);
    }

    [Fact]
    public async Task What_is_too_long_is_cut_between_characters_and_cluster_scoped_objects_have_their_events_in_default()
    {
        await using var server = await StartAsync();
        await using var client = server.Client();
        await using var running = new Running(new EventRecorder(client, Options));
        var recorder = running.Recorder;
        recorder.Record(
            new KubernetesObject(JsonNode.Parse($$"""{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"system:{{new string('n', 250)}}"} }""")!.AsObject()),
            "Normal", new string('r', 200), new string('a', 200), "x" + string.Concat(Enumerable.Repeat("🚀", 400)));
        await Waiting.UntilAsync(() => server.Requests.Count == 1);
        server.Requests[0].Path.ShouldBe("/apis/events.k8s.io/v1/namespaces/default/events");
        var sent = JsonNode.Parse(server.Requests[0].Body)!;
        Encoding.UTF8.GetByteCount(sent["note"]!.ToString()).ShouldBe(1 + (255 * 4));
        sent["reason"]!.ToString().Length.ShouldBe(128);
        sent["action"]!.ToString().Length.ShouldBe(128);
        sent["metadata"]!["name"]!.ToString().Length.ShouldBeLessThanOrEqualTo(253);
        sent["metadata"]!["name"]!.ToString().ShouldStartWith("system-nnn");
    }

    private static Task<ScriptedServer> StartAsync() =>
        ScriptedServer.StartAsync(static (context, seen) => context.JsonAsync(seen.Method == "PATCH" ? "{}" : seen.Body, 201));

    private Task AdvanceUntilAsync(Func<bool> condition) => Waiting.UntilAsync(() =>
    {
        _time.Advance(TimeSpan.FromSeconds(5));
        return condition();
    });

    /// <summary>The loop of a recorder; ends before the client that it uses.</summary>
    private sealed class Running : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly Task _loop;

        public Running(EventRecorder recorder)
        {
            Recorder = recorder;
            _loop = recorder.RunAsync(_end.Token);
        }

        public EventRecorder Recorder { get; }

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => _loop.Soon());
            _end.Dispose();
        }
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using GitOps.Kubernetes.Events;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Testing;

namespace GitOps.Sandbox.Tests.Client;

/// <summary>Events as a whole server keeps them: it validates them, counts only by what it is told, and forgets them.</summary>
public sealed class EventSeriesTests
{
    private static readonly ApiResource Events = ApiResource.Of("events.k8s.io/v1", "Event", "events", namespaced: true);
    private static readonly ApiResource CoreEvents = ApiResource.Of("v1", "Event", "events", namespaced: true);

    private readonly ManualTimeProvider _time = new();
    private readonly ConcurrentQueue<string> _dropped = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Repetitions_become_a_series_whose_count_is_told_at_the_second_and_at_the_end()
    {
        await using var fixture = await ClientFixture.StartAsync();
        await using var running = Run(fixture);
        Record(running, fixture);
        await UntilAsync(fixture, static events => events.Count == 1 && events[0].At("series") is null);
        _time.Advance(TimeSpan.FromSeconds(1));
        Record(running, fixture);
        await UntilAsync(fixture, static events => events.Count == 1 && Count(events[0]) == 2);
        for (var i = 0; i < 5; i++)
        {
            Record(running, fixture);
        }

        await WhileTimePassesAsync(fixture, static events => Count(events[0]) == 7);
        var one = (await ListAsync(fixture)).ShouldHaveSingleItem();
        one.At("eventTime")!.ToString().ShouldBe("2026-01-01T00:00:00.000000Z");
        one.At("series", "lastObservedTime")!.ToString().ShouldBe("2026-01-01T00:00:01.000000Z");
        (one.At("reason")!.ToString(), one.At("action")!.ToString(), one.At("type")!.ToString()).ShouldBe(("Failed", "Sync", "Warning"));
        one.At("related", "name")!.ToString().ShouldBe("other");

        // The old form, which kubectl and dashboards read, shows the same.
        var core = await fixture.Client.GetAsync(CoreEvents, fixture.Namespace, one.Name, Token);
        core!.At("message")!.ToString().ShouldBe("no");
        core.At("involvedObject", "name")!.ToString().ShouldBe("web");

        // After the end of a series the same is a new event.
        Record(running, fixture);
        await UntilAsync(fixture, static events => events.Count == 2);
        _dropped.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_event_that_the_server_has_forgotten_is_written_anew_with_its_count()
    {
        await using var fixture = await ClientFixture.StartAsync();
        await using var running = Run(fixture);
        Record(running, fixture);
        await UntilAsync(fixture, static events => events.Count == 1);
        var first = (await ListAsync(fixture)).Single();
        await fixture.Client.DeleteAsync(Events, fixture.Namespace, first.Name, new DeleteOptions(), Token);
        Record(running, fixture);
        await UntilAsync(fixture, static events => events.Count == 1 && Count(events[0]) == 2);
        string.Equals((await ListAsync(fixture)).Single().Uid, first.Uid, StringComparison.Ordinal).ShouldBeFalse();
        _dropped.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_longer_than_the_server_takes_is_cut_so_that_it_takes_it()
    {
        await using var fixture = await ClientFixture.StartAsync();
        await using var running = Run(fixture);
        running.Recorder.Record(
            new ObjectReference("apps/v1", "Deployment", fixture.Namespace, new string('w', 253)), "Normal",
            new string('r', 500), new string('a', 500), string.Concat(Enumerable.Repeat("🚀", 1000)));
        await UntilAsync(fixture, static events => events.Count == 1);
        _dropped.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_event_of_a_cluster_scoped_object_lies_in_default()
    {
        await using var fixture = await ClientFixture.StartAsync();
        await using var running = Run(fixture);
        running.Recorder.Record(new ObjectReference("v1", "Namespace", string.Empty, fixture.Namespace), "Normal", "Synced", "Sync", "all is well");
        await UntilAsync(
            fixture, events => events.Any(one => one.At("regarding", "name")?.ToString() == fixture.Namespace), @namespace: "default");
        _dropped.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_event_that_is_refused_is_dropped_and_does_not_hold_up_the_next()
    {
        await using var fixture = await ClientFixture.StartAsync();
        await using var running = Run(fixture);
        running.Recorder.Record(new ObjectReference("v1", "ConfigMap", "no-such-namespace", "a"), "Normal", "Synced", "Sync", "x");
        Record(running, fixture);
        await UntilAsync(fixture, static events => events.Count == 1);
        _dropped.ShouldHaveSingleItem().ShouldContain("no-such-namespace");
    }

    private static long? Count(KubernetesObject one) => KubernetesObject.TryGetInt64(one.At("series", "count"), out var count) ? count : null;

    private static void Record(Running running, ClientFixture fixture) => running.Recorder.Record(
        new ObjectReference("apps/v1", "Deployment", fixture.Namespace, "web", "uid-1"), "Warning", "Failed", "Sync", "no",
        related: new ObjectReference("v1", "ConfigMap", fixture.Namespace, "other"));

    private static async Task<IReadOnlyList<KubernetesObject>> ListAsync(ClientFixture fixture, string? @namespace = null) =>
        (await fixture.Client.ListAsync(Events, @namespace ?? fixture.Namespace, new ListOptions(), Token)).Items;

    private static async Task UntilAsync(
        ClientFixture fixture, Func<IReadOnlyList<KubernetesObject>, bool> condition, string? @namespace = null)
    {
        var watch = Stopwatch.StartNew();
        while (!condition(await ListAsync(fixture, @namespace)))
        {
            watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30));
        }
    }

    private Task WhileTimePassesAsync(ClientFixture fixture, Func<IReadOnlyList<KubernetesObject>, bool> condition) => UntilAsync(fixture, events =>
    {
        if (condition(events))
        {
            return true;
        }

        _time.Advance(TimeSpan.FromSeconds(10));
        return false;
    });

    private Running Run(ClientFixture fixture) => new(new EventRecorder(fixture.Client, new EventRecorderOptions
    {
        ReportingController = "gitops-operator.dev/tests",
        ReportingInstance = "test-1",
        TimeProvider = _time,
        OnDropped = _dropped.Enqueue,
    }));

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
            await Should.ThrowAsync<OperationCanceledException>(() => _loop);
            _end.Dispose();
        }
    }
}

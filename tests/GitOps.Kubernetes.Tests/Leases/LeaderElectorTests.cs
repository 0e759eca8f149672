using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Leases;
using GitOps.Kubernetes.Tests.Support;
using GitOps.Testing;

namespace GitOps.Kubernetes.Tests.Leases;

/// <summary>Getting, keeping and losing a lease, on a clock that moves when told.</summary>
public sealed class LeaderElectorTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly LeaseServer _server = new();

    private LeaderElectionOptions Options => RunningElector.Options(_time);

    [Fact]
    public async Task A_lease_that_is_not_there_is_created_with_all_its_fields()
    {
        await using var me = new RunningElector(_server, Options);
        await me.LeadsAsync();
        JsonNode.DeepEquals(_server.Lease!.Json["spec"], JsonNode.Parse("""
            {"holderIdentity":"me","leaseDurationSeconds":15,"acquireTime":"2026-01-01T00:00:00.000000Z","renewTime":"2026-01-01T00:00:00.000000Z","leaseTransitions":0}
            """)).ShouldBeTrue(_server.Lease.Json.ToJsonString());
        me.Elector.Holder.ShouldBe("me");
    }

    [Fact]
    public async Task A_lease_that_is_held_is_renewed_without_a_read()
    {
        await using var me = new RunningElector(_server, Options);
        var term = await me.LeadsAsync();
        for (var i = 1; i <= 10; i++)
        {
            await StepAsync(TimeSpan.FromSeconds(2), calls: 2 + i);
        }

        _server.Calls.ShouldBe(["get", "create me", .. Enumerable.Repeat("replace me", 10)]);
        _server.Lease!.At("spec", "renewTime")!.ToString().ShouldBe("2026-01-01T00:00:20.000000Z");
        _server.Lease.At("spec", "acquireTime")!.ToString().ShouldBe("2026-01-01T00:00:00.000000Z");
        term.IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task A_lease_is_taken_over_with_a_transition_and_without_losing_what_else_stands_in_it()
    {
        _server.Set(LeaseOf(string.Empty, extra: ",\"strategy\":\"OldestEmulationVersion\",\"leaseTransitions\":4"));
        await using var me = new RunningElector(_server, Options);
        await me.LeadsAsync();
        var spec = _server.Lease!.Json["spec"]!;
        spec["holderIdentity"]!.ToString().ShouldBe("me");
        spec["leaseTransitions"]!.GetValue<long>().ShouldBe(5);
        spec["strategy"]!.ToString().ShouldBe("OldestEmulationVersion");
        spec["leaseDurationSeconds"]!.GetValue<long>().ShouldBe(15);
        _server.Lease.Metadata!["labels"]!["keep"]!.ToString().ShouldBe("this");
    }

    [Fact]
    public async Task The_own_lease_of_a_process_before_is_had_back_at_once()
    {
        _server.Set(LeaseOf("me"));
        await using var me = new RunningElector(_server, Options);
        await me.LeadsAsync();
        _server.Calls.ShouldBe(["get", "replace me"]);
        _server.Lease!.At("spec", "leaseTransitions")!.GetValue<long>().ShouldBe(4);
    }

    [Fact]
    public async Task Without_a_renewal_the_work_is_told_to_stop_at_the_deadline_and_before_the_lease_can_expire()
    {
        await using var me = new RunningElector(_server, Options);
        var term = await me.LeadsAsync();
        await StepAsync(TimeSpan.FromSeconds(2), calls: 3);
        _server.Before = static (_, _) => throw new ApiConnectionException("gone", inner: null);
        for (var second = 1; second < 10; second++)
        {
            await AdvanceAsync(TimeSpan.FromSeconds(1));
            term.IsHeld.ShouldBeTrue($"after {second} s");
        }

        await AdvanceAsync(TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1));
        term.Token.IsCancellationRequested.ShouldBeFalse();
        _time.Advance(TimeSpan.FromTicks(1));
        term.Token.IsCancellationRequested.ShouldBeTrue();
        term.IsHeld.ShouldBeFalse();
        me.Notices.Count(static notice => notice.Kind == LeaderElectionNoticeKind.Lost && notice.Message.Contains("not renewed for 10 s")).ShouldBe(1);
        me.Notices.ShouldContain(static notice => notice.Kind == LeaderElectionNoticeKind.AttemptFailed && notice.Error is ApiConnectionException);
    }

    [Fact]
    public async Task Time_counts_from_when_a_slow_renewal_was_sent_and_not_from_its_answer()
    {
        await using var me = new RunningElector(_server, Options);
        var term = await me.LeadsAsync();
        var answer = new TaskCompletionSource();
        _server.After = (_, _) => answer.Task;
        await StepAsync(TimeSpan.FromSeconds(2), calls: 3);
        _time.Advance(TimeSpan.FromSeconds(7));

        // Sent at 2 s, answered at 9 s: good until 12 s. Further renewals are lost.
        _server.After = null;
        _server.Before = static (_, _) => throw new ApiConnectionException("gone", inner: null);
        answer.SetResult();
        await AdvanceAsync(TimeSpan.FromSeconds(2.9));
        term.IsHeld.ShouldBeTrue();
        await AdvanceAsync(TimeSpan.FromSeconds(0.1));
        term.Token.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task An_answer_after_the_deadline_brings_no_term_back_but_begins_another()
    {
        await using var me = new RunningElector(_server, Options);
        var term = await me.LeadsAsync();
        var answer = new TaskCompletionSource();
        _server.After = (_, _) => answer.Task;
        await StepAsync(TimeSpan.FromSeconds(2), calls: 3);
        _time.Advance(TimeSpan.FromSeconds(9));
        term.Token.IsCancellationRequested.ShouldBeTrue();
        _server.After = null;
        answer.SetResult();
        var second = await me.LeadsAsync(2);
        term.IsHeld.ShouldBeFalse();
        second.IsHeld.ShouldBeTrue();
        second.ShouldNotBeSameAs(term);
    }

    [Fact]
    public async Task An_acquisition_whose_answer_took_as_long_as_a_term_begins_nothing()
    {
        var answer = new TaskCompletionSource();
        _server.After = (call, _) => call == "create me" ? answer.Task : Task.CompletedTask;
        await using var me = new RunningElector(_server, Options);
        await Waiting.UntilAsync(() => _server.Calls.Count == 2);
        _time.Advance(TimeSpan.FromSeconds(10));
        answer.SetResult();
        var term = await me.LeadsAsync();
        me.Notices.Count(static notice => notice.Kind == LeaderElectionNoticeKind.Acquired).ShouldBe(1);
        _server.Calls.ShouldBe(["get", "create me", "replace me"]);
        term.IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task A_renewal_that_finds_another_holder_stops_the_work_at_once()
    {
        await using var me = new RunningElector(_server, Options);
        var term = await me.LeadsAsync();
        _server.Edit(static lease => lease["spec"]!["holderIdentity"] = "thief");
        await AdvanceAsync(TimeSpan.FromSeconds(2));
        await Waiting.UntilAsync(() => term.Token.IsCancellationRequested);
        me.Notices.ShouldContain(static notice => notice.Kind == LeaderElectionNoticeKind.Lost && notice.Message.Contains("thief has the lease"));
        me.Elector.Holder.ShouldBe("thief");
        _server.Holder.ShouldBe("thief");
    }

    [Fact]
    public async Task A_renewal_whose_answer_was_lost_is_found_by_reading()
    {
        await using var me = new RunningElector(_server, Options);
        var term = await me.LeadsAsync();
        _server.After = static (_, _) => throw new ApiConnectionException("cut", inner: null);
        await StepAsync(TimeSpan.FromSeconds(2), calls: 3);
        _server.After = null;
        await StepAsync(TimeSpan.FromSeconds(2), calls: 5);
        _server.Calls.ShouldBe(["get", "create me", "replace me", "get", "replace me"]);
        term.IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task An_edit_of_the_metadata_costs_the_holder_one_read()
    {
        await using var me = new RunningElector(_server, Options);
        var term = await me.LeadsAsync();
        _server.Edit(static lease => lease["metadata"]!["annotations"] = new JsonObject { ["a"] = "b" });
        await StepAsync(TimeSpan.FromSeconds(2), calls: 5);
        _server.Calls.ShouldBe(["get", "create me", "replace me", "get", "replace me"]);
        term.IsHeld.ShouldBeTrue();
        _server.Lease!.Annotation("a").ShouldBe("b");
    }

    [Fact]
    public async Task Whether_it_is_held_asks_the_clock_too_because_timers_may_be_late()
    {
        var late = new LateTimers(_time);
        await using var me = new RunningElector(_server, Options with { TimeProvider = late });
        var term = await me.LeadsAsync();
        await Waiting.UntilAsync(() => _time.PendingTimers >= 2);
        late.Pause();
        _time.Advance(TimeSpan.FromSeconds(10));
        term.Token.IsCancellationRequested.ShouldBeFalse();
        term.IsHeld.ShouldBeFalse();
        late.Resume();
        term.Token.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task It_is_unhealthy_while_renewals_are_late_or_work_goes_on_after_its_term()
    {
        var mayEnd = new TaskCompletionSource();
        await using var me = new RunningElector(_server, Options) { MayEnd = mayEnd.Task };
        await me.LeadsAsync();
        me.Elector.IsHealthy.ShouldBeTrue();
        _server.Before = static (_, _) => throw new ApiConnectionException("gone", inner: null);
        await AdvanceAsync(TimeSpan.FromSeconds(10));
        me.Elector.IsHealthy.ShouldBeTrue();
        await AdvanceAsync(TimeSpan.FromSeconds(1), timers: 1);
        me.Elector.IsHealthy.ShouldBeFalse();

        // The server is back, but the work of the old term has not ended.
        _server.Before = null;
        await AdvanceAsync(TimeSpan.FromSeconds(2), timers: 1);
        me.Elector.IsHealthy.ShouldBeFalse();
        mayEnd.SetResult();
        await me.LeadsAsync(2);
        me.Elector.IsHealthy.ShouldBeTrue();
    }

    [Fact]
    public async Task What_the_work_throws_is_thrown_and_the_lease_handed_back()
    {
        await using var me = new LeaderElector(_server, Options);
        await Should.ThrowAsync<InvalidDataException>(() => me.RunAsync(static _ => throw new InvalidDataException("broken"), CancellationToken.None).Soon());
        _server.Holder.ShouldBeEmpty();
    }

    [Fact]
    public async Task Work_that_ends_by_itself_hands_the_lease_back_and_its_token_ends_with_it()
    {
        Leadership? term = null;
        await using var me = new LeaderElector(_server, Options);
        await me.RunAsync(
            leadership =>
            {
                term = leadership;
                leadership.IsHeld.ShouldBeTrue();
                return Task.CompletedTask;
            },
            CancellationToken.None).Soon();
        term!.Token.IsCancellationRequested.ShouldBeTrue();
        me.Current.ShouldBeNull();
        _server.Holder.ShouldBeEmpty();
    }

    private static string LeaseOf(string holder, string extra = ",\"leaseTransitions\":4") =>
        $$$"""{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"l","namespace":"ns","labels":{"keep":"this"}},"spec":{"holderIdentity":"{{{holder}}}","leaseDurationSeconds":60,"renewTime":"2026-01-01T00:00:00.000000Z"{{{extra}}} } }""";

    /// <summary>Moves on and waits for that many calls.</summary>
    private async Task StepAsync(TimeSpan by, int calls)
    {
        await AdvanceAsync(by);
        await Waiting.UntilAsync(() => _server.Calls.Count >= calls);
    }

    /// <summary>Moves on once the elector waits for the clock: a leader for its next attempt and for the end of its term.</summary>
    private async Task AdvanceAsync(TimeSpan by, int timers = 2)
    {
        await Waiting.UntilAsync(() => _time.PendingTimers >= timers);
        _time.Advance(by);
    }

    /// <summary>Timers of a process that is stopped do not run, while its clock goes on.</summary>
    private sealed class LateTimers : TimeProvider
    {
        private readonly TimeProvider _inner;
        private readonly ConcurrentQueue<Action> _late = new();
        private volatile bool _isPaused;

        public LateTimers(TimeProvider inner) => _inner = inner;

        public override long TimestampFrequency => _inner.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => _inner.GetUtcNow();

        public override long GetTimestamp() => _inner.GetTimestamp();

        public void Pause() => _isPaused = true;

        public void Resume()
        {
            _isPaused = false;
            while (_late.TryDequeue(out var callback))
            {
                callback();
            }
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            _inner.CreateTimer(
                inner =>
                {
                    if (_isPaused)
                    {
                        _late.Enqueue(() => callback(inner));
                    }
                    else
                    {
                        callback(inner);
                    }
                },
                state, dueTime, period);
    }
}

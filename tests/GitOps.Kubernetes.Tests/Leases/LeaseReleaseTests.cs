using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Leases;
using GitOps.Kubernetes.Tests.Support;
using GitOps.Testing;

namespace GitOps.Kubernetes.Tests.Leases;

/// <summary>How leading ends: first the work, then the lease.</summary>
public sealed class LeaseReleaseTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly LeaseServer _server = new();

    private LeaderElectionOptions Options => RunningElector.Options(_time);

    [Fact]
    public async Task A_stop_ends_the_work_first_and_then_hands_the_lease_back_for_the_next_to_take_at_once()
    {
        var mayEnd = new TaskCompletionSource();
        await using var me = new RunningElector(_server, Options) { MayEnd = mayEnd.Task };
        var term = await me.LeadsAsync();
        await me.BeginStop();
        term.Token.IsCancellationRequested.ShouldBeTrue();

        // While the work winds up the lease is kept, or another would begin before it has ended.
        for (var i = 0; i < 10; i++)
        {
            var calls = _server.Calls.Count;
            await Waiting.UntilAsync(() => _time.PendingTimers > 0);
            _time.Advance(TimeSpan.FromSeconds(2));
            await Waiting.UntilAsync(() => _server.Calls.Count > calls);
            _server.Holder.ShouldBe("me");
        }

        mayEnd.SetResult();
        await me.Run.Soon();
        var spec = _server.Lease!.Json["spec"]!;
        spec["holderIdentity"]!.ToString().ShouldBeEmpty();
        spec["leaseDurationSeconds"]!.GetValue<long>().ShouldBe(1);
        me.Notices.Last().Kind.ShouldBe(LeaderElectionNoticeKind.Released);

        await using var next = new RunningElector(_server, Options with { Identity = "next" });
        await next.LeadsAsync();
        _server.Lease.At("spec", "leaseTransitions")!.GetValue<long>().ShouldBe(1);
    }

    [Fact]
    public async Task A_release_that_fails_is_tried_again_with_a_fresh_look()
    {
        await using var me = new RunningElector(_server, Options);
        await me.LeadsAsync();
        var failures = 2;
        _server.Before = (call, _) => call == "replace " && failures-- > 0 ? throw new ApiConnectionException("cut", inner: null) : Task.CompletedTask;
        await me.BeginStop();
        await EndAsync(me);
        _server.Calls.ShouldBe(["get", "create me", "replace ", "get", "replace ", "get", "replace "]);
        _server.Holder.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_release_that_keeps_failing_is_given_up_in_time()
    {
        await using var me = new RunningElector(_server, Options);
        await me.LeadsAsync();
        _server.Before = static (_, _) => throw new ApiConnectionException("gone", inner: null);
        var retry = TimeSpan.FromMilliseconds(500);
        await me.BeginStop();
        for (var waited = TimeSpan.Zero; waited < Options.ReleaseTimeout; waited += retry)
        {
            // It has tried once more, and waits.
            await Waiting.UntilAsync(() => _time.HasTimerAt(_time.GetUtcNow() + retry) && _server.Calls.Count >= 3 + (waited / retry));
            _time.Advance(retry);
        }

        await me.Run.Soon();
        _server.Calls.Count.ShouldBeInRange(5, 10);
        _server.Holder.ShouldBe("me");
    }

    [Fact]
    public async Task A_release_does_not_wait_for_a_server_that_does_not_answer()
    {
        await using var me = new RunningElector(_server, Options);
        await me.LeadsAsync();
        _server.Before = static (_, token) => Task.Delay(Timeout.Infinite, token);
        await me.BeginStop();
        await EndAsync(me);
    }

    [Fact]
    public async Task A_lease_that_another_has_by_now_is_left_alone()
    {
        await using var me = new RunningElector(_server, Options);
        await me.LeadsAsync();
        _server.Edit(static lease => lease["spec"]!["holderIdentity"] = "other");
        await me.BeginStop();
        await EndAsync(me);
        _server.Holder.ShouldBe("other");
        me.Notices.ShouldNotContain(static notice => notice.Kind == LeaderElectionNoticeKind.Released);
    }

    [Fact]
    public async Task A_stop_in_the_middle_of_an_acquisition_hands_back_what_it_may_have_got()
    {
        _server.After = static (call, token) => call == "create me" ? Task.Delay(Timeout.Infinite, token) : Task.CompletedTask;
        await using var me = new RunningElector(_server, Options);
        await Waiting.UntilAsync(() => _server.Holder == "me");
        await me.BeginStop();
        await me.Run.Soon();
        me.Terms.ShouldBeEmpty();
        _server.Holder.ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_never_led_hands_nothing_back()
    {
        _server.Set("""{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"l","namespace":"ns"},"spec":{"holderIdentity":"other","leaseDurationSeconds":60}}""");
        await using var me = new RunningElector(_server, Options);
        await Waiting.UntilAsync(() => _time.PendingTimers > 0);
        await me.BeginStop();
        await me.Run.Soon();
        _server.Calls.ShouldBe(["get"]);
    }

    private Task EndAsync(RunningElector elector) => Waiting.UntilAsync(() =>
    {
        if (!elector.Run.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }

        return elector.Run.IsCompleted;
    });
}

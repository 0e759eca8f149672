using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Leases;
using GitOps.Kubernetes.Tests.Support;
using GitOps.Testing;

namespace GitOps.Kubernetes.Tests.Leases;

/// <summary>When a lease may be taken from somebody else: by what this process saw itself, never by the times in the record.</summary>
public sealed class LeaderContentionTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly LeaseServer _server = new();

    private LeaderElectionOptions Options => RunningElector.Options(_time);

    [Theory]
    [InlineData("2000-01-01T00:00:00.000000Z")]
    [InlineData("2026-01-01T00:00:00.000000Z")]
    [InlineData("2100-01-01T00:00:00.000000Z")]
    public async Task A_lease_is_stolen_when_it_has_not_changed_for_the_duration_that_its_holder_gave(string renewTime)
    {
        _server.Set(LeaseOf("other", renewTime, seconds: 40));
        await using var me = new RunningElector(_server, Options);
        await WaitOutAsync(TimeSpan.FromSeconds(40) - TimeSpan.FromTicks(1));
        me.Terms.ShouldBeEmpty();
        _server.Holder.ShouldBe("other");
        await WaitOutAsync(TimeSpan.FromSeconds(2));
        (await me.LeadsAsync()).IsHeld.ShouldBeTrue();
        _server.Lease!.At("spec", "leaseTransitions")!.GetValue<long>().ShouldBe(8);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1_000_000)]
    [InlineData(1_000_000)]
    public async Task A_wall_clock_that_stands_still_or_jumps_changes_nothing(int jumpInSeconds)
    {
        var wall = _time.GetUtcNow();
        var clock = new SkewedTimeProvider(_time, () => wall);
        await using var me = new RunningElector(_server, Options with { TimeProvider = clock });
        var term = await me.LeadsAsync();
        await using var other = new RunningElector(_server, Options with { Identity = "other", TimeProvider = clock });
        for (var i = 0; i < 30; i++)
        {
            // While it jumps, a renewal writes what it says; standing still it writes the same again and again.
            wall = wall.AddSeconds(jumpInSeconds);
            await WaitOutAsync(TimeSpan.FromSeconds(1), timers: 3);
            term.IsHeld.ShouldBeTrue();
            other.Terms.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Each_change_of_the_record_starts_the_wait_anew_and_one_of_the_metadata_does_not()
    {
        _server.Set(LeaseOf("other", "2026-01-01T00:00:00.000000Z", seconds: 15));
        await using var me = new RunningElector(_server, Options);
        await WaitOutAsync(TimeSpan.FromSeconds(10));
        _server.Edit(static lease => lease["spec"]!["renewTime"] = "2026-01-01T00:00:01.000000Z");
        await WaitOutAsync(TimeSpan.FromSeconds(10));
        me.Terms.ShouldBeEmpty();
        _server.Edit(static lease => lease["metadata"]!["labels"] = new System.Text.Json.Nodes.JsonObject { ["a"] = "b" });
        await WaitOutAsync(TimeSpan.FromSeconds(8));
        await me.LeadsAsync();
    }

    [Fact]
    public async Task A_lease_that_somebody_deleted_is_not_made_anew_while_its_holder_may_still_work()
    {
        _server.Set(LeaseOf("other", "2026-01-01T00:00:00.000000Z", seconds: 15));
        await using var me = new RunningElector(_server, Options);
        await WaitOutAsync(TimeSpan.FromSeconds(4));
        _server.Set(null);
        await WaitOutAsync(TimeSpan.FromSeconds(10.9));
        me.Terms.ShouldBeEmpty();
        _server.Lease.ShouldBeNull();
        await WaitOutAsync(TimeSpan.FromSeconds(3));
        await me.LeadsAsync();
    }

    [Fact]
    public async Task Of_two_that_write_at_once_the_one_with_the_stale_version_loses()
    {
        _server.Set(LeaseOf(string.Empty, "2026-01-01T00:00:00.000000Z", seconds: 1));
        var bothRead = new TaskCompletionSource();
        var reads = 0;
        _server.After = (call, _) =>
        {
            if (call == "get" && Interlocked.Increment(ref reads) == 2)
            {
                bothRead.SetResult();
            }

            return call == "get" ? bothRead.Task : Task.CompletedTask;
        };
        await using var one = new RunningElector(_server, Options with { Identity = "one" });
        await using var two = new RunningElector(_server, Options with { Identity = "two" });
        await Waiting.UntilAsync(() => one.Terms.Count + two.Terms.Count == 1 && _server.Calls.Count == 4);
        await WaitOutAsync(TimeSpan.FromSeconds(8), timers: 3);
        (one.Terms.Count + two.Terms.Count).ShouldBe(1);
        _server.Holder.ShouldBe(one.Terms.IsEmpty ? "two" : "one");
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(0.5, 3.2)]
    [InlineData(0.9999, 4.3998)]
    public async Task Those_who_wait_ask_at_random_intervals(double random, double seconds)
    {
        _server.Set(LeaseOf("other", "2026-01-01T00:00:00.000000Z", seconds: 60));
        await using var me = new RunningElector(_server, Options with { Random = () => random });
        await WaitOutAsync(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
        _server.Calls.ShouldBe(["get"]);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await Waiting.UntilAsync(() => _server.Calls.Count == 2);
    }

    [Fact]
    public async Task Who_waits_is_told_once_who_leads()
    {
        _server.Set(LeaseOf("other", "2026-01-01T00:00:00.000000Z", seconds: 60));
        await using var me = new RunningElector(_server, Options);
        await WaitOutAsync(TimeSpan.FromSeconds(20));
        me.Elector.Holder.ShouldBe("other");
        me.Elector.IsHealthy.ShouldBeTrue();
        me.Notices.Count(static notice => notice.Kind == LeaderElectionNoticeKind.OtherLeads).ShouldBe(1);
        _server.Edit(static lease => lease["spec"]!["holderIdentity"] = "third");
        await WaitOutAsync(TimeSpan.FromSeconds(4));
        me.Notices.Last().Message.ShouldBe("lease ns/l: third leads");
    }

    [Fact]
    public async Task A_server_that_cannot_be_asked_is_asked_again()
    {
        _server.Before = static (_, _) => throw new ApiException(System.Net.HttpStatusCode.Forbidden, "Forbidden", "no");
        await using var me = new RunningElector(_server, Options);
        await WaitOutAsync(TimeSpan.FromSeconds(10));
        me.Notices.Count.ShouldBeGreaterThan(3);
        me.Notices.ShouldAllBe(static notice => notice.Kind == LeaderElectionNoticeKind.AttemptFailed && notice.Message == "lease ns/l: no");
        _server.Before = null;
        await WaitOutAsync(TimeSpan.FromSeconds(2));
        await me.LeadsAsync();
    }

    private static string LeaseOf(string holder, string renewTime, int seconds) =>
        $$$"""{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"l","namespace":"ns"},"spec":{"holderIdentity":"{{{holder}}}","leaseDurationSeconds":{{{seconds}}},"acquireTime":"{{{renewTime}}}","renewTime":"{{{renewTime}}}","leaseTransitions":7}}""";

    /// <summary>Moves on in small steps, each after the contenders have settled.</summary>
    private async Task WaitOutAsync(TimeSpan by, int timers = 1)
    {
        var step = TimeSpan.FromMilliseconds(500);
        for (var left = by; left > TimeSpan.Zero; left -= step)
        {
            await Waiting.UntilAsync(() => _time.PendingTimers >= timers);
            _time.Advance(left < step ? left : step);
        }

        await Waiting.UntilAsync(() => _time.PendingTimers >= timers);
    }
}

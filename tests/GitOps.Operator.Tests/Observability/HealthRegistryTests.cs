using GitOps.Operator.Observability;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Observability;

public sealed class HealthRegistryTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly ManualTimeProvider _time = new();
    private readonly HealthRegistry _health;

    public HealthRegistryTests() => _health = new HealthRegistry(_time);

    [Fact]
    public void A_loop_that_waits_for_work_is_alive_for_ever()
    {
        var loop = _health.AddLoop("worker 1", Limit);
        loop.Beat();
        loop.Wait();
        _time.Advance(TimeSpan.FromDays(1));
        _health.LivenessProblems().ShouldBeEmpty();
    }

    [Fact]
    public void A_loop_that_is_silent_at_its_work_is_stuck_until_it_gives_a_sign()
    {
        var loop = _health.AddLoop("worker 1", Limit);
        loop.Beat();
        _time.Advance(Limit);
        _health.LivenessProblems().ShouldBeEmpty();
        _time.Advance(TimeSpan.FromSeconds(1));
        _health.LivenessProblems().ShouldBe(["worker 1: no sign of life for 301 s"]);
        _health.ReadinessProblems().ShouldBe(["worker 1: no sign of life for 301 s"]);
        loop.Beat();
        _health.LivenessProblems().ShouldBeEmpty();
    }

    [Fact]
    public void A_loop_that_ended_by_itself_is_a_problem_and_one_that_was_stopped_is_none()
    {
        var failed = _health.AddLoop("watcher", Limit);
        failed.Failed(new InvalidOperationException("details stay in the log"));
        using (var stopped = _health.AddLoop("poller", Limit))
        {
            stopped.Beat();
        }

        _time.Advance(TimeSpan.FromHours(1));
        _health.LivenessProblems().ShouldBe(["watcher: ended with InvalidOperationException"]);
    }

    [Fact]
    public void A_probe_is_asked_each_time()
    {
        string? problem = null;
        _health.AddProbe("queue", () => problem);
        _health.LivenessProblems().ShouldBeEmpty();
        problem = "the oldest key waits for 900 s";
        _health.LivenessProblems().ShouldBe(["queue: the oldest key waits for 900 s"]);
    }

    [Fact]
    public void Ready_is_what_is_alive_and_has_every_gate_open()
    {
        var applications = _health.AddGate("watch of applications");
        var namespaces = _health.AddGate("watch of namespaces");
        _health.ReadinessProblems().ShouldBe(["watch of applications: not yet", "watch of namespaces: not yet"]);
        _health.LivenessProblems().ShouldBeEmpty();
        applications.Open();
        _health.ReadinessProblems().ShouldBe(["watch of namespaces: not yet"]);
        namespaces.Open();
        _health.ReadinessProblems().ShouldBeEmpty();
    }
}

using GitOps.Operator.Observability;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Observability;

public sealed class TelemetryDeliveryTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<string> _told = [];
    private readonly TelemetryDelivery _delivery;

    public TelemetryDeliveryTests() => _delivery = new(_time);

    [Fact]
    public void The_first_failure_and_the_recovery_are_told_and_the_rest_is_counted()
    {
        Listen();
        Report(null, "down", "down", "other", null, null);

        _told.ShouldBe(["traces: down", "traces: again"]);
        _delivery.Counts.ShouldBe([("metrics", "sent", 0), ("metrics", "failed", 0), ("traces", "sent", 3), ("traces", "failed", 3), ("logs", "sent", 0), ("logs", "failed", 0)]);
    }

    [Fact]
    public void A_collector_that_comes_and_goes_is_told_of_once_a_minute()
    {
        Listen();
        for (var second = 0; second < 61; second += 2)
        {
            Report("down");
            _time.Advance(TimeSpan.FromSeconds(1));
            Report([null]);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        _told.ShouldBe(["traces: down", "traces: again", "traces: down", "traces: again"]);
    }

    [Fact]
    public void What_failed_before_anybody_listened_is_told_then()
    {
        Report("down");
        Listen();

        _told.ShouldBe(["traces: down"]);
    }

    private void Listen() => _delivery.Tell((signal, problem) => _told.Add($"{signal}: {problem ?? "again"}"));

    private void Report(params string?[] problems) => Array.ForEach(problems, problem => _delivery.Report("traces", problem));
}

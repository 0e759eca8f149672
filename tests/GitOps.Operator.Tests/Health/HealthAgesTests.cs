using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Reports;

namespace GitOps.Operator.Tests.Health;

public sealed class HealthAgesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly ObjectKey Web = new("apps", "Deployment", "team-a", "web");
    private static readonly HealthStatus Slow = new(HealthCode.Progressing, "1 of 2");

    [Theory]
    [InlineData("Progressing")]
    [InlineData("Degraded")]
    [InlineData("Suspended")]
    [InlineData("Unknown")]
    public void The_time_stays_while_the_code_does_whatever_the_message(string name)
    {
        var code = Enum.Parse<HealthCode>(name);
        var first = Ages(Noon.AddMilliseconds(1500)).Of(Web, new(code, "a"), counts: true).Row;
        var same = Ages(Noon.AddMinutes(5), Row(first)).Of(Web, new(code, "b"), counts: true).Row;

        first.Since.ShouldBe(Noon.AddSeconds(1));
        (same.Since, same.Message).ShouldBe((first.Since, "b"));
        Ages(Noon.AddMinutes(5), Row(first) with { Name = "other" }).Of(Web, new(code), counts: true).Row.Since.ShouldBe(Noon.AddMinutes(5));
    }

    [Fact]
    public void Another_code_begins_anew_and_healthy_has_no_age()
    {
        var first = Ages(Noon).Of(Web, Slow, counts: true).Row;

        Ages(Noon.AddMinutes(5), Row(first)).Of(Web, new(HealthCode.Degraded), counts: true).Row.Since.ShouldBe(Noon.AddMinutes(5));
        Ages(Noon.AddMinutes(5), Row(first)).Of(Web, new(HealthCode.Healthy), counts: true).Row.ShouldBe(new() { Status = HealthCode.Healthy });
    }

    [Fact]
    public void A_row_of_a_former_version_without_a_time_begins_now() =>
        Ages(Noon, Row(new() { Status = HealthCode.Progressing })).Of(Web, Slow, counts: true).Row.Since.ShouldBe(Noon);

    [Fact]
    public void Progressing_is_late_from_its_deadline_on()
    {
        var first = Ages(Noon).Of(Web, Slow, counts: true).Row;
        first.ShouldBe(new() { Status = HealthCode.Progressing, Message = "1 of 2", Since = Noon, Deadline = "15m" });

        var before = Ages(Noon.AddMinutes(15).AddMilliseconds(-1), Row(first));
        before.Of(Web, Slow, counts: true).Late.ShouldBeNull();
        before.NextDue.ShouldBe(Noon.AddMinutes(15));

        var after = Ages(Noon.AddMinutes(15), Row(first));
        var (row, late) = after.Of(Web, Slow, counts: true);
        row.ShouldBe(first with { Overdue = true });
        late.ShouldBe("Progressing since 2026-01-01 12:00:00 UTC, longer than its deadline of 15m (spec.deadlines.wave)");
        after.NextDue.ShouldBeNull();
        Ages(Noon.AddHours(3), Row(row)).Of(Web, Slow, counts: true).ShouldBe((row, late), "the same facts give the same text");
    }

    [Fact]
    public void A_deadline_of_its_own_counts_from_its_last_progress()
    {
        var health = Slow with { Deadline = new(TimeSpan.FromMinutes(10), "spec.progressDeadlineSeconds", Noon.AddMinutes(8)) };
        var first = Row(Ages(Noon).Of(Web, health, counts: true).Row);

        var moving = Ages(Noon.AddMinutes(17), first);
        moving.Of(Web, health, counts: true).Late.ShouldBeNull();
        moving.NextDue.ShouldBe(Noon.AddMinutes(18));
        Ages(Noon.AddMinutes(18), first).Of(Web, health, counts: true).Late
            .ShouldBe("Progressing since 2026-01-01 12:00:00 UTC, longer than its deadline of 10m (spec.progressDeadlineSeconds)");

        var stale = health with { Deadline = health.Deadline! with { ProgressedAt = Noon.AddDays(-1) } };
        Ages(Noon.AddMinutes(9), first).Of(Web, stale, counts: true).Late.ShouldBeNull("progress of a former rollout does not count");
    }

    [Fact]
    public void The_next_is_the_first_of_all()
    {
        var ages = Ages(Noon);
        ages.Of(Web, Slow, counts: true);
        ages.Of(Web with { Name = "fast" }, Slow with { Deadline = new(TimeSpan.FromMinutes(1), "x", null) }, counts: true);
        ages.Of(Web with { Name = "slow" }, Slow with { Deadline = new(TimeSpan.FromHours(1), "x", null) }, counts: true);
        ages.NextDue.ShouldBe(Noon.AddMinutes(1));
    }

    [Fact]
    public void A_deadline_that_never_ends_is_never_late()
    {
        var ages = Ages(Noon);
        ages.Of(Web, Slow with { Deadline = new(TimeSpan.MaxValue, "x", null) }, counts: true).Late.ShouldBeNull();
        ages.NextDue.ShouldBeNull();
    }

    [Fact]
    public void What_nobody_waits_for_is_never_late()
    {
        var first = Ages(Noon).Of(Web, Slow, counts: false).Row;
        first.Deadline.ShouldBeNull();
        var ages = Ages(Noon.AddDays(1), Row(first));
        ages.Of(Web, Slow, counts: false).ShouldBe((first, null));
        ages.Of(Web, new(HealthCode.Degraded), counts: true).Late.ShouldBeNull();
        ages.NextDue.ShouldBeNull();
    }

    [Fact]
    public void A_change_is_told_once_with_its_cause()
    {
        var slow = Status(HealthCode.Progressing, "apps/Deployment team-a/web: 1 of 2");
        var bad = Status(HealthCode.Degraded, "apps/Deployment team-a/web: too slow");

        HealthNews.Between(slow, bad).ShouldBe(
            [new(true, "HealthChanged", "Updated health status: Progressing -> Degraded (Caused by apps/Deployment team-a/web: too slow)")]);
        HealthNews.Between(bad, Status(HealthCode.Healthy, null)).ShouldBe([new(false, "HealthChanged", "Updated health status: Degraded -> Healthy")]);
        HealthNews.Between(bad, bad with { Health = bad.Health! with { Message = "another cause" } }).ShouldBeEmpty();
        HealthNews.Between(ApplicationStatus.Empty, bad).ShouldBeEmpty();
    }

    [Fact]
    public void What_is_late_is_told_once()
    {
        var late = Row(new() { Status = HealthCode.Progressing, Message = "1 of 2", Deadline = "10m", Overdue = true });
        var before = ApplicationStatus.Empty with { Resources = [late with { Health = late.Health! with { Overdue = null } }] };
        var after = before with { Resources = [late] };

        HealthNews.Between(before, after).ShouldBe(
            [new(true, "ProgressingTooLong", "apps/Deployment team-a/web is Progressing for longer than its deadline of 10m: 1 of 2")]);
        HealthNews.Between(after, after).ShouldBeEmpty();
        HealthNews.Between(after, before).ShouldBeEmpty();
        var many = before with { Resources = [.. Enumerable.Range(0, 5).Select(i => late with { Name = $"web-{4 - i}" })] };
        HealthNews.Between(before, many).Single().Note.ShouldStartWith("apps/Deployment team-a/web-0 is");
        HealthNews.Between(before, many).Single().Note.ShouldEndWith("web-2 is Progressing for longer than its deadline of 10m: 1 of 2 and 2 more");
    }

    private static HealthAges Ages(DateTimeOffset now, params ResourceRow[] before) => new(before, TimeSpan.FromMinutes(15), now);

    private static ResourceRow Row(ResourceHealth health) => new() { Group = Web.Group, Kind = Web.Kind, Namespace = Web.Namespace, Name = Web.Name, Health = health };

    private static ApplicationStatus Status(HealthCode code, string? message) => ApplicationStatus.Empty with { Health = new() { Status = code, Message = message } };
}

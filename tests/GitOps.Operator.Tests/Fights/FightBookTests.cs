using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Fights;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Fights;

public sealed class FightBookTests
{
    private static readonly ObjectKey Web = new("apps", "Deployment", "team-a", "web");
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ManualTimeProvider _time = new(Start);
    private readonly FightBook _book = new();

    [Fact]
    public void Heals_of_one_field_are_0_2_6_18_54_162_300_seconds_apart()
    {
        _book.NotBefore(Web, Row("spec.replicas")).ShouldBeNull();
        var pauses = new List<double>();
        for (var i = 0; i < 8; i++)
        {
            var raised = Heal(Row("spec.replicas"));
            raised.Length.ShouldBe(i == 4 ? 1 : 0);
            _book.Contested.Length.ShouldBe(i >= 4 ? 1 : 0);
            pauses.Add(Pause(Row("spec.replicas")));
            _time.Advance(TimeSpan.FromSeconds(pauses[^1]));
        }

        pauses.ShouldBe([2, 6, 18, 54, 162, 300, 300, 300]);
    }

    [Fact]
    public void Edits_of_different_fields_are_no_fight()
    {
        for (var i = 0; i < 20; i++)
        {
            var row = Row($"data.key-{i}");
            _book.NotBefore(Web, row).ShouldBeNull($"edit {i} is healed at once");
            Heal(row).ShouldBeEmpty();
        }

        _book.Contested.ShouldBeEmpty();
    }

    [Fact]
    public void The_field_that_is_fought_over_holds_back_what_drifts_with_it()
    {
        Heal(Row("a"));
        Heal(Row("a"));

        Pause(Row("a", "b")).ShouldBe(6);
        _book.NotBefore(Web, Row("b")).ShouldBeNull();
        _book.NotBefore(Web with { Name = "other" }, Row("a")).ShouldBeNull();
    }

    /// <summary>Minutes between heals; how many; whether it is contested in the end.</summary>
    [Theory]
    [InlineData(1, 4, false)]
    [InlineData(1, 5, true)]
    [InlineData(7.4, 5, true)]
    [InlineData(7.6, 5, false)]
    [InlineData(20, 12, false)]
    public void Five_heals_within_half_an_hour_make_a_field_contested(double minutes, int heals, bool contested)
    {
        for (var i = 0; i < heals; i++)
        {
            Heal(Row("a"));
            _time.Advance(TimeSpan.FromMinutes(minutes));
        }

        _book.Contested.Length.ShouldBe(contested ? 1 : 0);
    }

    [Theory]
    [InlineData(29.9, 6, true)]
    [InlineData(30, 1, false)]
    public void Half_an_hour_without_a_heal_ends_a_fight(double minutes, int heals, bool contested)
    {
        for (var i = 0; i < 5; i++)
        {
            Heal(Row("a"));
        }

        _time.Advance(TimeSpan.FromMinutes(minutes));
        var next = _book.EndOld(_time.GetUtcNow());
        next.ShouldBe(contested ? Start.AddMinutes(30) : null);
        Heal(Row("a"));

        _book.Contested.Length.ShouldBe(contested ? 1 : 0);
        if (contested)
        {
            _book.Contested[0].Heals.ShouldBe(heals);
        }
    }

    [Fact]
    public void It_is_said_who_fights_over_what_how_often_and_since_when()
    {
        foreach (var manager in new[] { "vi", "kubectl-edit", "vi", "", "vi" })
        {
            Heal(Row([("data.color", manager)]));
        }

        var row = _book.Contested.ShouldHaveSingleItem();
        row.Managers.ShouldBe(["kubectl-edit", "vi"]);
        (row.Heals, row.Since, row.LastHealedAt).ShouldBe((5, Start, Start));
        FightBook.Describe(row).ShouldBe("apps/Deployment team-a/web: data.color, set by kubectl-edit, vi, was set right 5 times since 2026-01-01 00:00:00 UTC");
    }

    [Fact]
    public void Who_is_not_recorded_is_not_guessed()
    {
        for (var i = 0; i < 5; i++)
        {
            Heal(Row([("data.color", "")]));
            Heal(new() { Kind = "Deployment", Name = "web", Change = DriftChange.Deleted });
            Heal(row: null);
        }

        _book.Contested.Select(FightBook.Describe).ShouldBe([
            "apps/Deployment team-a/web, deleted or made anew again and again, was set right 5 times since 2026-01-01 00:00:00 UTC",
            "apps/Deployment team-a/web: the ownership of fields was set right 5 times since 2026-01-01 00:00:00 UTC",
            "apps/Deployment team-a/web: data.color, changed by somebody whom the server does not record, was set right 5 times since 2026-01-01 00:00:00 UTC",
        ]);
    }

    [Fact]
    public void A_fight_goes_on_after_a_restart()
    {
        for (var i = 0; i < 6; i++)
        {
            Heal(Row([("a", "vi")]));
        }

        var stored = new ApplicationStatus { Contested = _book.Contested }.ToJson();
        var next = new FightBook();
        next.IsRestored.ShouldBeFalse();
        next.Restore(ApplicationStatus.Parse(stored).Contested);

        next.IsRestored.ShouldBeTrue();
        next.Contested.ShouldHaveSingleItem().Managers.ShouldBe(["vi"]);
        next.Contested[0].ShouldBe(_book.Contested[0] with { Managers = next.Contested[0].Managers });
        next.NotBefore(Web, Row("a")).ShouldBe(_book.NotBefore(Web, Row("a")));
        next.Healed(Web, Row("a"), _time.GetUtcNow()).ShouldBeEmpty("it is said once");
        next.Contested[0].Heals.ShouldBe(7);
    }

    [Fact]
    public void Attempts_that_fail_wait_longer_and_longer_and_are_no_fight()
    {
        var pauses = new List<double>();
        for (var i = 0; i < 7; i++)
        {
            pauses.Add((_book.Failed(Web, Row("a"), Start) - Start).TotalSeconds);
        }

        pauses.ShouldBe([2, 6, 18, 54, 162, 300, 300]);
        _book.Contested.ShouldBeEmpty();
        Heal(Row("a"));
        Pause(Row("a")).ShouldBe(2);
    }

    [Fact]
    public void Failures_of_a_fight_wait_longer_still()
    {
        Heal(Row("a"));
        Heal(Row("a"));

        (_book.Failed(Web, Row("a"), Start) - Start).TotalSeconds.ShouldBe(18);
    }

    [Fact]
    public void Names_of_managers_are_bounded()
    {
        for (var i = 0; i < 20; i++)
        {
            Heal(Row([("a", $"manager-{i}")]));
        }

        _book.Contested.ShouldHaveSingleItem().Managers.Length.ShouldBe(Fight.MaxManagers);
    }

    [Fact]
    public void What_is_pruned_is_forgotten()
    {
        for (var i = 0; i < 5; i++)
        {
            Heal(Row("a"));
        }

        _book.Remove(Web);

        _book.Contested.ShouldBeEmpty();
        _book.NotBefore(Web, Row("a")).ShouldBeNull();
    }

    private static DriftRow Row(params string[] paths) => Row([.. paths.Select(static path => (path, "vi"))]);

    private static DriftRow Row((string Path, string Manager)[] fields) => new()
    {
        Group = "apps",
        Kind = "Deployment",
        Namespace = "team-a",
        Name = "web",
        Change = DriftChange.Modified,
        Fields = [.. fields.Select(static field => new FieldRow { Path = field.Path, Change = FieldChange.Changed, Manager = field.Manager.Length == 0 ? null : field.Manager })],
    };

    private System.Collections.Immutable.ImmutableArray<ContestedRow> Heal(DriftRow? row) => _book.Healed(Web, row, _time.GetUtcNow());

    private double Pause(DriftRow row) => (_book.NotBefore(Web, row)!.Value - _time.GetUtcNow()).TotalSeconds;
}

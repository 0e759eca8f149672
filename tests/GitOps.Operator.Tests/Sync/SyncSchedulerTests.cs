using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;
using GitOps.Operator.Sync;

namespace GitOps.Operator.Tests.Sync;

public sealed class SyncSchedulerTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    /// <summary>
    /// A set of <c>Kind name[@namespace] wave</c>, <c>hook Kind name phase wave</c> and <c>-Kind name wave</c> (to be pruned); the
    /// schedule as <c>Phase/wave: names</c>.
    /// </summary>
    public static TheoryData<string, string> Schedules => new()
    {
        { "ConfigMap a 0; Deployment b 0", "Sync/0: a b" },
        { "Deployment a 0; Service b 0; ConfigMap c 0; Namespace n 0", "Sync/0: n c b a" },
        { "ConfigMap a 1; ConfigMap b -1; ConfigMap c 0", "Sync/-1: b; Sync/0: c; Sync/1: a" },
        { "ConfigMap a 0; hook Job j PreSync 0; hook Job k PostSync 0", "PreSync/0: j; Sync/0: a; PostSync/0: k" },
        { "ConfigMap a 0; hook Job j Sync 0; hook Job k Sync -1", "Sync/-1: k; Sync/0: a j" },
        { "ConfigMap a 0; hook Job j PreSync 5; hook Job k PreSync -5", "PreSync/-5: k; PreSync/5: j; Sync/0: a" },
        { "ConfigMap a 0; hook Job j SyncFail 0; hook Job k PreDelete 0; hook Job l PostDelete 0", "Sync/0: a" },

        // What something lives in, or is defined by, comes with it.
        { "Namespace n 0; hook Job j@n PreSync 0", "PreSync/0: n j" },
        { "Namespace n 3; ConfigMap a@n -1; ConfigMap b@n 2", "Sync/-1: n a; Sync/2: b" },
        { "Namespace n 3; ConfigMap b@n 2; ConfigMap a@n -1", "Sync/-1: n a; Sync/2: b" },
        { "hook Namespace n Sync 3; ConfigMap a@n -1", "Sync/-1: a; Sync/3: n" },
        { "Namespace n -3; ConfigMap a@n 1", "Sync/-3: n; Sync/1: a" },
        { "Namespace n 3; ConfigMap a@other -1", "Sync/-1: a; Sync/3: n" },
        { "CustomResourceDefinition widgets 2; Widget w -1", "Sync/-1: widgets w" },
        { "CustomResourceDefinition widgets 2; ConfigMap w -1", "Sync/-1: w; Sync/2: widgets" },

        // What is pruned goes in reverse, after what is applied in the same wave.
        { "ConfigMap a 0; -ConfigMap x 0", "Sync/0: a -x" },
        { "ConfigMap a 0; -ConfigMap x 0; -ConfigMap y 5", "Sync/0: a -y; Sync/5: -x" },
        { "-ConfigMap x -1; -ConfigMap y 2; -ConfigMap z 7", "Sync/-1: -z; Sync/2: -y; Sync/7: -x" },
        { "ConfigMap a 0; ConfigMap b 4; -ConfigMap last 0; -ConfigMap y 2", "Sync/0: a; Sync/2: -y; Sync/4: b; Sync/5: -last" },
        { "-ConfigMap last 0", "Sync/1: -last" },
        { "-ConfigMap y 2; -ConfigMap last 0", "Sync/2: -y; Sync/3: -last" },
        { "ConfigMap a 0; hook Job j PostSync 9; -ConfigMap last 0", "Sync/0: a; Sync/1: -last; PostSync/9: j" },

        // What went ahead of what needs it goes after it.
        { "-Namespace n 0; -ConfigMap x@n -1", "Sync/0: -n -x" },
        { "-Namespace n 0; -ConfigMap x@n 3; -ConfigMap y@n -1", "Sync/-1: -x; Sync/3: -n -y" },
        { "-Namespace n 0; -ConfigMap x@other -1", "Sync/-1: -n; Sync/0: -x" },
        { "-CustomResourceDefinition widgets.example.com 0; -Widget w -1", "Sync/0: -widgets.example.com -w" },
        { "-ConfigMap x.example.com 0; -Widget w -1", "Sync/-1: -x.example.com; Sync/0: -w" },
        { "-CustomResourceDefinition widgets.example.org 0; -Widget w -1", "Sync/-1: -widgets.example.org; Sync/0: -w" },
    };

    [Theory]
    [MemberData(nameof(Schedules))]
    public void Tasks_come_in_order(string objects, string expected) =>
        Text(SyncScheduler.Build(Input(objects))).ShouldBe(expected);

    [Fact]
    public void Nothing_is_pruned_that_may_not_be() =>
        Text(SyncScheduler.Build(Input("ConfigMap a 0; -ConfigMap x 0") with { Prunes = false })).ShouldBe("Sync/0: a");

    [Fact]
    public void What_went_already_does_not_move_what_is_left()
    {
        var left = Input("ConfigMap a 0; -ConfigMap x 0") with { PruneWaves = new Dictionary<ObjectKey, int> { [Key("ConfigMap", "x")] = 5 } };
        Text(SyncScheduler.Build(left)).ShouldBe("Sync/0: a; Sync/5: -x");
    }

    [Fact]
    public void The_hooks_of_a_failure_stand_apart()
    {
        var schedule = SyncScheduler.Build(Input("ConfigMap a 0; hook Job late SyncFail 1; hook Job early SyncFail 0; hook Job both PostSync,SyncFail 0"));
        Text(schedule with { Batches = schedule.OnFailure }).ShouldBe("SyncFail/0: both early; SyncFail/1: late");
    }

    [Theory]
    [InlineData("ConfigMap a 0; Deployment b 0; -ConfigMap x 0", false)]
    [InlineData("ConfigMap a 0; ConfigMap b 1", true)]
    [InlineData("ConfigMap a 0; hook Job j Sync 0", true)]
    [InlineData("ConfigMap a 0; hook Job j SyncFail 0", false)]
    public void A_sync_of_one_step_does_not_wait_for_health(string objects, bool hasSteps) =>
        SyncScheduler.Build(Input(objects)).HasSteps.ShouldBe(hasSteps);

    [Fact]
    public void A_generated_name_is_the_same_after_a_restart()
    {
        var hook = Hook("Job", string.Empty, "PreSync", 0) with { GenerateName = "Migrate-" };
        hook.KeyIn(SyncPhase.PreSync, "0123456789", Start).Name.ShouldBe("migrate-0123456-presync-1700000000");
        hook.KeyIn(SyncPhase.PostSync, "0123456789", Start).Name.ShouldBe("migrate-0123456-postsync-1700000000");
        hook.KeyIn(SyncPhase.PreSync, "0123456789", Start.AddSeconds(1)).Name.ShouldBe("migrate-0123456-presync-1700000001");
    }

    private static string Text(SyncSchedule schedule) => string.Join("; ", schedule.Batches.Select(static batch =>
        $"{batch.Phase}/{batch.Wave}: {string.Join(' ', batch.Tasks.Select(static task => (task.Kind == TaskKind.Prune ? "-" : string.Empty) + task.Key.Name))}"));

    private static ScheduleInput Input(string text)
    {
        var changes = ImmutableArray.CreateBuilder<PlannedChange>();
        var hooks = ImmutableArray.CreateBuilder<HookObject>();
        foreach (var words in text.Split(';', StringSplitOptions.TrimEntries).Select(static item => item.Split(' ')))
        {
            if (words[0] == "hook")
            {
                hooks.Add(Hook(words[1], words[2], words[3], Number(words[4])));
            }
            else if (words[0][0] == '-')
            {
                var key = Key(words[0][1..], words[1]);
                changes.Add(new(PlannedAction.Prune, key, null, new(key, "v1", "u", "h", null) { Wave = Number(words[2]) }, string.Empty));
            }
            else
            {
                var key = Key(words[0], words[1]);
                var json = words[0] == "CustomResourceDefinition" ? """{"spec":{"group":"example.com","names":{"kind":"Widget"}}}""" : "{}";
                changes.Add(new(
                    PlannedAction.Create, key, new(key, new(key.Group, "v1", key.Kind), System.Text.Encoding.UTF8.GetBytes(json), "h", "a.yaml") { Wave = Number(words[2]) },
                    null, string.Empty));
            }
        }

        return new(new(changes.ToImmutable()), hooks.ToImmutable(), "0123456789", Start, Prunes: true, static change => change.Key.Name == "last");
    }

    private static HookObject Hook(string kind, string name, string phases, int wave) => new(
        Key(kind, name), new("batch", "v1", kind), [], null,
        new(wave, [.. phases.Split(',').Select(Enum.Parse<SyncPhase>)], HookDeletion.BeforeHookCreation, IsLeftOut: false), "a.yaml");

    private static ObjectKey Key(string kind, string name)
    {
        var parts = name.Split('@');
        var group = kind switch
        {
            "Deployment" => "apps",
            "Job" => "batch",
            "Widget" => "example.com",
            "CustomResourceDefinition" => "apiextensions.k8s.io",
            _ => string.Empty,
        };
        return new(group, kind, kind is "Namespace" or "CustomResourceDefinition" ? string.Empty : parts.ElementAtOrDefault(1) ?? "home", parts[0]);
    }

    private static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}

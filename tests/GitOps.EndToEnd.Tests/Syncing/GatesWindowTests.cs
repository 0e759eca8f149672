using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Drift;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Operator.Api;
using Microsoft.Extensions.DependencyInjection;

namespace GitOps.EndToEnd.Tests.Syncing;

/// <summary><c>syncWindows</c>, by a clock that jumps.</summary>
public sealed class GatesWindowTests(Cluster cluster)
{
    [Fact]
    public async Task Syncs_and_heals_wait_for_the_window_and_begin_when_it_opens()
    {
        await using var time = new JumpingTime();
        await using var space = await TestSpace.CreateAsync(cluster, "window");
        var repository = space.NewRepository();
        var head = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        var opens = NextHour(time.GetUtcNow()).AddHours(6);
        var application = await space.CreateApplicationAsync("web", repository, change: Window("allow", opens));
        await space.StartOperatorAsync(configure: services => services.AddSingleton<TimeProvider>(time));

        var closed = await space.UntilConditionAsync(application, Conditions.SyncWindowClosed, "True", "NoAllowWindowOpen");
        closed.Message.ShouldContain(string.Create(CultureInfo.InvariantCulture, $"until {opens:yyyy-MM-dd HH:mm} UTC"));
        (await space.UntilConditionAsync(application, Conditions.Ready, "False", "NoAllowWindowOpen")).Message.ShouldBe(closed.Message);
        (await space.HasAsync("a")).ShouldBeFalse();

        time.Jump(opens - time.GetUtcNow());
        await space.UntilSyncedAsync(application, head);
        (await space.FindApplicationAsync(application))!.Status.Condition(Conditions.SyncWindowClosed).ShouldBeNull();

        // It closes: drift is seen, and said to wait.
        time.Jump(TimeSpan.FromHours(2));
        await space.UntilConditionAsync(application, Conditions.SyncWindowClosed, "True");
        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "a", """{"data": {"key": "by-hand"}}""");
        await space.UntilConditionAsync(application, Conditions.Drifted, "True");
        await space.UntilConditionAsync(application, Conditions.HealBlocked, "True", "NoAllowWindowOpen");
        (await space.HasAsync("a", "by-hand")).ShouldBeTrue();

        await cluster.MergeAsync(Kinds.Application, application.Namespace, application.Name, """{"spec": {"syncWindows": null}}""");
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "a", "is healed", static found => found.At("data", "key")?.GetValue<string>() == "one");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_sync_under_way_is_held_at_its_next_step_unless_it_may_overrun(bool overruns)
    {
        await using var time = new JumpingTime();
        await using var space = await TestSpace.CreateAsync(cluster, "overrun");
        var repository = space.NewRepository();
        var head = repository.Commit(
            ("db.yaml", Workloads.Deployment("db", Workloads.Argo("sync-wave=-1"))), ("z.yaml", Manifests.ConfigMap("z", "one")));
        var closes = NextHour(time.GetUtcNow()).AddHours(6);
        var application = await space.CreateApplicationAsync("web", repository, change: json =>
        {
            Window("deny", closes, overruns)(json);
            json["spec"]!["deadlines"] = new JsonObject { ["wave"] = "100h", ["operation"] = "100h" };
        });
        await space.StartOperatorAsync(configure: services => services.AddSingleton<TimeProvider>(time));
        await space.UntilAsync(application, "waits for its first wave", static found =>
            found.Status.OperationState is { Phase: OperationPhase.Running, Progress.Wave: -1 });

        // A request that is under way would run out of time with the jump.
        await space.UntilAsync(application, "has applied it", static found =>
            found.Status.Resources.Any(static row => row is { Name: "db", Status: SyncCode.Synced }));

        time.Jump(closes - time.GetUtcNow());
        if (!overruns)
        {
            await space.UntilAsync(application, "is held", static found =>
                found.Status.Condition(Conditions.SyncWindowClosed) is { Status: "True", Reason: "DenyWindowOpen" }
                && found.Status.OperationState is { Phase: OperationPhase.Running, Message: { } message } && message.Contains("deny window", StringComparison.Ordinal));
        }

        await space.RollOutAsync("db");
        if (!overruns)
        {
            await space.UntilAsync(application, "sees the roll-out", static found => found.Status.Health?.Status == GitOps.Operator.Model.HealthCode.Healthy);
            (await space.HasAsync("z")).ShouldBeFalse();
            time.Jump(TimeSpan.FromHours(1));
        }

        await space.UntilSyncedAsync(application, head);
        (await space.HasAsync("z")).ShouldBeTrue();
    }

    private static DateTimeOffset NextHour(DateTimeOffset now) => now.AddTicks(TimeSpan.TicksPerHour - (now.Ticks % TimeSpan.TicksPerHour));

    /// <summary>From an hour of each day on, for an hour.</summary>
    private static Action<JsonObject> Window(string kind, DateTimeOffset from, bool overruns = false) => json =>
        json["spec"]!["syncWindows"] = new JsonArray(new JsonObject
        {
            ["kind"] = kind,
            ["schedule"] = string.Create(CultureInfo.InvariantCulture, $"0 {from.UtcDateTime.Hour} * * *"),
            ["duration"] = "1h",
            ["syncOverrun"] = overruns,
            ["description"] = "quiet hours",
        });
}

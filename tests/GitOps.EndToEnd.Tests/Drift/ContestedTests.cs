using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using Microsoft.Extensions.DependencyInjection;

namespace GitOps.EndToEnd.Tests.Drift;

/// <summary>What is contested is told with who, which field, how often and since when; a restart forgets none of it.</summary>
public sealed class ContestedTests(Cluster cluster)
{
    [Fact]
    public async Task A_contested_field_stays_so_over_a_restart_and_holds_back_no_other_field()
    {
        await using var time = new JumpingTime();
        await using var bed = await DriftBed.StartAsync(
            cluster, DriftManifests.ConfigMap(), configure: services => services.AddSingleton<TimeProvider>(time));
        for (var i = 0; i < 5; i++)
        {
            await EditAsync(bed, "color", $"red-{i}");
            await UntilHealedAsync(bed, time, "color", "blue");
        }

        var contested = (await bed.UntilAsync("is contested", static status => status.Contested.Length == 1)).Status.Contested[0];
        (contested.Name, contested.Path, contested.Heals).ShouldBe(("settings", "data.color", 5));
        contested.Managers.ShouldBe(["vi"]);
        await bed.UntilEventAsync("Contested", "data.color", "vi", "5 times");

        await bed.StopOperatorAsync();
        await bed.Space.StartOperatorAsync(bed.Proxy, services => services.AddSingleton<TimeProvider>(time));
        await EditAsync(bed, "color", "green");
        await EditAsync(bed, "size", "huge");
        var held = await bed.UntilAsync("reports both", static status => status.Drift is [{ Fields.Length: 2 }]);
        held.Status.Condition(Conditions.Contested)!.IsTrue.ShouldBeTrue();
        held.Status.Contested.ShouldHaveSingleItem().Since.ShouldBe(contested.Since);
        held.Status.Drift[0].Fields.Select(static field => (field.Path, field.Desired, field.Live)).ShouldBe(
            [("data.color", "\"blue\"", "\"green\""), ("data.size", "\"large\"", "\"huge\"")]);

        await UntilHealedAsync(bed, time, "color", "blue");
        await bed.UntilAsync("counts on", static status => status.Contested is [{ Heals: 6 }]);

        // Another field of the same object is healed at once, whatever the pause of the contested one.
        await bed.UntilCalmAsync();
        var before = time.GetUtcNow();
        await EditAsync(bed, "size", "tiny");
        await bed.UntilObjectAsync(Kinds.ConfigMap, "settings", "is healed", static live => Value(live, "size") == "large");
        (time.GetUtcNow() - before).ShouldBeLessThan(TimeSpan.FromSeconds(100));
    }

    private static Task<KubernetesObject> EditAsync(DriftBed bed, string key, string value) =>
        bed.Cluster.MergeAsync(Kinds.ConfigMap, bed.Target, "settings", $$"""{"data": {"{{key}}": "{{value}}"} }""", "vi");

    private static Task UntilHealedAsync(DriftBed bed, JumpingTime time, string key, string value) => bed.Space.UntilAsync($"{key} is healed", async () =>
    {
        time.Jump(TimeSpan.FromSeconds(3));
        return Value((await bed.LiveAsync(Kinds.ConfigMap, "settings"))!, key) == value;
    });

    private static string? Value(KubernetesObject live, string key) => live.At("data", key)?.GetValue<string>();
}

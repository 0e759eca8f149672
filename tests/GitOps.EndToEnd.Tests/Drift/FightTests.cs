using System.Collections.Concurrent;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using Microsoft.Extensions.DependencyInjection;

namespace GitOps.EndToEnd.Tests.Drift;

/// <summary>Somebody sets a field again and again: healing goes on, ever slower, and it is said who fights.</summary>
public sealed class FightTests(Cluster cluster)
{
    private static readonly int[] Pauses = [2, 6, 18, 54, 162, 300, 300];

    [Fact]
    public async Task A_fight_is_fought_ever_slower_and_said_to_be_one_from_the_fifth_heal_until_it_is_over()
    {
        await using var time = new JumpingTime();
        await using var bed = await DriftBed.StartAsync(
            cluster, DriftManifests.ConfigMap(), configure: services => services.AddSingleton<TimeProvider>(time));
        var heals = new ConcurrentQueue<DateTimeOffset>();
        bed.Proxy.Arrived = request =>
        {
            if (request is { Name: "settings", IsWrite: true })
            {
                heals.Enqueue(time.GetUtcNow());
            }

            return Task.CompletedTask;
        };

        await EditAsync(bed, 0);
        await UntilAsync(bed, () => heals.Count == 1);
        for (var i = 0; i < Pauses.Length; i++)
        {
            await EditAsync(bed, i + 1);
            var pause = TimeSpan.FromSeconds(Pauses[i]);
            await bed.UntilAsync("reports the next edit", static status => status.DriftCount == 1);
            var condition = (await bed.Space.FindApplicationAsync(bed.Application))!.Status.Condition("Contested");
            (condition?.Status == "True").ShouldBe(heals.Count >= 5, $"after {heals.Count} heals");
            for (var step = 0; heals.Count < i + 2; step++)
            {
                step.ShouldBeLessThan(60, $"heal {i + 2} does not come");
                time.Jump(pause / 20);
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }

            var moments = heals.ToArray();
            (moments[i + 1] - moments[i]).ShouldBeInRange(pause * 0.75, (pause * 1.5) + TimeSpan.FromSeconds(5));
            await bed.UntilObjectAsync(Kinds.ConfigMap, "settings", "is healed", static live => Color(live) == "blue");
        }

        var contested = (await bed.UntilAsync("counts the last heal", static status =>
            status.Condition("Contested") is { Status: "True" } told && told.Message.Contains("8 times", StringComparison.Ordinal))).Status.Condition("Contested")!;
        contested.Message.ShouldContain("settings");
        contested.Message.ShouldContain("vi");

        // Nothing happens any more: after half an hour the fight is over, though nobody asks.
        await bed.UntilCalmAsync();
        time.Jump(TimeSpan.FromMinutes(31));
        await bed.UntilAsync("is not contested any more", static status => status.Condition("Contested") is null);
        await EditAsync(bed, 99);
        await bed.UntilObjectAsync(Kinds.ConfigMap, "settings", "is healed at once", static live => Color(live) == "blue");
    }

    private static async Task EditAsync(DriftBed bed, int round)
    {
        await bed.UntilObjectAsync(Kinds.ConfigMap, "settings", "is healed", static live => Color(live) == "blue");
        await bed.UntilAsync("has no drift", static status => status.DriftCount is null or 0);
        await bed.Cluster.MergeAsync(Kinds.ConfigMap, bed.Target, "settings", $$"""{"data": {"color": "red-{{round}}"} }""", "vi");
    }

    private static Task UntilAsync(DriftBed bed, Func<bool> isSo) => bed.Space.UntilAsync("the operator writes", () => Task.FromResult(isSo()));

    private static string Color(KubernetesObject live) => live.At("data", "color")!.GetValue<string>();
}

using System.Text.Json.Nodes;
using static GitOps.Sandbox.Tests.Controllers.WorkloadCluster;

namespace GitOps.Sandbox.Tests.Controllers;

public sealed class ControllerLoadTests
{
    [Fact]
    public async Task Hundreds_of_deployments_settle()
    {
        var count = int.Parse(Environment.GetEnvironmentVariable("GITOPS_TEST_DEPLOYMENTS") ?? "200", System.Globalization.CultureInfo.InvariantCulture);
        await using var cluster = await WorkloadCluster.StartAsync();
        var started = TimeProvider.System.GetTimestamp();
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (index, _) =>
            (await cluster.Cluster.PostAsync(Deployments, Workload("Deployment", $"web-{index}", "\"replicas\":3"))).Ok());
        await cluster.Cluster.Sandbox.SettleAsync(TestContext.Current.CancellationToken);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{TimeProvider.System.GetElapsedTime(started).TotalSeconds:F1} s, {cluster.Cluster.Sandbox.ResourceVersion} writes");

        (await cluster.ListAsync(Pods)).Count.ShouldBe(3 * count);
        (await cluster.ListAsync(Deployments)).ShouldAllBe(static one => Condition(one, "Progressing") == "True NewReplicaSetAvailable");
    }

    [Fact]
    public async Task Nothing_is_lost_while_others_write_the_same_objects()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        for (var i = 0; i < 10; i++)
        {
            await cluster.Cluster.PostAsync(Deployments, Workload("Deployment", $"web-{i}"));
        }

        // Ten writers scale, roll out and annotate what the controllers are working on.
        await Parallel.ForAsync(0, 10, async (writer, _) =>
        {
            for (var round = 1; round <= 20; round++)
            {
                var path = $"{Deployments}/web-{(writer + round) % 10}";
                (await cluster.Cluster.MergeAsync(path, (round % 3) switch
                {
                    0 => $$$"""{"spec":{"replicas":{{{round % 5}}} } }""",
                    1 => $$$"""{"spec":{"template":{"metadata":{"annotations":{"round":"{{{writer}}}-{{{round}}}"} } } } }""",
                    _ => $$$"""{"metadata":{"annotations":{"round":"{{{round}}}"} } }""",
                })).Ok();
            }
        });
        await cluster.SettleAsync();

        var pods = (await cluster.ListAsync(Pods)).ToLookup(static pod => pod["metadata"]!["labels"]!["app"]!.GetValue<string>(), StringComparer.Ordinal);
        foreach (var deployment in await cluster.ListAsync(Deployments))
        {
            var name = deployment["metadata"]!["name"]!.GetValue<string>();
            var wanted = Number(deployment, "spec", "replicas");
            pods[name].Count().ShouldBe(wanted, name);
            Number(deployment, "status", "updatedReplicas").ShouldBe(wanted, name);
            Number(deployment, "status", "observedGeneration").ShouldBe(Number(deployment, "metadata", "generation"), name);
            Condition(deployment, "Progressing").ShouldBe("True NewReplicaSetAvailable", name);
            var annotation = deployment["spec"]!["template"]!["metadata"]!["annotations"]?["round"]?.GetValue<string>();
            pods[name].ShouldAllBe(pod => HasRound(pod, annotation));
        }
    }

    private static bool HasRound(JsonObject pod, string? annotation) => pod["metadata"]!["annotations"]?["round"]?.GetValue<string>() == annotation;
}

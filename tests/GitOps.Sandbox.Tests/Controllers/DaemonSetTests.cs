using static GitOps.Sandbox.Tests.Controllers.WorkloadCluster;

namespace GitOps.Sandbox.Tests.Controllers;

public sealed class DaemonSetTests
{
    private const string Sets = "/apis/apps/v1/namespaces/default/daemonsets";

    private static readonly SandboxControllers Three = SandboxControllers.All with { Nodes = 3, PodStartup = TimeSpan.FromSeconds(1) };

    [Fact]
    public async Task There_is_a_pod_on_each_node()
    {
        await using var cluster = await WorkloadCluster.StartAsync(Three);
        await cluster.CreateAsync(Sets, Workload("DaemonSet", "agent"));
        Counts(await cluster.GetAsync($"{Sets}/agent")).ShouldBe(
            "currentNumberScheduled=3 desiredNumberScheduled=3 numberMisscheduled=0 numberReady=0 numberUnavailable=3 observedGeneration=1 updatedNumberScheduled=3");
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(1));

        Counts(await cluster.GetAsync($"{Sets}/agent")).ShouldBe(
            "currentNumberScheduled=3 desiredNumberScheduled=3 numberAvailable=3 numberMisscheduled=0 numberReady=3 observedGeneration=1 updatedNumberScheduled=3");
        (await cluster.ListAsync(Pods)).Select(static pod => pod["spec"]!["nodeName"]!.GetValue<string>())
            .ShouldBe(["node-0", "node-1", "node-2"], ignoreOrder: true);
    }

    [Fact]
    public async Task Pods_are_replaced_one_node_at_a_time()
    {
        await using var cluster = await WorkloadCluster.StartAsync(Three);
        await cluster.CreateAsync(Sets, Workload("DaemonSet", "agent"));
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(1));

        await cluster.MergeAsync($"{Sets}/agent", """{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"nginx:2"}]}}}}""");
        for (var updated = 1; updated <= 3; updated++)
        {
            var set = await cluster.GetAsync($"{Sets}/agent");
            (Number(set, "status", "updatedNumberScheduled"), Number(set, "status", "numberAvailable")).ShouldBe((updated, 2));
            await cluster.AdvanceAsync(TimeSpan.FromSeconds(1));
        }

        (await cluster.ListAsync(Pods)).ShouldAllBe(static pod => pod["spec"]!["containers"]![0]!["image"]!.GetValue<string>() == "nginx:2");
    }

    [Fact]
    public async Task Only_nodes_with_the_right_labels_and_no_strange_taint_get_one()
    {
        await using var cluster = await WorkloadCluster.StartAsync(Three);
        await cluster.MergeAsync("/api/v1/nodes/node-0", """{"spec":{"taints":[{"key":"gpu","effect":"NoSchedule"}]}}""");
        await cluster.MergeAsync("/api/v1/nodes/node-1", """{"metadata":{"labels":{"disk":"ssd"}}}""");
        await cluster.CreateAsync(Sets, Workload("DaemonSet", "all"));
        await cluster.CreateAsync(Sets, Workload("DaemonSet", "fast").Replace("\"containers\"", "\"nodeSelector\":{\"disk\":\"ssd\"},\"containers\"", StringComparison.Ordinal));

        Number(await cluster.GetAsync($"{Sets}/all"), "status", "desiredNumberScheduled").ShouldBe(2);
        Number(await cluster.GetAsync($"{Sets}/fast"), "status", "desiredNumberScheduled").ShouldBe(1);

        await cluster.MergeAsync("/api/v1/nodes/node-1", """{"metadata":{"labels":{"disk":null}}}""");
        Number(await cluster.GetAsync($"{Sets}/fast"), "status", "desiredNumberScheduled").ShouldBe(0);
        (await cluster.ListAsync($"{Pods}?labelSelector=app=fast")).ShouldBeEmpty();
    }
}

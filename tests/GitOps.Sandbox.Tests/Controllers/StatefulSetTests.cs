using static GitOps.Sandbox.Tests.Controllers.WorkloadCluster;

namespace GitOps.Sandbox.Tests.Controllers;

public sealed class StatefulSetTests
{
    private const string Sets = "/apis/apps/v1/namespaces/default/statefulsets";
    private const string Claims = "/api/v1/namespaces/default/persistentvolumeclaims";
    private const string Image2 = """{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"nginx:2"}]}}}}""";
    private const string Claim = """
        "serviceName":"db","volumeClaimTemplates":[{"metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}]
        """;

    private static readonly SandboxControllers Slow = SandboxControllers.All with { PodStartup = TimeSpan.FromSeconds(1) };

    [Fact]
    public async Task Pods_are_made_one_after_the_other_each_with_its_claim()
    {
        await using var cluster = await WorkloadCluster.StartAsync(Slow);
        await cluster.CreateAsync(Sets, Workload("StatefulSet", "db", "\"replicas\":2," + Claim));
        (await NamesAsync(cluster)).ShouldBe(["db-0"]);
        Counts(await cluster.GetAsync($"{Sets}/db")).ShouldBe("availableReplicas=0 collisionCount=0 currentReplicas=1 observedGeneration=1 replicas=1 updatedReplicas=1");
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(1));
        (await NamesAsync(cluster)).ShouldBe(["db-0", "db-1"]);
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(1));

        Counts(await cluster.GetAsync($"{Sets}/db"))
            .ShouldBe("availableReplicas=2 collisionCount=0 currentReplicas=2 observedGeneration=1 readyReplicas=2 replicas=2 updatedReplicas=2");
        var pod = await cluster.GetAsync($"{Pods}/db-1");
        $"{pod["spec"]!["hostname"]} {pod["spec"]!["subdomain"]} {pod["metadata"]!["labels"]!["apps.kubernetes.io/pod-index"]}".ShouldBe("db-1 db 1");
        pod["spec"]!["volumes"]![0]!["persistentVolumeClaim"]!["claimName"]!.GetValue<string>().ShouldBe("data-db-1");
        (await cluster.GetAsync($"{Claims}/data-db-1"))["status"]!["phase"]!.GetValue<string>().ShouldBe("Bound");
    }

    [Fact]
    public async Task An_update_goes_from_the_highest_number_down_and_makes_the_new_revision_the_current_one()
    {
        await using var cluster = await WorkloadCluster.StartAsync(Slow);
        await cluster.CreateAsync(Sets, Workload("StatefulSet", "db", "\"replicas\":2"));
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(1));
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(1));
        var first = (await cluster.GetAsync($"{Sets}/db"))["status"]!["currentRevision"]!.GetValue<string>();

        await cluster.MergeAsync($"{Sets}/db", Image2);
        (await ImagesAsync(cluster)).ShouldBe(["db-0 nginx:1", "db-1 nginx:2"]);
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(1));
        (await ImagesAsync(cluster)).ShouldBe(["db-0 nginx:2", "db-1 nginx:2"]);
        (await cluster.GetAsync($"{Sets}/db"))["status"]!["currentRevision"]!.GetValue<string>().ShouldBe(first);
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(1));

        var set = await cluster.GetAsync($"{Sets}/db");
        set["status"]!["currentRevision"]!.GetValue<string>().ShouldNotBe(first, StringComparer.Ordinal);
        set["status"]!["currentRevision"]!.GetValue<string>().ShouldBe(set["status"]!["updateRevision"]!.GetValue<string>());
    }

    [Fact]
    public async Task Pods_below_the_partition_stay_as_they_are_and_come_back_so()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.CreateAsync(Sets, Workload("StatefulSet", "db", "\"replicas\":3,\"updateStrategy\":{\"rollingUpdate\":{\"partition\":2}}"));
        await cluster.MergeAsync($"{Sets}/db", Image2);
        await cluster.DeleteAsync($"{Pods}/db-0");

        (await ImagesAsync(cluster)).ShouldBe(["db-0 nginx:1", "db-1 nginx:1", "db-2 nginx:2"]);
        Number(await cluster.GetAsync($"{Sets}/db"), "status", "updatedReplicas").ShouldBe(1);
    }

    [Fact]
    public async Task Scaling_down_takes_the_highest_number_and_leaves_its_claim()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.CreateAsync(Sets, Workload("StatefulSet", "db", "\"replicas\":3," + Claim));
        await cluster.MergeAsync($"{Sets}/db", """{"spec":{"replicas":1}}""");

        (await NamesAsync(cluster)).ShouldBe(["db-0"]);
        (await cluster.ListAsync(Claims)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task Parallel_pods_do_not_wait_for_each_other()
    {
        await using var cluster = await WorkloadCluster.StartAsync(Slow);
        await cluster.CreateAsync(Sets, Workload("StatefulSet", "db", "\"replicas\":3,\"podManagementPolicy\":\"Parallel\""));

        (await NamesAsync(cluster)).ShouldBe(["db-0", "db-1", "db-2"]);
    }

    [Fact]
    public async Task A_claim_is_held_while_a_pod_uses_it_and_takes_its_volume_with_it()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.CreateAsync(Sets, Workload("StatefulSet", "db", "\"replicas\":1," + Claim));
        await cluster.DeleteAsync($"{Claims}/data-db-0");
        (await cluster.GetAsync($"{Claims}/data-db-0"))["metadata"]!["deletionTimestamp"].ShouldNotBeNull();
        (await cluster.ListAsync("/api/v1/persistentvolumes")).ShouldHaveSingleItem()["status"]!["phase"]!.GetValue<string>().ShouldBe("Bound");

        await cluster.MergeAsync($"{Sets}/db", """{"spec":{"replicas":0}}""");

        (await cluster.ListAsync(Claims)).ShouldBeEmpty();
        (await cluster.ListAsync("/api/v1/persistentvolumes")).ShouldBeEmpty();
    }

    private static async Task<IEnumerable<string>> NamesAsync(WorkloadCluster cluster) =>
        (await cluster.ListAsync(Pods)).Select(static pod => pod["metadata"]!["name"]!.GetValue<string>());

    private static async Task<IEnumerable<string>> ImagesAsync(WorkloadCluster cluster) =>
        (await cluster.ListAsync(Pods)).Select(static pod => $"{pod["metadata"]!["name"]} {pod["spec"]!["containers"]![0]!["image"]}");
}

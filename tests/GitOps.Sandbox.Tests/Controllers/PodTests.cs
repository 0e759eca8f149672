using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Controllers.Nodes;
using static GitOps.Sandbox.Tests.Controllers.WorkloadCluster;

namespace GitOps.Sandbox.Tests.Controllers;

public sealed class PodTests
{
    [Theory]
    [InlineData("ready", "Running", "", "running")]
    [InlineData("creating", "Pending", "ContainerCreating", "waiting")]
    [InlineData("unready", "Running", "", "running")]
    [InlineData("crash", "Running", "CrashLoopBackOff", "waiting")]
    [InlineData("image-pull", "Pending", "ImagePullBackOff", "waiting")]
    [InlineData("succeed", "Succeeded", "Completed", "terminated")]
    public async Task A_pod_becomes_what_its_annotation_says(string outcome, string phase, string reason, string state)
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.CreateAsync(Pods, Pod(Script(outcome, "2s")));
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(2));

        var pod = await cluster.GetAsync($"{Pods}/p");

        pod["status"]!["phase"]!.GetValue<string>().ShouldBe(phase);
        var container = pod["status"]!["containerStatuses"]![0]!;
        container["ready"]!.GetValue<bool>().ShouldBe(outcome == "ready");
        (container["state"]![state]!["reason"]?.GetValue<string>() ?? string.Empty).ShouldBe(reason);
        Condition(pod, "Ready").ShouldStartWith(outcome == "ready" ? "True" : "False");
        pod["spec"]!["nodeName"]!.GetValue<string>().ShouldBe("node-0");
    }

    [Theory]
    [InlineData("300ms", 0.3)]
    [InlineData("1m30s", 90)]
    [InlineData("1.5s", 1.5)]
    [InlineData("soon", 7)]
    [InlineData("", 7)]
    public void A_delay_is_read_as_a_duration_or_is_the_usual_one(string text, double seconds)
    {
        var pod = new KubernetesObject(new() { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [PodAnnotations.Delay] = text } } });

        PodScript.Of(pod, new() { PodStartup = TimeSpan.FromSeconds(7) }).Delay.ShouldBe(TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public async Task A_pod_that_crashes_is_started_again_later_each_time()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.CreateAsync(Pods, Pod(Script("crash")));
        Restarts(await cluster.GetAsync($"{Pods}/p")).ShouldBe(1);

        await cluster.AdvanceAsync(TimeSpan.FromSeconds(10));
        Restarts(await cluster.GetAsync($"{Pods}/p")).ShouldBe(2);
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(10));
        Restarts(await cluster.GetAsync($"{Pods}/p")).ShouldBe(2);
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(10));

        var pod = await cluster.GetAsync($"{Pods}/p");
        Restarts(pod).ShouldBe(3);
        var container = pod["status"]!["containerStatuses"]![0]!;
        container["state"]!["waiting"]!["message"]!.GetValue<string>().ShouldStartWith("back-off 40s restarting failed container=c pod=p_default(");
        container["lastState"]!["terminated"]!["exitCode"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task A_pod_that_no_node_takes_says_so()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.CreateAsync(Pods, Pod(Script("pending")));

        var pod = await cluster.GetAsync($"{Pods}/p");

        Condition(pod, "PodScheduled").ShouldBe("False Unschedulable");
        pod["spec"]!["nodeName"].ShouldBeNull();
    }

    [Fact]
    public async Task An_evicted_pod_has_failed()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.CreateAsync(Pods, Pod(Script("evicted")));

        var pod = await cluster.GetAsync($"{Pods}/p");

        $"{pod["status"]!["phase"]} {pod["status"]!["reason"]}".ShouldBe("Failed Evicted");
    }

    [Fact]
    public async Task A_deleted_pod_takes_its_time_to_stop_but_no_longer_than_its_grace()
    {
        await using var cluster = await WorkloadCluster.StartAsync(SandboxControllers.All with { PodShutdown = TimeSpan.FromSeconds(20) });
        await cluster.CreateAsync(Pods, Pod(string.Empty));
        await cluster.DeleteAsync($"{Pods}/p?gracePeriodSeconds=10");
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(9));
        (await cluster.Cluster.GetAsync($"{Pods}/p")).Status.ShouldBe(200);

        await cluster.AdvanceAsync(TimeSpan.FromSeconds(1));

        (await cluster.Cluster.GetAsync($"{Pods}/p")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task A_running_pod_changes_when_its_annotation_does()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.CreateAsync(Pods, Pod(Script("ready")));
        await cluster.MergeAsync($"{Pods}/p", $$$"""{"metadata":{"annotations":{ {{{Script("unready")}}}  } } } """);
        Condition(await cluster.GetAsync($"{Pods}/p"), "Ready").ShouldBe("False ContainersNotReady");

        await cluster.MergeAsync($"{Pods}/p", $$$"""{"metadata":{"annotations":{ {{{Script("ready")}}}  } } } """);

        Condition(await cluster.GetAsync($"{Pods}/p"), "Ready").ShouldStartWith("True");
    }

    [Fact]
    public async Task Nodes_are_there_and_pods_are_spread_over_them()
    {
        await using var cluster = await WorkloadCluster.StartAsync(SandboxControllers.All with { Nodes = 3 });
        (await cluster.ListAsync("/api/v1/nodes")).Select(static node => Condition(node, "Ready")).ShouldBe(Enumerable.Repeat("True KubeletReady", 3));
        await cluster.CreateAsync(ReplicaSets, Workload("ReplicaSet", "web", "\"replicas\":6"));

        (await cluster.ListAsync(Pods)).CountBy(static pod => pod["spec"]!["nodeName"]!.GetValue<string>(), StringComparer.Ordinal)
            .ShouldAllBe(static node => node.Value == 2);
    }

    private static int Restarts(JsonObject pod) => pod["status"]!["containerStatuses"]![0]!["restartCount"]!.GetValue<int>();

    private static string Pod(string annotations) => $$$"""
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","annotations":{ {{{annotations}}} } },"spec":{"restartPolicy":"Always","containers":[{"name":"c","image":"nginx"}]}}
        """;
}

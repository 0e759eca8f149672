using System.Text.Json.Nodes;
using static GitOps.Sandbox.Tests.Controllers.WorkloadCluster;

namespace GitOps.Sandbox.Tests.Controllers;

public sealed class DeploymentTests
{
    private const string Web = $"{Deployments}/web";
    private const string Revision = "deployment.kubernetes.io/revision";

    private static readonly SandboxControllers Slow = SandboxControllers.All with { PodStartup = TimeSpan.FromSeconds(5) };

    [Fact]
    public async Task A_deployment_makes_a_replica_set_and_pods_that_become_ready_after_a_time()
    {
        await using var cluster = await WorkloadCluster.StartAsync(Slow);
        await cluster.CreateAsync(Deployments, Workload("Deployment", "web", "\"replicas\":3"));

        var progressing = await cluster.GetAsync(Web);
        Condition(progressing, "Available").ShouldBe("False MinimumReplicasUnavailable");
        Condition(progressing, "Progressing").ShouldBe("True ReplicaSetUpdated");
        Counts(progressing).ShouldBe("observedGeneration=1 replicas=3 terminatingReplicas=0 unavailableReplicas=3 updatedReplicas=3");
        Number(progressing, "metadata", "generation").ShouldBe(1);
        Annotation(progressing, Revision).ShouldBe("1");
        var pod = (await cluster.ListAsync(Pods))[0];
        pod["status"]!["containerStatuses"]![0]!["state"]!["waiting"]!["reason"]!.GetValue<string>().ShouldBe("ContainerCreating");

        await cluster.AdvanceAsync(TimeSpan.FromSeconds(5));

        var complete = await cluster.GetAsync(Web);
        Condition(complete, "Available").ShouldBe("True MinimumReplicasAvailable");
        Condition(complete, "Progressing").ShouldBe("True NewReplicaSetAvailable");
        Counts(complete).ShouldBe("availableReplicas=3 observedGeneration=1 readyReplicas=3 replicas=3 terminatingReplicas=0 updatedReplicas=3");
        var set = (await cluster.ListAsync(ReplicaSets)).ShouldHaveSingleItem();
        Name(set).ShouldBe($"web-{set["metadata"]!["labels"]!["pod-template-hash"]}");
        (await cluster.ListAsync(Pods)).ShouldAllBe(static one => one["status"]!["phase"]!.GetValue<string>() == "Running");
    }

    [Fact]
    public async Task A_rolling_update_never_has_more_unavailable_or_surplus_pods_than_allowed()
    {
        await using var cluster = await WorkloadCluster.StartAsync(Slow);
        await cluster.CreateAsync(Deployments, Workload(
            "Deployment", "web", "\"replicas\":4,\"strategy\":{\"rollingUpdate\":{\"maxSurge\":1,\"maxUnavailable\":1}}"));
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(5));

        await cluster.MergeAsync(Web, Image("nginx:2"));

        for (var i = 0; i < 10; i++)
        {
            var pods = await cluster.ListAsync(Pods);
            pods.Count.ShouldBeLessThanOrEqualTo(5);
            pods.Count(static pod => pod["status"]!["phase"]!.GetValue<string>() == "Running").ShouldBeGreaterThanOrEqualTo(3);
            await cluster.AdvanceAsync(TimeSpan.FromSeconds(5));
        }

        var deployment = await cluster.GetAsync(Web);
        Condition(deployment, "Progressing").ShouldBe("True NewReplicaSetAvailable");
        Counts(deployment).ShouldBe("availableReplicas=4 observedGeneration=2 readyReplicas=4 replicas=4 terminatingReplicas=0 updatedReplicas=4");
        Annotation(deployment, Revision).ShouldBe("2");
        (await cluster.ListAsync(Pods)).ShouldAllBe(static pod => pod["spec"]!["containers"]![0]!["image"]!.GetValue<string>() == "nginx:2");
        (await SetsAsync(cluster)).ShouldBe(["1:0", "2:4"]);
    }

    [Fact]
    public async Task Pods_that_a_set_is_about_to_lose_are_not_counted_on()
    {
        await using var cluster = await WorkloadCluster.StartAsync(new() { Deployments = true });
        await cluster.CreateAsync(Deployments, Workload(
            "Deployment", "web", "\"replicas\":4,\"strategy\":{\"rollingUpdate\":{\"maxSurge\":1,\"maxUnavailable\":1}}"));
        var first = Name((await cluster.ListAsync(ReplicaSets)).ShouldHaveSingleItem());
        await cluster.MergeAsync($"{ReplicaSets}/{first}/status", Available(4));
        await cluster.MergeAsync(Web, Image("nginx:2"));
        (await SetsAsync(cluster)).ShouldBe(["1:3", "2:2"]);

        // The first set has not said yet that it has 3 now.
        var second = (await cluster.ListAsync(ReplicaSets)).Select(Name).Single(name => name != first);
        await cluster.MergeAsync($"{ReplicaSets}/{second}/status", Available(1));

        (await SetsAsync(cluster)).ShouldBe(["1:2", "2:3"]);

        static string Available(int count) => $$"""{"status":{"replicas":{{count}},"readyReplicas":{{count}},"availableReplicas":{{count}} } }""";
    }

    [Fact]
    public async Task Recreate_waits_until_the_old_pods_are_gone()
    {
        await using var cluster = await WorkloadCluster.StartAsync(SandboxControllers.All with { PodShutdown = TimeSpan.FromSeconds(3) });
        await cluster.CreateAsync(Deployments, Workload("Deployment", "web", "\"replicas\":2,\"strategy\":{\"type\":\"Recreate\"}"));

        await cluster.MergeAsync(Web, Image("nginx:2"));
        (await cluster.ListAsync(Pods)).ShouldAllBe(static pod => pod["metadata"]!["deletionTimestamp"] != null);
        Number(await cluster.GetAsync(Web), "status", "terminatingReplicas").ShouldBe(2);
        (await SetsAsync(cluster)).ShouldBe(["1:0"]);

        await cluster.AdvanceAsync(TimeSpan.FromSeconds(3));

        (await SetsAsync(cluster)).ShouldBe(["1:0", "2:2"]);
        Condition(await cluster.GetAsync(Web), "Available").ShouldBe("True MinimumReplicasAvailable");
    }

    [Fact]
    public async Task A_rollout_that_gets_stuck_exceeds_its_deadline_and_goes_on_when_rolled_back()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.CreateAsync(Deployments, Workload("Deployment", "web", "\"replicas\":2,\"progressDeadlineSeconds\":60"));
        await cluster.MergeAsync(Web, $$$"""{"spec":{"template":{"metadata":{"annotations":{ {{{Script("image-pull")}}}  } } } } } """);
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(30));
        Condition(await cluster.GetAsync(Web), "Progressing").ShouldBe("True ReplicaSetUpdated");

        await cluster.AdvanceAsync(TimeSpan.FromSeconds(31));

        var stuck = await cluster.GetAsync(Web);
        Condition(stuck, "Progressing").ShouldBe("False ProgressDeadlineExceeded");
        Condition(stuck, "Available").ShouldBe("True MinimumReplicasAvailable");
        Counts(stuck).ShouldBe("availableReplicas=2 observedGeneration=2 readyReplicas=2 replicas=3 terminatingReplicas=0 unavailableReplicas=1 updatedReplicas=1");

        await cluster.MergeAsync(Web, $$$"""{"spec":{"template":{"metadata":{"annotations":{"{{{PodAnnotations.Outcome}}}":null,"{{{PodAnnotations.Delay}}}":null } } } } } """);

        var back = await cluster.GetAsync(Web);
        Condition(back, "Progressing").ShouldBe("True NewReplicaSetAvailable");
        Annotation(back, Revision).ShouldBe("3");
        var sets = await cluster.ListAsync(ReplicaSets);
        sets.Select(static set => Annotation(set, "deployment.kubernetes.io/revision-history")).ShouldContain("1", StringComparer.Ordinal);
        (await SetsAsync(cluster)).ShouldBe(["2:0", "3:2"]);
    }

    [Fact]
    public async Task A_paused_deployment_is_scaled_but_not_rolled_out()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.CreateAsync(Deployments, Workload("Deployment", "web", "\"replicas\":2"));
        await cluster.MergeAsync(Web, """{"spec":{"paused":true}}""");
        Condition(await cluster.GetAsync(Web), "Progressing").ShouldBe("Unknown DeploymentPaused");

        await cluster.MergeAsync(Web, """{"spec":{"replicas":3,"template":{"spec":{"containers":[{"name":"c","image":"nginx:2"}]}}}}""");
        (await SetsAsync(cluster)).ShouldBe(["1:3"]);

        await cluster.MergeAsync(Web, """{"spec":{"paused":false}}""");
        (await SetsAsync(cluster)).ShouldBe(["1:0", "2:3"]);
        Condition(await cluster.GetAsync(Web), "Progressing").ShouldBe("True NewReplicaSetAvailable");
    }

    [Fact]
    public async Task A_new_size_in_the_middle_of_a_rollout_is_shared_in_proportion()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.CreateAsync(Deployments, Workload(
            "Deployment", "web", "\"replicas\":10,\"strategy\":{\"rollingUpdate\":{\"maxSurge\":3,\"maxUnavailable\":2}}"));
        await cluster.MergeAsync(Web, $$$"""{"spec":{"template":{"metadata":{"annotations":{ {{{Script("unready")}}}  } } } } } """);
        (await SetsAsync(cluster)).ShouldBe(["1:8", "2:5"]);

        await cluster.MergeAsync(Web, """{"spec":{"replicas":15}}""");

        (await SetsAsync(cluster)).ShouldBe(["1:11", "2:7"]);
    }

    [Fact]
    public async Task A_size_that_a_rollout_has_come_to_by_itself_is_taken_for_the_new_one()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.CreateAsync(Deployments, Workload("Deployment", "web", "\"replicas\":3"));
        var set = (await cluster.ListAsync(ReplicaSets)).ShouldHaveSingleItem()["metadata"]!["name"]!.GetValue<string>();

        // As if it had been scaled down to 3 by a rollout of 4, when the Deployment was scaled to 3.
        await cluster.MergeAsync($"{ReplicaSets}/{set}", """{"metadata":{"annotations":{"deployment.kubernetes.io/desired-replicas":"4"}}}""");
        await cluster.MergeAsync(Web, """{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"nginx:2"}]}}}}""");

        (await SetsAsync(cluster)).ShouldBe(["1:0", "2:3"]);
        Condition(await cluster.GetAsync(Web), "Progressing").ShouldBe("True NewReplicaSetAvailable");
    }

    [Fact]
    public async Task Old_replica_sets_are_kept_up_to_the_limit_of_the_history()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.CreateAsync(Deployments, Workload("Deployment", "web", "\"replicas\":1,\"revisionHistoryLimit\":2"));
        for (var i = 2; i <= 6; i++)
        {
            await cluster.MergeAsync(Web, Image($"nginx:{i}"));
        }

        (await SetsAsync(cluster)).ShouldBe(["4:0", "5:0", "6:1"]);
    }

    [Fact]
    public async Task Controllers_write_as_the_programs_they_stand_for()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.CreateAsync(Deployments, Workload("Deployment", "web"));

        Managers(await cluster.GetAsync(Web)).ShouldBe(["tests Update ", "kube-controller-manager Update status"], ignoreOrder: true);
        Managers((await cluster.ListAsync(ReplicaSets))[0]).ShouldBe(["kube-controller-manager Update ", "kube-controller-manager Update status"], ignoreOrder: true);
        Managers((await cluster.ListAsync(Pods))[0]).ShouldBe(["kube-controller-manager Update ", "kubelet Update status"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_replica_set_takes_over_matching_pods_and_lets_others_go()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        var stray = await cluster.CreateAsync(Pods, """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"stray","labels":{"app":"web"}},"spec":{"containers":[{"name":"c","image":"i"}]}}""");
        await cluster.CreateAsync(ReplicaSets, Workload("ReplicaSet", "web", "\"replicas\":2"));
        (await cluster.ListAsync(Pods)).Count.ShouldBe(2);
        var taken = await cluster.GetAsync($"{Pods}/stray");
        taken["metadata"]!["ownerReferences"]![0]!["kind"]!.GetValue<string>().ShouldBe("ReplicaSet");
        taken["metadata"]!["uid"]!.GetValue<string>().ShouldBe(stray["metadata"]!["uid"]!.GetValue<string>());

        await cluster.MergeAsync($"{Pods}/stray", """{"metadata":{"labels":{"app":"other"}}}""");

        (await cluster.GetAsync($"{Pods}/stray"))["metadata"]!["ownerReferences"].ShouldBeNull();
        (await cluster.ListAsync(Pods)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_deleted_pod_is_replaced_and_deleting_the_deployment_takes_all_with_it()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.CreateAsync(Deployments, Workload("Deployment", "web", "\"replicas\":2"));
        var lost = Name((await cluster.ListAsync(Pods))[0]);
        await cluster.DeleteAsync($"{Pods}/{lost}");
        var pods = await cluster.ListAsync(Pods);
        pods.Count.ShouldBe(2);
        pods.Select(Name).ShouldNotContain(lost, StringComparer.Ordinal);

        await cluster.DeleteAsync($"{Web}?propagationPolicy=Foreground");

        (await cluster.ListAsync(Pods)).ShouldBeEmpty();
        (await cluster.ListAsync(ReplicaSets)).ShouldBeEmpty();
        (await cluster.ListAsync(Deployments)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Pods_that_are_refused_are_told_in_the_conditions_and_made_once_they_are_allowed()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        const string Quotas = "/api/v1/namespaces/default/resourcequotas";
        await cluster.CreateAsync(Quotas, """{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q"},"spec":{"hard":{"pods":"1"}}}""");
        await cluster.CreateAsync(Deployments, Workload("Deployment", "web", "\"replicas\":2"));
        Condition((await cluster.ListAsync(ReplicaSets))[0], "ReplicaFailure").ShouldBe("True FailedCreate");
        var failing = await cluster.GetAsync(Web);
        Condition(failing, "ReplicaFailure").ShouldBe("True FailedCreate");
        failing["status"]!["conditions"]!.AsArray().Select(static one => one!["message"]!.GetValue<string>())
            .ShouldContain(static message => message.Contains("exceeded quota", StringComparison.Ordinal));
        (await cluster.ListAsync(Pods)).Count.ShouldBe(1);
        (await cluster.GetAsync($"{Quotas}/q"))["status"]!.ToJsonString().ShouldBe("""{"hard":{"pods":"1"},"used":{"pods":"1"}}""");

        await cluster.DeleteAsync($"{Quotas}/q");
        await cluster.AdvanceAsync(TimeSpan.FromMinutes(1));

        var deployment = await cluster.GetAsync(Web);
        Condition(deployment, "ReplicaFailure").ShouldBeEmpty();
        Condition(deployment, "Available").ShouldBe("True MinimumReplicasAvailable");
        (await cluster.ListAsync(Pods)).Count.ShouldBe(2);
    }

    private static string Image(string image) => $$$"""{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"{{{image}}}"} ] } } } }""";

    private static string Name(JsonObject subject) => subject["metadata"]!["name"]!.GetValue<string>();

    private static string Annotation(JsonObject subject, string name) => subject["metadata"]!["annotations"]?[name]?.GetValue<string>() ?? string.Empty;

    private static IEnumerable<string> Managers(JsonObject subject) =>
        subject["metadata"]!["managedFields"]!.AsArray().Select(static entry => $"{entry!["manager"]} {entry["operation"]} {entry["subresource"]}");

    /// <summary>Revision and wanted replicas of all sets.</summary>
    private static async Task<IEnumerable<string>> SetsAsync(WorkloadCluster cluster) => (await cluster.ListAsync(ReplicaSets))
        .OrderBy(static set => int.Parse(Annotation(set, Revision), System.Globalization.CultureInfo.InvariantCulture))
        .Select(static set => $"{Annotation(set, Revision)}:{set["spec"]!["replicas"]}");
}

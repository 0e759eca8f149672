using System.Text.Json.Nodes;
using static GitOps.Sandbox.Tests.Controllers.WorkloadCluster;

namespace GitOps.Sandbox.Tests.Controllers;

public sealed class JobTests
{
    private static readonly SandboxControllers Slow = SandboxControllers.All with { PodStartup = TimeSpan.FromSeconds(1) };

    [Fact]
    public async Task A_job_runs_its_pods_one_after_the_other_and_announces_that_it_completes()
    {
        await using var cluster = await WorkloadCluster.StartAsync(Slow);
        await cluster.CreateAsync(Jobs, Job("j", "\"completions\":2,\"parallelism\":1"));
        Counts(await cluster.GetAsync($"{Jobs}/j")).ShouldBe("active=1 ready=0 terminating=0");
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(1));
        Counts(await cluster.GetAsync($"{Jobs}/j")).ShouldBe("active=1 ready=0 succeeded=1 terminating=0");
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(1));

        var job = await cluster.GetAsync($"{Jobs}/j");

        Counts(job).ShouldBe("ready=0 succeeded=2 terminating=0");
        Types(job).ShouldBe(["SuccessCriteriaMet", "Complete"]);
        Condition(job, "Complete").ShouldBe("True CompletionsReached");
        job["status"]!["completionTime"].ShouldNotBeNull();
        job["status"]!["uncountedTerminatedPods"]!.AsObject().ShouldBeEmpty();
        (await cluster.ListAsync(Pods)).ShouldAllBe(static pod => pod["metadata"]!["finalizers"] == null);
    }

    [Fact]
    public async Task Pods_of_an_indexed_job_have_numbers()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.CreateAsync(Jobs, Job("j", "\"completions\":3,\"parallelism\":3,\"completionMode\":\"Indexed\""));

        (await cluster.GetAsync($"{Jobs}/j"))["status"]!["completedIndexes"]!.GetValue<string>().ShouldBe("0-2");
        (await cluster.ListAsync(Pods)).Select(static pod => pod["spec"]!["hostname"]!.GetValue<string>()).ShouldBe(["j-0", "j-1", "j-2"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_job_fails_after_its_limit_and_waits_longer_before_each_new_pod()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.CreateAsync(Jobs, Job("j", "\"backoffLimit\":1", Script("fail")));
        Counts(await cluster.GetAsync($"{Jobs}/j")).ShouldBe("failed=1 ready=0 terminating=0");
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(9));
        (await cluster.ListAsync(Pods)).Count.ShouldBe(1);
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(1));

        var job = await cluster.GetAsync($"{Jobs}/j");

        Types(job).ShouldBe(["FailureTarget", "Failed"]);
        Condition(job, "Failed").ShouldBe("True BackoffLimitExceeded");
        Counts(job).ShouldBe("failed=2 ready=0 terminating=0");
    }

    [Fact]
    public async Task A_job_whose_pods_are_started_again_fails_by_their_restarts()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.CreateAsync(Jobs, Job("j", "\"backoffLimit\":2", Script("fail"), "OnFailure"));
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(11));

        Condition(await cluster.GetAsync($"{Jobs}/j"), "Failed").ShouldBe("True BackoffLimitExceeded");
    }

    [Fact]
    public async Task A_job_past_its_deadline_stops_its_pods()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.CreateAsync(Jobs, Job("j", "\"activeDeadlineSeconds\":30", Script("unready")));
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(30));

        var job = await cluster.GetAsync($"{Jobs}/j");

        Types(job).ShouldBe(["FailureTarget", "Failed"]);
        Condition(job, "Failed").ShouldBe("True DeadlineExceeded");
        (await cluster.ListAsync(Pods)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_job_has_not_failed_before_its_last_pod_has_stopped()
    {
        await using var cluster = await WorkloadCluster.StartAsync(SandboxControllers.All with { PodShutdown = TimeSpan.FromSeconds(10) });
        await cluster.CreateAsync(Jobs, Job("j", "\"activeDeadlineSeconds\":30", Script("unready")));
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(31));
        Types(await cluster.GetAsync($"{Jobs}/j")).ShouldBe(["FailureTarget"]);
        Counts(await cluster.GetAsync($"{Jobs}/j")).ShouldBe("failed=1 ready=0 terminating=1");
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(10));

        Types(await cluster.GetAsync($"{Jobs}/j")).ShouldBe(["FailureTarget", "Failed"]);
        Counts(await cluster.GetAsync($"{Jobs}/j")).ShouldBe("failed=1 ready=0 terminating=0");
    }

    [Fact]
    public async Task A_suspended_job_has_no_pods_until_it_is_resumed()
    {
        await using var cluster = await WorkloadCluster.StartAsync(Slow);
        await cluster.CreateAsync(Jobs, Job("j", "\"suspend\":true"));
        var held = await cluster.GetAsync($"{Jobs}/j");
        Condition(held, "Suspended").ShouldBe("True JobSuspended");
        held["status"]!["startTime"].ShouldBeNull();

        await cluster.MergeAsync($"{Jobs}/j", """{"spec":{"suspend":false}}""");
        Condition(await cluster.GetAsync($"{Jobs}/j"), "Suspended").ShouldBe("False JobResumed");
        (await cluster.ListAsync(Pods)).Count.ShouldBe(1);
        await cluster.MergeAsync($"{Jobs}/j", """{"spec":{"suspend":true}}""");
        (await cluster.ListAsync(Pods)).ShouldBeEmpty();
        Counts(await cluster.GetAsync($"{Jobs}/j")).ShouldBe("ready=0 terminating=0");
    }

    [Fact]
    public async Task A_finished_job_goes_after_its_time_with_its_pods()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.CreateAsync(Jobs, Job("j", "\"ttlSecondsAfterFinished\":60"));
        Condition(await cluster.GetAsync($"{Jobs}/j"), "Complete").ShouldBe("True CompletionsReached");
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(60));

        (await cluster.ListAsync(Jobs)).ShouldBeEmpty();
        (await cluster.ListAsync(Pods)).ShouldBeEmpty();
    }

    private static IEnumerable<string> Types(JsonObject job) => job["status"]!["conditions"]!.AsArray().Select(static one => one!["type"]!.GetValue<string>());

    private static string Job(string name, string spec, string annotations = "", string restartPolicy = "Never") => $$$"""
        {"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"{{{name}}}"},"spec":{ {{{spec}}},
        "template":{"metadata":{"annotations":{ {{{annotations}}} } },"spec":{"restartPolicy":"{{{restartPolicy}}}","containers":[{"name":"c","image":"busybox"}]} } } }
        """;
}

namespace GitOps.Sandbox.Tests.Plugins;

public sealed class EvictionTests
{
    private const string Evict = """{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"p"}}""";

    [Fact]
    public async Task An_evicted_pod_is_deleted()
    {
        await using var bed = await RunningAsync();

        var answer = await bed.PostAsync("pods/p/eviction", Evict);

        (answer.Status, answer.Text("status"), answer.Text("code")).ShouldBe((201, "Success", "201"));
        (await bed.Cluster.GetAsync(bed.Path("pods/p"))).Status.ShouldBe(404);
    }

    [Fact]
    public async Task A_dry_run_evicts_nothing_and_another_name_is_refused()
    {
        await using var bed = await RunningAsync();

        (await bed.PostAsync("pods/p/eviction?dryRun=All", """{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"p"},"deleteOptions":{"dryRun":["All"]}}"""))
            .Status.ShouldBe(201);
        var other = await bed.PostAsync("pods/p/eviction", Evict.Replace("\"p\"", "\"q\"", StringComparison.Ordinal));

        (other.Status, other.Text("message")).ShouldBe((400, "name in URL does not match name in Eviction object"));
        (await bed.Cluster.GetAsync(bed.Path("pods/p"))).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("""{"observedGeneration":1,"disruptionsAllowed":0,"desiredHealthy":2,"currentHealthy":1,"expectedPods":2}""", 429,
        "The disruption budget b needs 2 healthy pods and has 1 currently")]
    [InlineData("""{"observedGeneration":0,"disruptionsAllowed":1,"desiredHealthy":1,"currentHealthy":2,"expectedPods":2}""", 429,
        "The disruption budget b is still being processed by the server.")]
    [InlineData("""{"observedGeneration":1,"disruptionsAllowed":0,"desiredHealthy":1,"currentHealthy":2,"expectedPods":2}""", 429,
        "The disruption budget b does not allow evicting pods currently")]
    [InlineData("""{"observedGeneration":1,"disruptionsAllowed":1,"desiredHealthy":1,"currentHealthy":2,"expectedPods":2}""", 201, "")]
    public async Task A_budget_is_asked_and_charged(string status, int expected, string why)
    {
        await using var bed = await RunningAsync();
        var budgets = $"/apis/policy/v1/namespaces/{bed.Namespace}/poddisruptionbudgets";
        (await bed.Cluster.PostAsync(budgets, """
            {"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"b"},"spec":{"minAvailable":1,"selector":{"matchLabels":{"a":"b"}}}}
            """)).Ok();
        (await bed.Cluster.MergeAsync(budgets + "/b/status", $$"""{"status":{{status}} }""")).Ok();

        var answer = await bed.PostAsync("pods/p/eviction", Evict);

        answer.Status.ShouldBe(expected, answer.Text("message"));
        if (expected == 429)
        {
            answer.Text("message").ShouldBe("Cannot evict pod as it would violate the pod's disruption budget.");
            var cause = answer.Body["details"]!["causes"]![0]!;
            (cause["reason"]!.GetValue<string>(), cause["message"]!.GetValue<string>()).ShouldBe(("DisruptionBudget", why));
        }
        else
        {
            (await bed.Cluster.GetAsync(budgets + "/b")).Text("status", "disruptionsAllowed").ShouldBe("0");
            (await bed.Cluster.GetAsync(budgets + "/b")).Body["status"]!["disruptedPods"]!["p"].ShouldNotBeNull();
        }
    }

    private static async Task<PluginBed> RunningAsync()
    {
        var bed = await PluginBed.StartAsync();
        (await bed.PostAsync("pods", """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}
            """)).Ok();
        (await bed.Cluster.MergeAsync(bed.Path("pods/p/status"), """{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}""")).Ok();
        return bed;
    }
}

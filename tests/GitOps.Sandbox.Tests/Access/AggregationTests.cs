using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Access;

public sealed class AggregationTests
{
    private const string Roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";

    [Fact]
    public async Task Roles_gather_the_rules_of_those_they_select_and_of_those_that_gather_in_turn()
    {
        await using var cluster = await TestCluster.StartAsync(new() { Controllers = new() { ClusterRoleAggregation = true } });

        await Until(async () => (await RulesAsync(cluster, "admin")).Contains("rolebindings", StringComparison.Ordinal)
            && (await RulesAsync(cluster, "admin")).Contains("daemonsets/status", StringComparison.Ordinal));

        (await RulesAsync(cluster, "view")).ShouldNotContain("\"secrets\"");
        (await RulesAsync(cluster, "edit")).ShouldContain("\"secrets\"");
        var fields = (await cluster.GetAsync($"{Roles}/view")).Body["metadata"]!["managedFields"]!.AsArray()[0]!;
        fields["manager"]!.GetValue<string>().ShouldBe("clusterrole-aggregation-controller");
        fields["operation"]!.GetValue<string>().ShouldBe("Apply");
    }

    [Fact]
    public async Task They_follow_what_comes_and_goes()
    {
        await using var cluster = await TestCluster.StartAsync(new() { Controllers = new() { ClusterRoleAggregation = true } });
        (await cluster.PostAsync(Roles, """
            {"metadata":{"name":"widgets","labels":{"rbac.authorization.k8s.io/aggregate-to-view":"true"}},
             "rules":[{"apiGroups":["acme.example"],"resources":["widgets"],"verbs":["get"]}]}
            """)).Ok();
        (await cluster.PostAsync(Roles, """
            {"metadata":{"name":"all"},"aggregationRule":{"clusterRoleSelectors":[
              {"matchExpressions":[{"key":"rbac.authorization.k8s.io/aggregate-to-view","operator":"Exists"},{"key":"kubernetes.io/bootstrapping","operator":"DoesNotExist"}]}]}}
            """)).Ok();

        await Until(async () => (await RulesAsync(cluster, "view")).Contains("widgets", StringComparison.Ordinal));
        await Until(async () => await RulesAsync(cluster, "all") == """[{"apiGroups":["acme.example"],"resources":["widgets"],"verbs":["get"]}]""");
        (await cluster.DeleteAsync($"{Roles}/widgets")).Ok();
        await Until(async () => !(await RulesAsync(cluster, "view")).Contains("widgets", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_the_controller_they_stay_empty()
    {
        await using var cluster = await TestCluster.StartAsync();

        (await RulesAsync(cluster, "view")).ShouldBe("null");
    }

    private static async Task<string> RulesAsync(TestCluster cluster, string role) =>
        (await cluster.GetAsync($"{Roles}/{role}")).Ok().Body["rules"]?.ToJsonString() ?? "null";

    private static async Task Until(Func<Task<bool>> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(20));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TestContext.Current.CancellationToken);
        }
    }
}

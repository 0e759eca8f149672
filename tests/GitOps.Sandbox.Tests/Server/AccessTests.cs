using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Server;

public sealed class AccessTests
{
    private const string Robot = "system:serviceaccount:default:robot";
    private const string Rbac = "/apis/rbac.authorization.k8s.io/v1";

    [Fact]
    public async Task A_cluster_role_bound_in_a_namespace_holds_there_only()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateNamespaceAsync("other");
        (await cluster.PostAsync($"{Rbac}/clusterroles", """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"writer"},"rules":[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}]}
            """)).Ok();
        (await AsRobotAsync(cluster, "default")).ShouldBe(403);

        (await cluster.PostAsync($"{Rbac}/namespaces/default/rolebindings", """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"b"},
             "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"writer"},"subjects":[{"kind":"ServiceAccount","name":"robot"}]}
            """)).Ok();

        (await AsRobotAsync(cluster, "default")).ShouldBe(200);
        (await AsRobotAsync(cluster, "other")).ShouldBe(403);
    }

    [Fact]
    public async Task Without_access_rules_everybody_may_do_everything()
    {
        await using var cluster = await TestCluster.StartAsync(new() { EnableRbac = false });

        (await AsRobotAsync(cluster, "default")).ShouldBe(200);
    }

    [Fact]
    public async Task Nobody_is_let_in_without_a_token_but_to_health()
    {
        await using var cluster = await TestCluster.StartAsync();

        (await WithoutTokenAsync(cluster, "/readyz")).ShouldBe(200);
        (await WithoutTokenAsync(cluster, "/api/v1/namespaces")).ShouldBe(403);
    }

    private static async Task<int> AsRobotAsync(TestCluster cluster, string @namespace)
    {
        using var request = cluster.Request(HttpMethod.Get, $"/api/v1/namespaces/{@namespace}/configmaps");
        request.Headers.Add("Impersonate-User", Robot);
        using var response = await cluster.Http.SendAsync(request);
        return (int)response.StatusCode;
    }

    private static async Task<int> WithoutTokenAsync(TestCluster cluster, string path)
    {
        using var request = cluster.Request(HttpMethod.Get, path);
        request.Headers.Authorization = null;
        using var response = await cluster.Http.SendAsync(request);
        return (int)response.StatusCode;
    }
}

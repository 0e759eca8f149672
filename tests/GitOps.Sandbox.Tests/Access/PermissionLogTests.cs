using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;

namespace GitOps.Sandbox.Tests.Access;

/// <summary>Which permissions somebody needed, and which were missing.</summary>
public sealed class PermissionLogTests
{
    private const string Account = "system:serviceaccount:shop:robot";
    private const string Roles = """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata: {name: writer, namespace: shop}
        rules:
          - {apiGroups: [""], resources: [configmaps, secrets], verbs: [get, patch, create]}
          - {apiGroups: [""], resources: [serviceaccounts], resourceNames: [other], verbs: [impersonate]}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: writer, namespace: shop}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: writer}
        subjects: [{kind: ServiceAccount, name: robot, namespace: shop}]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: {name: everything}
        rules:
          - {apiGroups: ["*"], resources: ["*"], verbs: [list, watch]}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: {name: everything}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: everything}
        subjects: [{kind: ServiceAccount, name: robot, namespace: shop}]
        """;

    private static readonly ApiResource ConfigMaps = ApiResource.Of("v1", "ConfigMap", "configmaps", namespaced: true);

    [Fact]
    public async Task A_permission_is_used_by_a_request_that_it_allows_where_it_is_given()
    {
        await using var cluster = await StartAsync();
        var robot = cluster.Client.As(Impersonation.ServiceAccount("shop", "robot"));
        await robot.ApplyAsync(
            ConfigMaps, KubernetesObject.Parse("""{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "shop", "name": "a"} }"""), new("robot"), CancellationToken);
        await robot.ListAsync(ConfigMaps, "default", new(), CancellationToken);

        Unused(cluster).ShouldBe(
        [
            "ClusterRole everything: watch *.*",
            "Role shop/writer in shop: create secrets",
            "Role shop/writer in shop: get configmaps",
            "Role shop/writer in shop: get secrets",
            "Role shop/writer in shop: impersonate serviceaccounts other",
            "Role shop/writer in shop: patch secrets",
        ]);
        cluster.Server.Permissions.Used(Account).Select(static grant => grant.ToString()).ShouldBe(
        [
            "ClusterRole everything: list *.*",
            "Role shop/writer in shop: create configmaps",
            "Role shop/writer in shop: patch configmaps",
        ]);
    }

    [Fact]
    public async Task What_is_refused_is_kept_in_the_servers_words()
    {
        await using var cluster = await StartAsync();
        var robot = cluster.Client.As(Impersonation.ServiceAccount("shop", "robot"));
        for (var i = 0; i < 2; i++)
        {
            await Should.ThrowAsync<ApiException>(() => robot.GetAsync(ConfigMaps, "default", "a", CancellationToken));
        }

        cluster.Server.Permissions.Refused(Account).ShouldBe(
            [$"configmaps \"a\" is forbidden: User \"{Account}\" cannot get resource \"configmaps\" in API group \"\" in the namespace \"default\""]);
    }

    [Fact]
    public async Task To_ask_whether_one_may_is_no_use_of_it()
    {
        await using var cluster = await StartAsync();
        await cluster.Client.As(Impersonation.ServiceAccount("shop", "robot")).CreateAsync(
            ApiResource.Of("authorization.k8s.io/v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", namespaced: false),
            KubernetesObject.Parse("""
                {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "metadata": {},
                 "spec": {"resourceAttributes": {"verb": "get", "resource": "configmaps", "namespace": "shop"} } }
                """), new(), CancellationToken);

        Unused(cluster).ShouldContain(static grant => grant == "Role shop/writer in shop: get configmaps");
    }

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private static IEnumerable<string> Unused(SandboxCluster cluster) => cluster.Server.Permissions.Unused(Account).Select(static grant => grant.ToString());

    private static async Task<SandboxCluster> StartAsync()
    {
        var cluster = await SandboxCluster.StartAsync(cancellationToken: CancellationToken);
        await cluster.ApplyAsync("""
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"} }
            """, CancellationToken);
        await cluster.ApplyAsync(Roles, CancellationToken);
        cluster.Server.Permissions.Follow(Account);
        return cluster;
    }
}

using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests;

/// <summary>Outside trusted namespaces an Application writes as its service account, with no more rights than that has.</summary>
public sealed class ImpersonationTests(Cluster cluster)
{
    [Fact]
    public async Task It_needs_an_account_then_the_rights_and_then_syncs()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "account");
        space.Options = space.Options with { TrustedNamespaces = [] };
        var repository = space.NewRepository();
        var head = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "x")));
        var application = await space.CreateApplicationAsync("web", repository);
        var proxy = await space.StartProxyAsync();
        await space.StartOperatorAsync(proxy);
        await space.UntilConditionAsync(application, Conditions.SpecValid, "False", "ImpersonationRequired");
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "a")).ShouldBeNull();

        await cluster.ApplyAsync(Kinds.ServiceAccount, KubernetesObject.Parse($$"""
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": "{{space.ApplicationNamespace}}", "name": "deployer"} }
            """));
        await cluster.MergeAsync(Kinds.Application, application.Namespace, application.Name, """{"spec": {"serviceAccountName": "deployer"}}""");
        var told = await space.UntilAsync(application, "is told what is forbidden", static found =>
            found.Status.Condition(Conditions.Ready) is { Status: "False" } ready && ready.Message.Contains("cannot", StringComparison.Ordinal));
        var message = told.Status.Condition(Conditions.Ready)!.Message;
        message.ShouldContain($"system:serviceaccount:{space.ApplicationNamespace}:deployer");
        message.ShouldContain("patch");
        message.ShouldContain("configmaps");
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "a")).ShouldBeNull();

        await AllowAsync(space);
        await space.UntilSyncedAsync(application, head);
        var live = (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "a"))!;
        ManagedFieldsEntry.Of(live).ShouldHaveSingleItem().Manager.ShouldBe(Names.FieldManager);
        proxy.Requests.Where(static request => request.IsWrite && request.Resource == "configmaps")
            .ShouldAllBe(request => request.User == $"system:serviceaccount:{space.ApplicationNamespace}:deployer");

        // Deleting is done as the account too.
        await space.UntilSyncedAsync(application, repository.Commit(("a.yaml", null), ("b.yaml", Manifests.ConfigMap("b", "x"))));
        proxy.Requests.Where(static request => request.Verb == "delete").ShouldAllBe(static request => request.User.Length > 0);
    }

    private async Task AllowAsync(TestSpace space)
    {
        await cluster.ApplyAsync(Kinds.Role, KubernetesObject.Parse($$"""
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"namespace": "{{space.Target}}", "name": "deployer"},
             "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "create", "patch", "update", "delete"]}]}
            """));
        await cluster.ApplyAsync(Kinds.RoleBinding, KubernetesObject.Parse($$"""
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"namespace": "{{space.Target}}", "name": "deployer"},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "deployer"},
             "subjects": [{"kind": "ServiceAccount", "namespace": "{{space.ApplicationNamespace}}", "name": "deployer"}]}
            """));
    }
}

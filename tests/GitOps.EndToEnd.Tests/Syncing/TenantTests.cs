using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Syncing;

/// <summary>Every write, from the first apply to the last delete, is made with the rights of the Application's account and no others.</summary>
public sealed class TenantTests(Cluster cluster)
{
    private const string Account = "deployer";

    [Fact]
    public async Task A_right_that_is_missing_at_deletion_is_named_and_nothing_is_forgotten()
    {
        await using var space = await TenantAsync();
        await AllowAsync(space, space.Target, "get", "create", "patch", "update");
        var (application, _) = await SyncedAsync(space, Names.ResourcesFinalizer);

        await space.DeleteAsync(application);
        var blocked = await space.UntilBlockedAsync(application, "DeletionError");
        blocked.Message.ShouldContain($"system:serviceaccount:{space.ApplicationNamespace}:{Account}");
        blocked.Message.ShouldContain("delete");
        blocked.Message.ShouldContain("configmaps");
        blocked.Message.ShouldContain($"{space.Target}/a");
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "a"))!.IsTerminating.ShouldBeFalse();

        await AllowAsync(space, space.Target, "get", "create", "patch", "update", "delete");
        await space.GoneAsync(application);
        (await space.HasAsync("a")).ShouldBeFalse();
    }

    [Fact]
    public async Task An_account_that_goes_in_mid_sync_ends_all_writing_until_it_is_back()
    {
        await using var space = await TenantAsync();
        await AllowAsync(space, space.Target, "get", "create", "patch", "update", "delete");
        var repository = space.NewRepository();
        var head = repository.Commit(
            ("a.yaml", Manifests.ConfigMap("a", "one")), ("db.yaml", Workloads.Deployment("db")), ("z.yaml", Deletions.ConfigMap("z", Workloads.Argo("sync-wave=1"))));
        var application = await space.CreateApplicationAsync("web", repository, change: As);
        await space.StartOperatorAsync();
        await space.UntilAsync(application, "waits in the first wave", static found =>
            found.Status.OperationState is { Phase: OperationPhase.Running, Progress.Wave: 0 } state && state.Message!.Contains("db", StringComparison.Ordinal));

        // The role binding stays: the API server would still allow what it names.
        await cluster.DeleteAsync(Kinds.ServiceAccount, space.ApplicationNamespace, Account);
        await space.RollOutAsync("db");
        (await space.UntilConditionAsync(application, Conditions.Ready, "False", "AccountGone")).Message.ShouldContain($"{space.ApplicationNamespace}/{Account}");
        (await space.HasAsync("z")).ShouldBeFalse();
        await space.UntilEventAsync(application, "AccountGone", Account);

        await CreateAccountAsync(space);
        await space.UntilSyncedAsync(application, head);
        (await space.HasAsync("z")).ShouldBeTrue();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_account_that_is_gone_at_deletion_leaves_its_objects_and_lists_them(bool bindingStays)
    {
        await using var space = await TenantAsync();
        await AllowAsync(space, space.Target, "get", "create", "patch", "update", "delete");
        var (application, proxy) = await SyncedAsync(space, Names.ResourcesFinalizer);
        await cluster.DeleteAsync(Kinds.ServiceAccount, space.ApplicationNamespace, Account);
        if (!bindingStays)
        {
            await cluster.DeleteAsync(Kinds.RoleBinding, space.Target, Account);
        }

        proxy.Forget();
        await space.DeleteAsync(application);
        await space.GoneAsync(application);
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "a"))!.IsTerminating.ShouldBeFalse();
        proxy.Requests.ShouldNotContain(static request => request.IsWrite && request.Resource == "configmaps");
        (await space.NoteAsync(application, "AccountGone", $"{space.Target}/a")).ShouldContain("1 object(s) stay");
        await space.UntilAsync("no inventory is left", async () => (await cluster.ListAsync(Kinds.Inventory, application.Namespace)).Count == 0);
    }

    [Fact]
    public async Task An_account_that_the_application_brings_itself_goes_last()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "tenant");
        space.Options = space.Options with { TrustedNamespaces = [] };
        await CreateAccountAsync(space);
        await AllowAsync(space, space.Target, "get", "create", "patch", "update", "delete");
        await AllowAsync(space, space.ApplicationNamespace, "get", "create", "patch", "update", "delete");
        var repository = space.NewRepository();
        var head = repository.Commit(
            ("a.yaml", Manifests.ConfigMap("a", "one")),
            ("account.yaml", $$"""
                apiVersion: v1
                kind: ServiceAccount
                metadata: {name: "{{Account}}", namespace: "{{space.ApplicationNamespace}}", annotations: {argocd.argoproj.io/sync-wave: "9"} }

                """));
        var application = await space.CreateApplicationAsync("web", repository, change: json =>
        {
            As(json);
            Deletions.Finalizers(Names.ResourcesFinalizer)(json);
        });
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, head);
        await space.DeleteAsync(application);
        await space.GoneAsync(application);
        (await space.HasAsync("a")).ShouldBeFalse();
        await space.UntilGoneAsync(Kinds.ServiceAccount, space.ApplicationNamespace, Account);
    }

    [Fact]
    public async Task Two_tenants_cannot_write_into_each_others_namespaces()
    {
        await using var red = await TenantAsync();
        await using var blue = await TenantAsync();
        await AllowAsync(red, red.Target, "get", "create", "patch", "update", "delete");
        await AllowAsync(blue, blue.Target, "get", "create", "patch", "update", "delete");
        var (reds, blues) = (await IntrudingAsync(red, blue), await IntrudingAsync(blue, red));

        foreach (var (space, other, application) in ((TestSpace, TestSpace, NamespacedName)[])[(red, blue, reds), (blue, red, blues)])
        {
            var refused = await space.UntilAsync(application, "is told what is forbidden", found =>
                found.Status.Condition(Conditions.Ready) is { Status: "False" } ready && ready.Message.Contains(other.Target, StringComparison.Ordinal)
                && ready.Message.Contains("forbidden", StringComparison.Ordinal));
            var message = refused.Status.Condition(Conditions.Ready)!.Message;
            message.ShouldContain($"system:serviceaccount:{space.ApplicationNamespace}:{Account}");
            message.ShouldContain("patch");

            // Its own object is there, and the other's is as the other wrote it.
            var own = (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "shared"))!;
            own.At("data", "key")!.GetValue<string>().ShouldBe("mine");
            Marks.Owner(own).ShouldBe(application);
            (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "intruder")).ShouldBeNull();
        }
    }

    private async Task<TestSpace> TenantAsync()
    {
        var space = await TestSpace.CreateAsync(cluster, "tenant");
        space.Options = space.Options with { TrustedNamespaces = [] };
        await CreateAccountAsync(space);
        return space;
    }

    private async Task<(NamespacedName Application, ApiProxy Proxy)> SyncedAsync(TestSpace space, string finalizer)
    {
        var repository = space.NewRepository();
        var head = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: json =>
        {
            As(json);
            Deletions.Finalizers(finalizer)(json);
        });
        var proxy = await space.StartProxyAsync();
        await space.StartOperatorAsync(proxy);
        await space.UntilSyncedAsync(application, head);
        return (application, proxy);
    }

    private static async Task<NamespacedName> IntrudingAsync(TestSpace space, TestSpace victim)
    {
        var repository = space.NewRepository();
        repository.Commit(
            ("own.yaml", Manifests.ConfigMap("shared", "mine")), ("theirs.yaml", Manifests.ConfigMap("shared", "stolen", victim.Target)),
            ("new.yaml", Manifests.ConfigMap("intruder", "new", victim.Target)));
        var application = await space.CreateApplicationAsync("web", repository, change: As);
        await space.StartOperatorAsync();
        return application;
    }

    private static void As(JsonObject application) => application["spec"]!["serviceAccountName"] = Account;

    private async Task CreateAccountAsync(TestSpace space) => await cluster.ApplyAsync(Kinds.ServiceAccount, KubernetesObject.Parse($$"""
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": "{{space.ApplicationNamespace}}", "name": "{{Account}}"} }
        """));

    private async Task AllowAsync(TestSpace space, string @namespace, params string[] verbs)
    {
        var rules = new JsonArray(new JsonObject
        {
            ["apiGroups"] = new JsonArray(string.Empty, "apps"),
            ["resources"] = new JsonArray("configmaps", "deployments", "serviceaccounts"),
            ["verbs"] = new JsonArray([.. verbs.Select(static verb => (JsonNode)verb)]),
        });
        await cluster.ApplyAsync(Kinds.Role, KubernetesObject.Parse($$"""
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"namespace": "{{@namespace}}", "name": "{{Account}}"}, "rules": {{rules.ToJsonString()}} }
            """));
        await cluster.ApplyAsync(Kinds.RoleBinding, KubernetesObject.Parse($$"""
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"namespace": "{{@namespace}}", "name": "{{Account}}"},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "{{Account}}"},
             "subjects": [{"kind": "ServiceAccount", "namespace": "{{space.ApplicationNamespace}}", "name": "{{Account}}"}]}
            """));
    }
}

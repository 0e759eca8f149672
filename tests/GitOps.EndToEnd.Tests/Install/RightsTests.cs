using System.Net;
using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Drift;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.EndToEnd.Tests.Syncing;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Leases;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;
using GitOps.Operator.Api;
using GitOps.Operator.Reconcile.Inventories;
using GitOps.Sandbox;
using Microsoft.Extensions.DependencyInjection;

namespace GitOps.EndToEnd.Tests.Install;

/// <summary>The operator works with the rights that the chart gives it: no permission is missing, and none is for nothing.</summary>
public sealed class RightsTests(Cluster cluster)
{
    private const string Account = "deployer";

    [Theory]
    [InlineData("cluster")]
    [InlineData("namespaces")]
    [InlineData("impersonation")]
    public async Task All_that_the_chart_grants_is_needed_and_nothing_is_missing(string scope)
    {
        Assert.SkipWhen(Cluster.IsReal, "only the sandbox records which permissions were needed");
        await using var space = await TestSpace.CreateAsync(cluster, "rights");
        var home = space.Options.OperatorNamespace;
        string[] places = scope == "cluster" ? [] : [space.ApplicationNamespace, space.Target];
        await space.InstallRightsAsync([$"rbac.scope={scope}", .. places.Length == 0 ? [] : (string[])[$"rbac.namespaces={{{string.Join(',', places)}}}"],
            .. scope == "impersonation" ? (string[])[$"rbac.secretNamespaces={{{space.ApplicationNamespace},{space.Target}}}"] : []]);
        // Other tests have Applications too, whatever the rights.
        space.Options = space.Options with { Namespaces = [space.ApplicationNamespace, space.Target, home], TrustedNamespaces = scope == "impersonation" ? [] : [space.ApplicationNamespace] };
        await space.LetEverybodyApproveAsync();
        await CreateAccountAsync(space);

        // The key is made, and made again where it is unusable.
        await (await space.StartOperatorAsync()).StopAsync();
        await cluster.MergeAsync(Kinds.Secret, home, HashKeyStore.SecretName, """{"data": {"key": "c2hvcnQ="} }""");
        await using var time = new JumpingTime();

        // A server that knows no streaming lists.
        var proxy = await space.StartProxyAsync();
        using var older = proxy.Refuse(HttpStatusCode.BadRequest, static request => request.Path.Contains("sendInitialEvents", StringComparison.Ordinal));
        await space.StartOperatorAsync(proxy, services => services.AddSingleton<TimeProvider>(time));
        await LeadAsync(space);

        await LeavePageAsync(new(space.ApplicationNamespace, "web"));
        var repository = space.NewRepository();
        var application = await space.CreateApplicationAsync("web", repository, change: json =>
        {
            As(scope, json);
            Deletions.Finalizers(Names.ResourcesFinalizer)(json);
            json["spec"]!["approval"] = new JsonObject { ["required"] = true };
        });
        await SyncAsync(space, application, repository.Commit(("objects.yaml", Objects("one", Escalation(scope, space.Name)))));
        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "b", """{"data": {"key": "by-hand"} }""");
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "b", "is healed", static found => found.At("data", "key")!.GetValue<string>() == "one");
        await SyncAsync(space, application, repository.Commit(("objects.yaml", Objects("two", string.Empty))));

        // As an account, whatever the scope.
        var tenant = await space.CreateApplicationAsync("tenant", repository, "tenant", json => json["spec"]!["serviceAccountName"] = Account);
        await space.UntilSyncedAsync(tenant, repository.Commit(("tenant/c.yaml", Manifests.ConfigMap("c", "one"))));
        await LoseAccountTwiceAsync(space, tenant, repository);

        // One in the operator's own namespace trusts keys that are there.
        var own = await space.CreateApplicationAsync("own", repository, "tenant", json =>
        {
            json["metadata"]!["namespace"] = home;
            json["spec"]!["source"]!["verify"] = JsonNode.Parse("""{"mode": "HEAD", "keys": [{"configMapRef": {"name": "keys"}}]}""");
        });
        await space.UntilConditionAsync(own, Conditions.SourceVerified, "Unknown");

        await space.DeleteAsync(application);
        await space.GoneAsync(application);
        (await space.HasAsync("a")).ShouldBeFalse();

        // The approvals of an Application that is gone go when a week is over.
        (await cluster.ListAsync(Kinds.Approval, application.Namespace)).ShouldNotBeEmpty();
        time.Jump(TimeSpan.FromDays(8));
        await space.UntilAsync("the approvals are gone", async () => (await cluster.ListAsync(Kinds.Approval, application.Namespace)).Count == 0);

        Unneeded(space.Identity!.User).ShouldBeEmpty();
        cluster.Sandbox!.Permissions.Refused(space.Identity.User).Where(refusal => !IsKnown(scope, refusal)).ShouldBeEmpty();
    }

    /// <summary>
    /// What no request has needed in any namespace. Of rules about whatever is deployed, the verbs have to be needed, for some kind.
    /// </summary>
    private List<string> Unneeded(string user)
    {
        var used = cluster.Sandbox!.Permissions.Used(user).Select(What).ToHashSet(StringComparer.Ordinal);
        return [.. cluster.Sandbox.Permissions.Unused(user).Select(What).Where(what => !used.Contains(what)).Distinct(StringComparer.Ordinal)];

        static string What(PermissionGrant grant)
        {
            var role = grant.Role[(grant.Role.LastIndexOf(OperatorIdentity.Account, StringComparison.Ordinal) + OperatorIdentity.Account.Length)..];
            var resource = role == "-read" ? "whatever" : $"{grant.Resource}.{grant.Group}";
            return $"{role}: {grant.Verb} {resource} {grant.Name}";
        }
    }

    /// <summary>Where not all of the cluster may be read, that is found out by asking; constrained impersonation is tried by nobody but the server.</summary>
    private static bool IsKnown(string scope, string refusal) =>
        scope != "cluster" && refusal.Contains("cannot list resource", StringComparison.Ordinal) && refusal.EndsWith("at the cluster scope", StringComparison.Ordinal);

    private static string Objects(string value, string escalation) => $$"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: a, annotations: {gitops-operator.dev/sync-options: Replace=true} }
        data: {key: "{{value}}"}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: b}
        data: {key: "{{value}}"}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: s}
        stringData: {key: fixed}
        {{escalation}}
        """;

    /// <summary>Roles and bindings that grant what the operator does not hold itself.</summary>
    private static string Escalation(string scope, string name)
    {
        var role = $$"""
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: {{(scope == "cluster" ? "ClusterRole" : "Role")}}
            metadata: {name: {{name}} }
            rules: [{apiGroups: [""], resources: [pods], verbs: [deletecollection]}]
            """;
        return scope == "impersonation" ? string.Empty : $$"""
            {{(scope == "cluster" ? role + "\n" + role.Replace("ClusterRole", "Role", StringComparison.Ordinal) : role)}}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: more}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: {{name}} }
            subjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: somebody}]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: most}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
            subjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: somebody}]
            """;
    }

    private static void As(string scope, JsonObject application)
    {
        if (scope == "impersonation")
        {
            application["spec"]!["serviceAccountName"] = Account;
        }
    }

    private static async Task SyncAsync(TestSpace space, NamespacedName application, string revision)
    {
        var plan = await space.UntilPlanWaitsAsync(application, revision);
        await space.ApproveAsync(application, revision, plan.Hash!, "alice@example.com");
        await space.UntilSyncedAsync(application, revision);
    }

    /// <summary>Twice there is nobody to write as: the same event that comes again is a series.</summary>
    private async Task LoseAccountTwiceAsync(TestSpace space, NamespacedName application, GitRepo repository)
    {
        foreach (var value in (string[])["two", "three"])
        {
            await cluster.DeleteAsync(Kinds.ServiceAccount, space.ApplicationNamespace, Account);
            var head = repository.Commit(("tenant/c.yaml", Manifests.ConfigMap("c", value)));
            await space.UntilConditionAsync(application, Conditions.Ready, "False", "AccountGone");
            await CreateAccountAsync(space);
            await space.UntilSyncedAsync(application, head);
        }

        await space.UntilAsync("the event is a series", async () => (await cluster.ListAsync(Kinds.Event, space.ApplicationNamespace)).Any(static item =>
            KubernetesObject.GetString(item.Json, "reason") == "AccountGone" && item.At("series") is not null));
    }

    /// <summary>A page that a former Application has left behind, and nobody knows of: it is read, and replaced.</summary>
    private async Task LeavePageAsync(NamespacedName application)
    {
        var page = new ResourceInventory
        {
            Namespace = application.Namespace,
            Name = $"{application.Name}.0",
            Application = application.Name,
            ApplicationUid = "former",
            Page = 0,
            Pages = 1,
        }.ToObject();
        foreach (var name in (string[])["labels", "ownerReferences", "finalizers"])
        {
            page.Metadata!.Remove(name);
        }

        await cluster.ApplyAsync(Kinds.Inventory, page);
    }

    private async Task LeadAsync(TestSpace space)
    {
        var options = new LeaderElectionOptions { Namespace = space.Options.OperatorNamespace, Name = "gitops-operator", Identity = "test" };
        await using var elector = new LeaderElector(space.Identity!.Config, new KubernetesClientOptions(), options);
        await elector.RunAsync(static _ => Task.CompletedTask, TestContext.Current.CancellationToken);

        // Those who stand by look whether it is handed over.
        await using var client = new KubernetesClient(space.Identity.Config, new KubernetesClientOptions());
        var leases = ApiResource.Of("coordination.k8s.io/v1", "Lease", "leases", namespaced: true);
        (await client.ListAsync(leases, options.Namespace, new(), TestContext.Current.CancellationToken)).Items.ShouldNotBeEmpty();
        await foreach (var item in client.WatchAsync(leases, options.Namespace, new(), TestContext.Current.CancellationToken))
        {
            if (item.Type == WatchEventType.InitDone)
            {
                break;
            }
        }
    }

    private async Task CreateAccountAsync(TestSpace space)
    {
        await cluster.ApplyAsync(Kinds.ServiceAccount, KubernetesObject.Parse($$"""
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": "{{space.ApplicationNamespace}}", "name": "{{Account}}"} }
            """));
        await cluster.ApplyAsync(Kinds.Role, KubernetesObject.Parse($$"""
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"namespace": "{{space.Target}}", "name": "{{Account}}"},
             "rules": [{"apiGroups": [""], "resources": ["configmaps", "secrets"], "verbs": ["get", "create", "patch", "update", "delete"]}]}
            """));
        await cluster.ApplyAsync(Kinds.RoleBinding, KubernetesObject.Parse($$"""
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"namespace": "{{space.Target}}", "name": "{{Account}}"},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "{{Account}}"},
             "subjects": [{"kind": "ServiceAccount", "namespace": "{{space.ApplicationNamespace}}", "name": "{{Account}}"}]}
            """));
    }
}

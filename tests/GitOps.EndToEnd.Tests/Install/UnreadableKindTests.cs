using GitOps.EndToEnd.Tests.Fixture;
using GitOps.EndToEnd.Tests.Syncing;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Install;

/// <summary>What the operator may not read is never Synced in silence: the Application says that nobody watches it, and why.</summary>
public sealed class UnreadableKindTests(Cluster cluster)
{
    private const string Unwatched = "DriftWatch";

    [Fact]
    public async Task Secrets_are_watched_only_in_namespaces_that_are_opened()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "unreadable");
        space.Options = space.Options with { TrustedNamespaces = [] };
        await space.InstallRightsAsync("rbac.scope=impersonation", $"rbac.namespaces={{{space.ApplicationNamespace}}}");
        await AllowAsync(space);
        var repository = space.NewRepository();
        var head = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: static json => json["spec"]!["serviceAccountName"] = "deployer");
        var former = await space.StartOperatorAsync();
        (await space.UntilSyncedAsync(application, head)).Status.Condition(Unwatched).ShouldBeNull();

        head = repository.Commit(("s.yaml", Manifests.Secret("s", "one")));
        await space.UntilSyncedAsync(application, head);
        var told = await space.UntilConditionAsync(application, Unwatched, "False");
        told.Message.ShouldContain($"cannot list resource \"secrets\" in API group \"\" in the namespace \"{space.Target}\"");
        await former.StopAsync();

        // A right that was given is found at the latest when the operator starts.
        await space.InstallRightsAsync(
            "rbac.scope=impersonation", $"rbac.namespaces={{{space.ApplicationNamespace}}}", $"rbac.secretNamespaces={{{space.Target}}}");
        await space.StartOperatorAsync();
        await space.UntilAsync(application, "is watched", static found => found.Status.Condition(Unwatched) is null);
        await cluster.MergeAsync(Kinds.Secret, space.Target, "s", """{"data": {"key": "dHdv"} }""");
        await space.UntilObjectAsync(Kinds.Secret, space.Target, "s", "is healed", static found => found.At("data", "key")!.GetValue<string>() == "b25l");
    }

    [Fact]
    public async Task A_right_that_is_taken_away_is_told_and_what_was_seen_stays_known()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "narrowed");
        var repository = space.NewRepository();
        var head = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository);
        var proxy = await space.StartProxyAsync();
        await space.StartOperatorAsync(proxy);
        await space.UntilSyncedAsync(application, head);

        var refused = proxy.Refuse(System.Net.HttpStatusCode.Forbidden, static request => request is { Resource: "configmaps", Verb: "list" or "watch" });
        var looks = 0;
        await space.UntilAsync("the lost watch is told", async () =>
        {
            // Again after a while: a watch that was just being opened was not there to be dropped.
            if (looks++ % 100 == 0)
            {
                proxy.DropWatches();
            }

            return (await space.FindApplicationAsync(application))?.Status.Condition(Unwatched) is { Status: "False" } told && told.Message.Contains("ConfigMap", StringComparison.Ordinal);
        });
        (await space.FindApplicationAsync(application))!.Status.Sync!.Status.ShouldBe(SyncCode.Synced);
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "a")).ShouldNotBeNull();

        refused.Dispose();
        await space.UntilAsync(application, "is watched", static found => found.Status.Condition(Unwatched) is null);
    }

    [Fact]
    public async Task Where_only_some_namespaces_may_be_seen_others_are_told_and_nothing_is_taken_for_gone()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "listed");
        var elsewhere = $"{space.Name}-elsewhere";
        await space.CreateNamespaceAsync(elsewhere);
        await space.InstallRightsAsync("rbac.scope=namespaces", $"rbac.namespaces={{{space.ApplicationNamespace},{space.Target}}}");
        await cluster.ApplyAsync(Kinds.ConfigMap, KubernetesObject.Parse($$"""
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "{{elsewhere}}", "name": "b"}, "data": {"key": "theirs"} }
            """));
        var repository = space.NewRepository();
        repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")), ("b.yaml", Manifests.ConfigMap("b", "ours", elsewhere)));
        var application = await space.CreateApplicationAsync("web", repository, change: Deletions.Finalizers(Names.ResourcesFinalizer));
        await space.StartOperatorAsync();

        (await space.UntilConditionAsync(application, Unwatched, "False")).Message.ShouldContain($"in the namespace \"{elsewhere}\"");
        await space.UntilAsync(application, "is told what is forbidden", found =>
            found.Status.Condition(Conditions.Ready) is { Status: "False" } ready && ready.Message.Contains(elsewhere, StringComparison.Ordinal));
        (await cluster.GetAsync(Kinds.ConfigMap, elsewhere, "b"))!.At("data", "key")!.GetValue<string>().ShouldBe("theirs");

        // Nobody knows whether it is ours, so it cannot be let go either, until it can be read.
        var head = repository.Commit(("b.yaml", null));
        await space.UntilAsync(application, "is told what cannot be read", found =>
            found.Status.Condition(Conditions.Ready) is { Status: "False" } ready && ready.Message.Contains("cannot get", StringComparison.Ordinal));
        await space.InstallRightsAsync("rbac.scope=namespaces", $"rbac.namespaces={{{space.ApplicationNamespace},{space.Target},{elsewhere}}}");
        await space.UntilSyncedAsync(application, head);
        (await cluster.GetAsync(Kinds.ConfigMap, elsewhere, "b"))!.At("data", "key")!.GetValue<string>().ShouldBe("theirs");

        // The rest is kept as ever: watched by namespace, healed, and deleted with the Application.
        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "a", """{"data": {"key": "by-hand"} }""");
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "a", "is healed", static found => found.At("data", "key")!.GetValue<string>() == "one");
        await space.DeleteAsync(application);
        await space.GoneAsync(application);
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "a")).ShouldBeNull();
    }

    private async Task AllowAsync(TestSpace space)
    {
        await cluster.ApplyAsync(Kinds.ServiceAccount, KubernetesObject.Parse($$"""
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": "{{space.ApplicationNamespace}}", "name": "deployer"} }
            """));
        await cluster.ApplyAsync(Kinds.Role, KubernetesObject.Parse($$"""
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"namespace": "{{space.Target}}", "name": "deployer"},
             "rules": [{"apiGroups": [""], "resources": ["configmaps", "secrets"], "verbs": ["get", "create", "patch", "delete"]}]}
            """));
        await cluster.ApplyAsync(Kinds.RoleBinding, KubernetesObject.Parse($$"""
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"namespace": "{{space.Target}}", "name": "deployer"},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "deployer"},
             "subjects": [{"kind": "ServiceAccount", "namespace": "{{space.ApplicationNamespace}}", "name": "deployer"}]}
            """));
    }
}

using static GitOps.Sandbox.Tests.Controllers.WorkloadCluster;

namespace GitOps.Sandbox.Tests.Controllers;

public sealed class NamespaceTests
{
    [Fact]
    public async Task A_namespace_tells_what_is_left_in_it_and_which_finalizers_hold_it()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.Cluster.CreateNamespaceAsync("n");
        foreach (var name in (string[])["a", "b"])
        {
            await cluster.CreateAsync(
                "/api/v1/namespaces/n/configmaps", $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}","finalizers":["example.com/hold"] } }""");
        }

        await cluster.DeleteAsync("/api/v1/namespaces/n");

        var held = await cluster.GetAsync("/api/v1/namespaces/n");
        Condition(held, "NamespaceContentRemaining").ShouldBe("True SomeResourcesRemain");
        Condition(held, "NamespaceFinalizersRemaining").ShouldBe("True SomeFinalizersRemain");
        held["status"]!["conditions"]!.AsArray().Select(static one => $"{one!["type"]}: {one["message"]}").ShouldBe(
        [
            "NamespaceDeletionDiscoveryFailure: All resources successfully discovered",
            "NamespaceDeletionGroupVersionParsingFailure: All legacy kube types successfully parsed",
            "NamespaceDeletionContentFailure: All content successfully deleted, may be waiting on finalization",
            "NamespaceContentRemaining: Some resources are remaining: configmaps. has 2 resource instances",
            "NamespaceFinalizersRemaining: Some content in the namespace has finalizers remaining: example.com/hold in 2 resource instances",
        ]);

        foreach (var name in (string[])["a", "b"])
        {
            await cluster.MergeAsync($"/api/v1/namespaces/n/configmaps/{name}", """{"metadata":{"finalizers":null}}""");
        }

        (await cluster.Cluster.GetAsync("/api/v1/namespaces/n")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Pods_go_before_all_else()
    {
        await using var cluster = await WorkloadCluster.StartAsync(SandboxControllers.All with { PodShutdown = TimeSpan.FromSeconds(5) });
        await cluster.Cluster.CreateNamespaceAsync("n");
        await cluster.CreateAsync("/api/v1/namespaces/n/pods", """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]}}""");
        await cluster.CreateAsync("/api/v1/namespaces/n/secrets", """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"}}""");

        await cluster.DeleteAsync("/api/v1/namespaces/n");
        (await cluster.Cluster.GetAsync("/api/v1/namespaces/n/secrets/s")).Status.ShouldBe(200);
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(5));

        (await cluster.Cluster.GetAsync("/api/v1/namespaces/n")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Every_namespace_has_an_account_and_the_root_certificate_and_keeps_them()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.Cluster.CreateNamespaceAsync("n");
        await cluster.SettleAsync();
        foreach (var name in (string[])["n", "default", "kube-system"])
        {
            await cluster.GetAsync($"/api/v1/namespaces/{name}/serviceaccounts/default");
            (await cluster.GetAsync($"/api/v1/namespaces/{name}/configmaps/kube-root-ca.crt"))["data"]!["ca.crt"]!.GetValue<string>()
                .ShouldBe(cluster.Cluster.Sandbox.CaPem);
        }

        await cluster.DeleteAsync("/api/v1/namespaces/n/serviceaccounts/default");
        await cluster.MergeAsync("/api/v1/namespaces/n/configmaps/kube-root-ca.crt", """{"data":{"ca.crt":"forged"}}""");

        await cluster.GetAsync("/api/v1/namespaces/n/serviceaccounts/default");
        (await cluster.GetAsync("/api/v1/namespaces/n/configmaps/kube-root-ca.crt"))["data"]!["ca.crt"]!.GetValue<string>().ShouldBe(cluster.Cluster.Sandbox.CaPem);
    }

    [Fact]
    public async Task Without_controllers_nothing_is_made()
    {
        await using var cluster = await WorkloadCluster.StartAsync(SandboxControllers.None);
        await cluster.CreateAsync(Deployments, Workload("Deployment", "web"));

        (await cluster.GetAsync($"{Deployments}/web"))["status"]!.AsObject().ShouldBeEmpty();
        (await cluster.ListAsync(ReplicaSets)).ShouldBeEmpty();
        (await cluster.ListAsync("/api/v1/serviceaccounts")).ShouldBeEmpty();
        (await cluster.ListAsync("/api/v1/nodes")).ShouldBeEmpty();
    }
}

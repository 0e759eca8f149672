using System.Text.Json.Nodes;
using static GitOps.Sandbox.Tests.Controllers.WorkloadCluster;

namespace GitOps.Sandbox.Tests.Controllers;

public sealed class AddressTests
{
    private const string Services = "/api/v1/namespaces/default/services";
    private const string Slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";

    private static readonly SandboxControllers Slow = SandboxControllers.All with { AddressDelay = TimeSpan.FromSeconds(10) };

    [Fact]
    public async Task A_load_balancer_gets_its_address_after_a_time_and_gives_it_back()
    {
        await using var cluster = await WorkloadCluster.StartAsync(Slow);
        await cluster.CreateAsync(Services, """{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"type":"LoadBalancer","ports":[{"port":80}]}}""");
        (await cluster.GetAsync($"{Services}/s"))["status"]!["loadBalancer"]!.AsObject().ShouldBeEmpty();
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(10));

        var service = await cluster.GetAsync($"{Services}/s");
        service["status"]!["loadBalancer"]!["ingress"]![0]!["ip"]!.GetValue<string>().ShouldStartWith("203.0.113.");
        service["metadata"]!["finalizers"]!.ToJsonString().ShouldBe("[\"service.kubernetes.io/load-balancer-cleanup\"]");

        await cluster.MergeAsync($"{Services}/s", """{"spec":{"type":"ClusterIP"}}""");
        (await cluster.GetAsync($"{Services}/s"))["status"]!["loadBalancer"]!.AsObject().ShouldBeEmpty();
        await cluster.MergeAsync($"{Services}/s", """{"spec":{"type":"LoadBalancer"}}""");
        await cluster.DeleteAsync($"{Services}/s");
        (await cluster.Cluster.GetAsync($"{Services}/s")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task An_ingress_gets_its_address_after_a_time()
    {
        await using var cluster = await WorkloadCluster.StartAsync(Slow);
        const string Ingresses = "/apis/networking.k8s.io/v1/namespaces/default/ingresses";
        await cluster.CreateAsync(Ingresses, """
            {"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"name":"i"},"spec":{"defaultBackend":{"service":{"name":"s","port":{"number":80}}}}}
            """);
        (await cluster.GetAsync($"{Ingresses}/i"))["status"]!["loadBalancer"]!.AsObject().ShouldBeEmpty();
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(10));

        (await cluster.GetAsync($"{Ingresses}/i"))["status"]!["loadBalancer"]!["ingress"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_slice_of_a_service_holds_the_addresses_of_its_pods()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await cluster.CreateAsync(Services, """{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"selector":{"app":"web"},"ports":[{"name":"http","port":80,"targetPort":8080}]}}""");
        await cluster.CreateAsync(ReplicaSets, Workload("ReplicaSet", "web", "\"replicas\":2"));

        var slice = (await cluster.ListAsync(Slices)).ShouldHaveSingleItem();
        slice["ports"]![0]!["port"]!.GetValue<int>().ShouldBe(8080);
        Ready(slice).ShouldBe([true, true]);

        var pod = (await cluster.ListAsync(Pods))[0]["metadata"]!["name"]!.GetValue<string>();
        await cluster.MergeAsync($"{Pods}/{pod}", $$$"""{"metadata":{"annotations":{ {{{Script("unready")}}} } } }""");
        Ready((await cluster.ListAsync(Slices))[0]).ShouldBe([true, false], ignoreOrder: true);

        await cluster.DeleteAsync($"{Services}/s");
        (await cluster.ListAsync(Slices)).ShouldBeEmpty();
    }

    private static IEnumerable<bool> Ready(JsonObject slice) =>
        slice["endpoints"]!.AsArray().Select(static endpoint => endpoint!["conditions"]!["ready"]!.GetValue<bool>());
}

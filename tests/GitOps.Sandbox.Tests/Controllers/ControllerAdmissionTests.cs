using System.Text.Json.Nodes;
using GitOps.Sandbox.Tests.Webhooks;
using static GitOps.Sandbox.Tests.Controllers.WorkloadCluster;

namespace GitOps.Sandbox.Tests.Controllers;

/// <summary>What controllers write is judged as what anybody writes.</summary>
public sealed class ControllerAdmissionTests
{
    [Fact]
    public async Task Webhooks_change_the_pods_that_controllers_make_and_see_who_makes_them()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await using var webhooks = await WebhookServer.StartAsync();
        var users = new HashSet<string>(StringComparer.Ordinal);
        webhooks.On("/inject", request =>
        {
            users.Add(request["userInfo"]!["username"]!.GetValue<string>());
            return Reply.Patch("""[{"op":"add","path":"/spec/containers/-","value":{"name":"sidecar","image":"proxy"}}]""");
        });
        await ConfigureAsync(cluster, WebhookBed.Mutating, webhooks.ClientConfig("/inject"));

        await cluster.CreateAsync(Deployments, Workload("Deployment", "web", "\"replicas\":2"));

        users.ShouldBe(["system:serviceaccount:kube-system:replicaset-controller"]);
        foreach (var pod in await cluster.ListAsync(Pods))
        {
            pod["spec"]!["containers"]!.AsArray().Select(static container => container!["name"]!.GetValue<string>()).ShouldBe(["c", "sidecar"]);
            pod["status"]!["containerStatuses"]!.AsArray().Count.ShouldBe(2);
        }

        Condition(await cluster.GetAsync($"{Deployments}/web"), "Progressing").ShouldBe("True NewReplicaSetAvailable");
    }

    [Fact]
    public async Task Pods_that_a_webhook_refuses_are_made_once_it_does_not_any_more()
    {
        await using var cluster = await WorkloadCluster.StartAsync();
        await using var webhooks = await WebhookServer.StartAsync();
        webhooks.On("/refuse", static _ => Reply.Deny("""{"message":"not today"}"""));
        await ConfigureAsync(cluster, WebhookBed.Validating, webhooks.ClientConfig("/refuse"));
        await cluster.CreateAsync(Deployments, Workload("Deployment", "web", "\"replicas\":2"));
        var failing = await cluster.GetAsync($"{Deployments}/web");
        Condition(failing, "ReplicaFailure").ShouldBe("True FailedCreate");
        failing["status"]!["conditions"]!.AsArray().Select(static one => one!["message"]!.GetValue<string>())
            .ShouldContain(static message => message.Contains("not today", StringComparison.Ordinal));

        await cluster.DeleteAsync($"{WebhookBed.Group}/{WebhookBed.Validating}/hook");
        await cluster.AdvanceAsync(TimeSpan.FromMinutes(1));

        var deployment = await cluster.GetAsync($"{Deployments}/web");
        Condition(deployment, "ReplicaFailure").ShouldBeEmpty();
        Condition(deployment, "Available").ShouldBe("True MinimumReplicasAvailable");
    }

    private static Task<JsonObject> ConfigureAsync(WorkloadCluster cluster, string kind, string clientConfig) => cluster.CreateAsync(
        $"{WebhookBed.Group}/{kind}", WebhookBed.Configuration(kind, "hook", $$$"""
            {"name":"hook.tests.example.com","clientConfig":{{{clientConfig}}},"sideEffects":"None","admissionReviewVersions":["v1"],
             "rules":[{"operations":["CREATE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["pods"]}]}
            """));
}

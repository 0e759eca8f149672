using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Tests.Controllers;

public sealed class GarbageCollectionTests
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";
    private const string Hold = ",\"finalizers\":[\"example.com/hold\"]";

    private static readonly SandboxControllers Collector = new() { GarbageCollection = true };

    [Fact]
    public async Task Only_dependents_that_block_hold_back_an_owner_that_is_deleted_in_the_foreground()
    {
        await using var cluster = await WorkloadCluster.StartAsync(Collector);
        var owner = await CreateAsync(cluster, "owner");
        await CreateAsync(cluster, "blocking", References(Reference(owner)) + Hold);
        await CreateAsync(cluster, "other", References(Reference(owner, blocks: false)) + Hold);

        await cluster.DeleteAsync($"{ConfigMaps}/owner?propagationPolicy=Foreground");
        (await StatesAsync(cluster, "owner", "blocking", "other")).ShouldBe("terminating terminating terminating");
        await ReleaseAsync(cluster, "blocking");

        (await StatesAsync(cluster, "owner", "blocking", "other")).ShouldBe("gone gone terminating");
    }

    [Fact]
    public async Task A_dependent_with_another_owner_only_loses_the_reference_to_the_one_that_is_deleted()
    {
        await using var cluster = await WorkloadCluster.StartAsync(Collector);
        var (first, second) = (await CreateAsync(cluster, "first"), await CreateAsync(cluster, "second"));
        await CreateAsync(cluster, "child", References(Reference(first), Reference(second)));

        await cluster.DeleteAsync($"{ConfigMaps}/first?propagationPolicy=Foreground");

        (await StatesAsync(cluster, "first", "child")).ShouldBe("gone there");
        (await cluster.GetAsync($"{ConfigMaps}/child"))["metadata"]!["ownerReferences"]!.AsArray()
            .ShouldHaveSingleItem()!["name"]!.GetValue<string>().ShouldBe("second");
    }

    [Theory]
    [InlineData("another uid", "gone")]
    [InlineData("another name", "gone")]
    [InlineData("another kind", "gone")]
    [InlineData("a kind that is not served", "there")]
    [InlineData("another namespace", "gone")]
    public async Task An_owner_is_looked_for_by_kind_and_name_in_the_same_namespace_and_has_the_uid(string mistake, string state)
    {
        await using var cluster = await WorkloadCluster.StartAsync(Collector);
        var owner = await CreateAsync(cluster, "owner");
        if (mistake == "another namespace")
        {
            await cluster.Cluster.CreateNamespaceAsync("elsewhere");
            owner = await cluster.CreateAsync("/api/v1/namespaces/elsewhere/configmaps", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"far"}}""");
        }

        var reference = Reference(owner);
        switch (mistake)
        {
            case "another uid":
                reference["uid"] = "00000000-0000-4000-8000-000000000000";
                break;
            case "another name":
                reference["name"] = "nobody";
                break;
            case "another kind":
                reference["kind"] = "Secret";
                break;
            case "a kind that is not served":
                (reference["apiVersion"], reference["kind"]) = ("example.com/v1", "Thing");
                break;
            default:
                break;
        }

        await CreateAsync(cluster, "child", References(reference));

        (await StatesAsync(cluster, "child")).ShouldBe(state);
    }

    [Fact]
    public async Task What_is_in_no_namespace_cannot_be_owned_by_what_is_in_one_but_can_own_it()
    {
        await using var cluster = await WorkloadCluster.StartAsync(Collector);
        var inNamespace = await CreateAsync(cluster, "owner");
        await cluster.CreateAsync("/apis/rbac.authorization.k8s.io/v1/clusterroles", $$$"""
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"r" {{{References(Reference(inNamespace))}}} } }
            """);
        await cluster.DeleteAsync($"{ConfigMaps}/owner");
        (await cluster.Cluster.GetAsync("/apis/rbac.authorization.k8s.io/v1/clusterroles/r")).Status.ShouldBe(200);

        var role = await cluster.GetAsync("/apis/rbac.authorization.k8s.io/v1/clusterroles/r");
        await CreateAsync(cluster, "child", References(Reference(role)));
        (await StatesAsync(cluster, "child")).ShouldBe("there");
        await cluster.DeleteAsync("/apis/rbac.authorization.k8s.io/v1/clusterroles/r");
        (await StatesAsync(cluster, "child")).ShouldBe("gone");
    }

    [Fact]
    public async Task Owners_in_a_circle_go_all_the_same()
    {
        await using var cluster = await WorkloadCluster.StartAsync(Collector);
        var first = await CreateAsync(cluster, "first");
        var second = await CreateAsync(cluster, "second", References(Reference(first)));
        await cluster.MergeAsync($"{ConfigMaps}/first", $$$"""{"metadata":{"name":"first" {{{References(Reference(second))}}} } }""");

        await cluster.DeleteAsync($"{ConfigMaps}/first?propagationPolicy=Foreground");

        (await StatesAsync(cluster, "first", "second")).ShouldBe("gone gone");
    }

    [Fact]
    public async Task A_dependent_of_a_custom_resource_goes_with_its_definition()
    {
        await using var cluster = await WorkloadCluster.StartAsync(Collector);
        const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        await cluster.CreateAsync(Definitions, """
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"things.example.com"},"spec":{"group":"example.com","scope":"Namespaced",
            "names":{"plural":"things","singular":"thing","kind":"Thing"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"}}}]}}
            """);
        var thing = await cluster.CreateAsync("/apis/example.com/v1/namespaces/default/things", """{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"t"}}""");
        await CreateAsync(cluster, "child", References(Reference(thing)));

        await cluster.DeleteAsync("/apis/example.com/v1/namespaces/default/things/t");
        (await StatesAsync(cluster, "child")).ShouldBe("gone");
    }

    private static JsonObject Reference(JsonObject owner, bool blocks = true) => new()
    {
        ["apiVersion"] = owner["apiVersion"]!.GetValue<string>(),
        ["kind"] = owner["kind"]!.GetValue<string>(),
        ["name"] = owner["metadata"]!["name"]!.GetValue<string>(),
        ["uid"] = owner["metadata"]!["uid"]!.GetValue<string>(),
        ["blockOwnerDeletion"] = blocks,
    };

    private static string References(params IEnumerable<JsonObject> references) =>
        $",\"ownerReferences\":{new JsonArray([.. references.Select(static one => one.DeepClone())]).ToJsonString()}";

    private static Task<JsonObject> CreateAsync(WorkloadCluster cluster, string name, string metadata = "") => cluster.CreateAsync(
        ConfigMaps, $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}" {{{metadata}}} } }""");

    private static Task<JsonObject> ReleaseAsync(WorkloadCluster cluster, string name) => cluster.MergeAsync($"{ConfigMaps}/{name}", """{"metadata":{"finalizers":null}}""");

    private static async Task<string> StatesAsync(WorkloadCluster cluster, params IEnumerable<string> names)
    {
        var states = new List<string>();
        foreach (var name in names)
        {
            var answer = await cluster.Cluster.GetAsync($"{ConfigMaps}/{name}");
            states.Add(answer.Status == 404 ? "gone" : answer.Text("metadata", "deletionTimestamp").Length > 0 ? "terminating" : "there");
        }

        return string.Join(' ', states);
    }
}

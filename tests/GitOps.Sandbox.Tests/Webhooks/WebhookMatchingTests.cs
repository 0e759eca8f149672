using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Tests.Webhooks;

public sealed class WebhookMatchingTests
{
    private const string ConfigMapRule = """ "operations":["CREATE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["configmaps"] """;

    [Theory]
    [InlineData(ConfigMapRule, true)]
    [InlineData(""" "operations":["UPDATE","DELETE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["configmaps"] """, false)]
    [InlineData(""" "operations":["*"],"apiGroups":["*"],"apiVersions":["*"],"resources":["*"] """, true)]
    [InlineData(""" "operations":["*"],"apiGroups":["*"],"apiVersions":["*"],"resources":["*/*"] """, true)]
    [InlineData(""" "operations":["*"],"apiGroups":["*"],"apiVersions":["*"],"resources":["*/status"] """, false)]
    [InlineData(""" "operations":["*"],"apiGroups":["*"],"apiVersions":["*"],"resources":["configmaps/*"] """, true)]
    [InlineData(""" "operations":["*"],"apiGroups":["apps"],"apiVersions":["*"],"resources":["*"] """, false)]
    [InlineData(""" "operations":["*"],"apiGroups":[""],"apiVersions":["v2"],"resources":["*"] """, false)]
    [InlineData(""" "operations":["*"],"apiGroups":[""],"apiVersions":["v1"],"resources":["secrets","configmaps"],"scope":"Namespaced" """, true)]
    [InlineData(""" "operations":["*"],"apiGroups":[""],"apiVersions":["v1"],"resources":["configmaps"],"scope":"Cluster" """, false)]
    public async Task Rules_choose_by_operation_group_version_resource_and_scope(string rule, bool isAsked)
    {
        await using var bed = await WebhookBed.StartAsync();
        await bed.ConfigureAsync(WebhookBed.Validating, bed.Hook("see", $$"""{"rules":[{{{rule}}}]}"""));

        (await bed.Cluster.PostAsync(bed.ConfigMaps, WebhookBed.ConfigMap("a"))).Ok();

        bed.Server.Requests("/see", "a").Count.ShouldBe(isAsked ? 1 : 0);
    }

    [Theory]
    [InlineData("""{"matchLabels":{"team":"a"} }""", "a", "a", true)]
    [InlineData("""{"matchLabels":{"team":"a"} }""", "b", "b", false)]
    [InlineData("""{"matchLabels":{"team":"a"} }""", "a", "b", true)]
    [InlineData("""{"matchLabels":{"team":"a"} }""", "b", "a", true)]
    [InlineData("""{"matchExpressions":[{"key":"team","operator":"In","values":["a","c"]}]}""", "c", "c", true)]
    [InlineData("""{"matchExpressions":[{"key":"team","operator":"NotIn","values":["a"]}]}""", "a", "a", false)]
    [InlineData("""{"matchExpressions":[{"key":"team","operator":"Exists"}]}""", "a", "a", true)]
    [InlineData("""{"matchExpressions":[{"key":"team","operator":"DoesNotExist"}]}""", "a", "a", false)]
    [InlineData("""{"matchExpressions":[{"key":"other","operator":"DoesNotExist"}],"matchLabels":{"team":"a"} }""", "a", "a", true)]
    public async Task An_object_is_chosen_by_its_labels_before_or_after_the_change(string selector, string before, string after, bool isAsked)
    {
        await using var bed = await WebhookBed.StartAsync();
        await bed.ConfigureAsync(WebhookBed.Validating, bed.Hook("see", $$"""
            {"objectSelector":{{selector}},"rules":[{"operations":["UPDATE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["configmaps"]}]}
            """));
        (await bed.Cluster.PostAsync(bed.ConfigMaps, WebhookBed.ConfigMap("a", metadata: $$""","labels":{"team":"{{before}}"}"""))).Ok();

        (await bed.Cluster.MergeAsync(bed.ConfigMaps + "/a", $$"""{"data":{"x":"y"},"metadata":{"labels":{"team":"{{after}}"} } }""")).Ok();

        bed.Server.Requests("/see", "a").Count.ShouldBe(isAsked ? 1 : 0);
    }

    [Theory]
    [InlineData("Exact", "v2", "v2", 1)]
    [InlineData("Exact", "v1", "v2", 0)]
    [InlineData("Equivalent", "v1", "v2", 1)]
    public async Task Another_version_of_the_same_objects_is_matched_if_wanted_and_shown_in_that_version(
        string policy, string version, string used, int times)
    {
        await using var bed = await WebhookBed.StartAsync();
        bed.Server.On("/see", static _ => Reply.Patch("""[{"op":"replace","path":"/spec/maxReplicas","value":9}]"""));
        await bed.ConfigureAsync(WebhookBed.Mutating, bed.Hook("see", $$"""
            {"matchPolicy":"{{policy}}","rules":[{"operations":["CREATE"],"apiGroups":["autoscaling"],"apiVersions":["{{version}}"],"resources":["horizontalpodautoscalers"]}]}
            """));

        var created = (await bed.Cluster.PostAsync($"/apis/autoscaling/{used}/namespaces/{bed.Namespace}/horizontalpodautoscalers", $$$"""
            {"apiVersion":"autoscaling/{{{used}}}","kind":"HorizontalPodAutoscaler","metadata":{"name":"a"},
             "spec":{"maxReplicas":3,"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"d"},
              "metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":50} } }]} }
            """)).Ok();

        var requests = bed.Server.Requests("/see", "a");
        requests.Count.ShouldBe(times);
        created.Text("spec", "maxReplicas").ShouldBe(times > 0 ? "9" : "3");
        created.Text("spec", "metrics").ShouldContain("averageUtilization");
        foreach (var request in requests)
        {
            request["kind"]!["version"]!.GetValue<string>().ShouldBe(version);
            request["resource"]!["version"]!.GetValue<string>().ShouldBe(version);
            request["requestKind"]!["version"]!.GetValue<string>().ShouldBe(used);
            request["requestResource"]!["version"]!.GetValue<string>().ShouldBe(used);
            request["object"]!["apiVersion"]!.GetValue<string>().ShouldBe($"autoscaling/{version}");
            request["object"]!["spec"]!.AsObject().ContainsKey(version == "v1" ? "targetCPUUtilizationPercentage" : "metrics").ShouldBeTrue();
        }
    }

    [Fact]
    public async Task A_namespace_is_chosen_by_its_own_labels_and_named_as_its_own_namespace()
    {
        await using var bed = await WebhookBed.StartAsync();
        var name = bed.Namespace + "-x";
        await bed.ConfigureAsync(WebhookBed.Validating, bed.Hook("see", $$"""
            {"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"{{name}}"} },
             "rules":[{"operations":["*"],"apiGroups":[""],"apiVersions":["v1"],"resources":["namespaces"],"scope":"Cluster"}]}
            """));

        await bed.Cluster.CreateNamespaceAsync(name);
        await bed.Cluster.CreateNamespaceAsync(name + "y");

        bed.Server.Requests("/see", name).ShouldHaveSingleItem()["namespace"]!.GetValue<string>().ShouldBe(name);
        bed.Server.Requests("/see", name + "y").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_subresource_is_matched_by_its_own_name()
    {
        await using var bed = await WebhookBed.StartAsync();
        await bed.ConfigureAsync(
            WebhookBed.Validating,
            bed.Hook("status", """{"rules":[{"operations":["*"],"apiGroups":[""],"apiVersions":["v1"],"resources":["pods/status"]}]}"""),
            bed.Hook("pods", """{"rules":[{"operations":["UPDATE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["pods"]}]}"""));
        var pods = $"/api/v1/namespaces/{bed.Namespace}/pods";
        (await bed.Cluster.PostAsync(pods, """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"name":"c","image":"i"}]}}
            """)).Ok();

        (await bed.Cluster.MergeAsync(pods + "/a/status", """{"status":{"phase":"Running"}}""")).Ok();

        var request = bed.Server.Requests("/status", "a").ShouldHaveSingleItem();
        request["subResource"]!.GetValue<string>().ShouldBe("status");
        request["requestSubResource"]!.GetValue<string>().ShouldBe("status");
        request["kind"]!["kind"]!.GetValue<string>().ShouldBe("Pod");
        bed.Server.Requests("/pods", "a").ShouldBeEmpty();
    }

    [Fact]
    public async Task No_webhook_is_asked_about_webhooks()
    {
        await using var bed = await WebhookBed.StartAsync();
        bed.Server.On("/deny", static _ => Reply.Deny());
        await bed.ConfigureAsync(WebhookBed.Validating, bed.Hook("deny", """
            {"namespaceSelector":{},"rules":[{"operations":["*"],"apiGroups":["admissionregistration.k8s.io"],"apiVersions":["*"],"resources":["*"]}]}
            """));
        var path = $"{WebhookBed.Group}/{WebhookBed.Validating}";

        (await bed.Cluster.PostAsync(path, WebhookBed.Configuration(WebhookBed.Validating, bed.Namespace + "-other"))).Ok();
        (await bed.Cluster.DeleteAsync($"{path}/{bed.Namespace}-other")).Ok();
    }

    [Fact]
    public async Task An_impersonated_caller_is_the_one_who_asks()
    {
        await using var bed = await WebhookBed.StartAsync();
        await bed.ConfigureAsync(WebhookBed.Validating, bed.Hook("see"));
        using var message = bed.Cluster.Request(HttpMethod.Post, bed.ConfigMaps, WebhookBed.ConfigMap("a"));
        message.Headers.Add("Impersonate-User", "jane");
        message.Headers.Add("Impersonate-Group", "system:masters");
        using var response = await bed.Cluster.Http.SendAsync(message);
        ((int)response.StatusCode).ShouldBe(201);

        var user = bed.Server.Requests("/see", "a").ShouldHaveSingleItem()["userInfo"]!;

        JsonNode.DeepEquals(user, KubernetesJson.Parse("""{"username":"jane","groups":["system:masters","system:authenticated"]}""")).ShouldBeTrue(user.ToJsonString());
    }
}

using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Tests.Webhooks;

public sealed class MutatingWebhookTests
{
    private const string AddLabel = """[{"op":"add","path":"/metadata/labels","value":{"added":"yes"}}]""";

    [Fact]
    public async Task A_webhook_sees_a_create_as_it_was_sent_and_defaulted()
    {
        await using var bed = await WebhookBed.StartAsync();
        await bed.ConfigureAsync(WebhookBed.Mutating, bed.Hook("see", """
            {"rules":[{"operations":["CREATE"],"apiGroups":["apps"],"apiVersions":["v1"],"resources":["deployments"]}]}
            """));

        (await bed.Cluster.PostAsync($"/apis/apps/v1/namespaces/{bed.Namespace}/deployments?fieldManager=me&fieldValidation=Strict&dryRun=All", """
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"status":{"replicas":7},
             "spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}
            """)).Ok();

        var request = bed.Server.Requests("/see", "a").ShouldHaveSingleItem();
        JsonNode.DeepEquals(request["kind"], JsonNode.Parse("""{"group":"apps","version":"v1","kind":"Deployment"}""")).ShouldBeTrue();
        JsonNode.DeepEquals(request["resource"], JsonNode.Parse("""{"group":"apps","version":"v1","resource":"deployments"}""")).ShouldBeTrue();
        JsonNode.DeepEquals(request["requestKind"], request["kind"]).ShouldBeTrue();
        JsonNode.DeepEquals(request["requestResource"], request["resource"]).ShouldBeTrue();
        request["namespace"]!.GetValue<string>().ShouldBe(bed.Namespace);
        request["operation"]!.GetValue<string>().ShouldBe("CREATE");
        request["dryRun"]!.GetValue<bool>().ShouldBeTrue();
        request["oldObject"].ShouldBeNull();
        request.ContainsKey("oldObject").ShouldBeTrue();
        request.ContainsKey("subResource").ShouldBeFalse();
        request["userInfo"]!["username"]!.GetValue<string>().ShouldBe("admin");
        JsonNode.DeepEquals(
            request["options"],
            JsonNode.Parse("""{"kind":"CreateOptions","apiVersion":"meta.k8s.io/v1","dryRun":["All"],"fieldManager":"me","fieldValidation":"Strict"}"""))
            .ShouldBeTrue(request["options"]!.ToJsonString());
        var seen = new KubernetesObject((JsonObject)request["object"]!);
        seen.At("spec", "replicas")!.GetValue<long>().ShouldBe(1);
        seen.At("status", "replicas")!.GetValue<long>().ShouldBe(7);
        seen.Metadata!.ContainsKey("uid").ShouldBeFalse();
        seen.Metadata["creationTimestamp"].ShouldBeNull();
        seen.Metadata.ContainsKey("generation").ShouldBeFalse();
        seen.Metadata["managedFields"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_update_carries_the_old_object_and_a_deletion_nothing_else()
    {
        await using var bed = await WebhookBed.StartAsync();
        await bed.ConfigureAsync(WebhookBed.Mutating, bed.Hook("see"));
        (await bed.Cluster.PostAsync(bed.ConfigMaps, WebhookBed.ConfigMap("a"))).Ok();

        (await bed.Cluster.MergeAsync(bed.ConfigMaps + "/a", """{"data":{"k":"w"}}""")).Ok();
        (await bed.Cluster.DeleteAsync(bed.ConfigMaps + "/a?propagationPolicy=Background")).Ok();

        var requests = bed.Server.Requests("/see", "a");
        requests.Select(static request => request["operation"]!.GetValue<string>()).ShouldBe(["CREATE", "UPDATE", "DELETE"]);
        requests[1]["oldObject"]!["data"]!["k"]!.GetValue<string>().ShouldBe("v");
        requests[1]["object"]!["data"]!["k"]!.GetValue<string>().ShouldBe("w");
        requests[1]["options"]!["kind"]!.GetValue<string>().ShouldBe("UpdateOptions");
        requests[2]["object"].ShouldBeNull();
        requests[2]["oldObject"]!["data"]!["k"]!.GetValue<string>().ShouldBe("w");
        JsonNode.DeepEquals(
            requests[2]["options"], JsonNode.Parse("""{"kind":"DeleteOptions","apiVersion":"meta.k8s.io/v1","propagationPolicy":"Background"}"""))
            .ShouldBeTrue(requests[2]["options"]!.ToJsonString());
    }

    [Fact]
    public async Task Nobody_owns_what_a_webhook_adds()
    {
        await using var bed = await WebhookBed.StartAsync();
        bed.Server.On("/add", static _ => Reply.Patch(AddLabel));
        await bed.ConfigureAsync(WebhookBed.Mutating, bed.Hook("add"));

        var created = (await bed.Cluster.ApplyAsync(bed.ConfigMaps + "/a", WebhookBed.ConfigMap("a"))).Ok();
        var again = (await bed.Cluster.ApplyAsync(bed.ConfigMaps + "/a", WebhookBed.ConfigMap("a"))).Ok();

        created.Text("metadata", "labels", "added").ShouldBe("yes");
        created.Body["metadata"]!["managedFields"]!.ToJsonString().ShouldNotContain("f:labels");
        again.Version.ShouldBe(created.Version);
    }

    [Fact]
    public async Task A_field_that_a_webhook_rewrites_stays_its_owners()
    {
        await using var bed = await WebhookBed.StartAsync();
        bed.Server.On("/rewrite", static _ => Reply.Patch("""[{"op":"replace","path":"/data/k","value":"theirs"}]"""));
        await bed.ConfigureAsync(WebhookBed.Mutating, bed.Hook("rewrite"));

        var created = (await bed.Cluster.ApplyAsync(bed.ConfigMaps + "/a", WebhookBed.ConfigMap("a"))).Ok();

        created.Text("data", "k").ShouldBe("theirs");
        created.Body["metadata"]!["managedFields"]![0]!["fieldsV1"]!["f:data"]!["f:k"].ShouldNotBeNull();
    }

    [Fact]
    public async Task What_a_webhook_makes_is_defaulted_and_unknown_fields_are_dropped()
    {
        await using var bed = await WebhookBed.StartAsync();
        bed.Server.On("/add", static _ => Reply.Patch("""
            [{"op":"add","path":"/spec/template/spec/containers/-","value":{"name":"sidecar","image":"s","nonsense":1}}]
            """));
        await bed.ConfigureAsync(WebhookBed.Mutating, bed.Hook("add", """
            {"rules":[{"operations":["CREATE"],"apiGroups":["apps"],"apiVersions":["v1"],"resources":["deployments"]}]}
            """));

        var created = (await bed.Cluster.PostAsync($"/apis/apps/v1/namespaces/{bed.Namespace}/deployments", """
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},
             "spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}
            """)).Ok();

        var sidecar = (JsonObject)created.Body["spec"]!["template"]!["spec"]!["containers"]![1]!;
        sidecar["imagePullPolicy"]!.GetValue<string>().ShouldBe("Always");
        sidecar.ContainsKey("nonsense").ShouldBeFalse();
    }

    [Fact]
    public async Task Webhooks_run_by_configuration_and_order_and_each_sees_what_came_before()
    {
        await using var bed = await WebhookBed.StartAsync();
        bed.Server.On("/one", static _ => Reply.Patch("""[{"op":"add","path":"/data/one","value":"1"}]"""));
        bed.Server.On("/two", static request => Reply.Patch($$"""
            [{"op":"add","path":"/data/two","value":"{{string.Join(' ', request["object"]!["data"]!.AsObject().Select(static member => member.Key).Order(StringComparer.Ordinal))}}"}]
            """));
        await bed.ConfigureAsync(WebhookBed.Mutating, bed.Hook("one"), bed.Hook("two"));

        var created = (await bed.Cluster.PostAsync(bed.ConfigMaps, WebhookBed.ConfigMap("a"))).Ok();

        created.Text("data", "two").ShouldBe("k one");
    }

    [Theory]
    [InlineData("IfNeeded", 2)]
    [InlineData("Never", 1)]
    public async Task A_webhook_is_asked_again_if_it_wants_to_and_another_changed_the_object_after_it(string policy, int times)
    {
        await using var bed = await WebhookBed.StartAsync();
        bed.Server.On("/second", static _ => Reply.Patch("""[{"op":"add","path":"/data/second","value":"x"}]"""));
        await bed.ConfigureAsync(
            WebhookBed.Mutating, bed.Hook("first", $$"""{"reinvocationPolicy":"{{policy}}"}"""), bed.Hook("second", """{"reinvocationPolicy":"IfNeeded"}"""));

        (await bed.Cluster.PostAsync(bed.ConfigMaps, WebhookBed.ConfigMap("a"))).Ok();

        bed.Server.Requests("/first", "a").Count.ShouldBe(times);
        bed.Server.Requests("/second", "a").Count.ShouldBe(1);
        if (times > 1)
        {
            bed.Server.Requests("/first", "a")[1]["object"]!["data"]!["second"]!.GetValue<string>().ShouldBe("x");
        }
    }

    [Theory]
    [InlineData("""[{"op":"remove","path":"/data/absent"}]""", 500, "InternalError", "Internal error occurred: ")]
    [InlineData("""[{"op":"replace","path":"/data","value":"text"}]""", 500, "InternalError", "Internal error occurred: ")]
    [InlineData("""[{"op":"replace","path":"/data","value":{"bad key":"x"}}]""", 422, "Invalid", "ConfigMap \"a\" is invalid: data[bad key]: ")]
    [InlineData("""[{"op":"test","path":"/data/k","value":"other"}]""", 500, "InternalError", "Internal error occurred: ")]
    public async Task A_patch_that_cannot_be_applied_is_the_servers_error_and_one_that_makes_it_invalid_the_callers(
        string patch, int status, string reason, string message)
    {
        await using var bed = await WebhookBed.StartAsync();
        bed.Server.On("/patch", _ => Reply.Patch(patch));
        await bed.ConfigureAsync(WebhookBed.Mutating, bed.Hook("patch", """{"objectSelector":{"matchLabels":{"patch":"me"}}}"""));

        var answer = await bed.Cluster.PostAsync(bed.ConfigMaps, WebhookBed.ConfigMap("a", metadata: ""","labels":{"patch":"me"}"""));

        answer.Status.ShouldBe(status, answer.Text("message"));
        answer.Reason.ShouldBe(reason);
        answer.Text("message").ShouldStartWith(message);
    }

    [Fact]
    public async Task A_deletion_cannot_be_patched()
    {
        await using var bed = await WebhookBed.StartAsync();
        bed.Server.On("/patch", static request => request["operation"]!.GetValue<string>() == "DELETE" ? Reply.Patch(AddLabel) : Reply.Allow());
        await bed.ConfigureAsync(WebhookBed.Mutating, bed.Hook("patch"));
        (await bed.Cluster.PostAsync(bed.ConfigMaps, WebhookBed.ConfigMap("a"))).Ok();

        var answer = await bed.Cluster.DeleteAsync(bed.ConfigMaps + "/a");

        answer.Status.ShouldBe(500);
        answer.Text("message").ShouldBe(
            "Internal error occurred: admission webhook \"patch.tests.example.com\" attempted to modify the object, which is not supported for this operation");
        (await bed.Cluster.GetAsync(bed.ConfigMaps + "/a")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_write_that_lost_a_race_is_admitted_again()
    {
        await using var bed = await WebhookBed.StartAsync();
        (await bed.Cluster.PostAsync(bed.ConfigMaps, WebhookBed.ConfigMap("a"))).Ok();
        var races = 0;
        bed.Server.On("/race", async request =>
        {
            if (request["object"]!["data"]!.AsObject().ContainsKey("mine") && Interlocked.Increment(ref races) == 1)
            {
                (await bed.Cluster.MergeAsync(bed.ConfigMaps + "/a", """{"data":{"theirs":"1"}}""")).Ok();
            }

            return Reply.Allow();
        });
        await bed.ConfigureAsync(WebhookBed.Mutating, bed.Hook("race"));

        var patched = (await bed.Cluster.MergeAsync(bed.ConfigMaps + "/a", """{"data":{"mine":"1"}}""")).Ok();

        patched.Text("data", "theirs").ShouldBe("1");
        races.ShouldBe(2);
        bed.Server.Requests("/race", "a")[^1]["oldObject"]!["data"]!["theirs"]!.GetValue<string>().ShouldBe("1");
    }

    [Fact]
    public async Task Replicas_are_admitted_as_a_scale()
    {
        await using var bed = await WebhookBed.StartAsync();
        var deployments = $"/apis/apps/v1/namespaces/{bed.Namespace}/deployments";
        bed.Server.On("/scale", static _ => Reply.Patch("""[{"op":"replace","path":"/spec/replicas","value":5}]"""));
        await bed.ConfigureAsync(WebhookBed.Mutating, bed.Hook("scale", """
            {"rules":[{"operations":["UPDATE"],"apiGroups":["apps"],"apiVersions":["v1"],"resources":["deployments/scale"]}]}
            """));
        (await bed.Cluster.PostAsync(deployments, """
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},
             "spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}
            """)).Ok();

        var scaled = (await bed.Cluster.MergeAsync(deployments + "/a/scale", """{"spec":{"replicas":3}}""")).Ok();

        scaled.Text("spec", "replicas").ShouldBe("5");
        (await bed.Cluster.GetAsync(deployments + "/a")).Text("spec", "replicas").ShouldBe("5");
        var request = bed.Server.Requests("/scale", "a").ShouldHaveSingleItem();
        JsonNode.DeepEquals(request["kind"], JsonNode.Parse("""{"group":"autoscaling","version":"v1","kind":"Scale"}""")).ShouldBeTrue();
        request["resource"]!["resource"]!.GetValue<string>().ShouldBe("deployments");
        request["subResource"]!.GetValue<string>().ShouldBe("scale");
        request["object"]!["spec"]!["replicas"]!.GetValue<long>().ShouldBe(3);
        request["oldObject"]!["spec"]!["replicas"]!.GetValue<long>().ShouldBe(1);
    }

    [Fact]
    public async Task A_webhook_that_breaks_who_owns_what_is_overruled_with_a_warning()
    {
        await using var bed = await WebhookBed.StartAsync();
        bed.Server.On("/owners", static _ => Reply.Patch("""[{"op":"replace","path":"/metadata/managedFields/0/operation","value":"Nonsense"}]"""));
        await bed.ConfigureAsync(WebhookBed.Mutating, bed.Hook("owners", """{"objectSelector":{"matchLabels":{"owners":"x"}}}"""));

        var created = (await bed.Cluster.PostAsync(bed.ConfigMaps, WebhookBed.ConfigMap("a", metadata: ""","labels":{"owners":"x"}"""))).Ok();

        created.Body["metadata"]!["managedFields"]![0]!["operation"]!.GetValue<string>().ShouldBe("Update");
        created.Headers["Warning"].ShouldContain(".metadata.managedFields was in an invalid state after admission");
    }
}

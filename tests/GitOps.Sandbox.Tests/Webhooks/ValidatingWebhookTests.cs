using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Tests.Webhooks;

public sealed class ValidatingWebhookTests
{
    private const string Denied = "admission webhook \"deny.tests.example.com\" denied the request";

    [Theory]
    [InlineData(null, 400, "", Denied + " without explanation")]
    [InlineData("""{"message":"no"}""", 400, "", Denied + ": no")]
    [InlineData("""{"reason":"Because"}""", 400, "Because", Denied + ": Because")]
    [InlineData("""{"code":403,"message":"not you","reason":"Forbidden"}""", 403, "Forbidden", Denied + ": not you")]
    [InlineData("""{"code":200,"status":"Success","message":"odd"}""", 400, "", Denied + ": odd")]
    [InlineData("""{"code":429,"message":"later","details":{"retryAfterSeconds":3}}""", 429, "", Denied + ": later")]
    public async Task A_refusal_is_answered_in_the_webhooks_words(string? status, int code, string reason, string message)
    {
        await using var bed = await WebhookBed.StartAsync();
        bed.Server.On("/deny", _ => Reply.Deny(status));
        await bed.ConfigureAsync(WebhookBed.Validating, bed.Hook("deny", """{"objectSelector":{"matchLabels":{"deny":"me"}}}"""));

        var answer = await bed.Cluster.PostAsync(bed.ConfigMaps, WebhookBed.ConfigMap("a", metadata: ""","labels":{"deny":"me"}"""));

        answer.Status.ShouldBe(code);
        answer.Body["code"]!.GetValue<int>().ShouldBe(code);
        answer.Reason.ShouldBe(reason);
        answer.Text("message").ShouldBe(message);
        answer.Text("status").ShouldBe("Failure");
    }

    [Fact]
    public async Task A_validating_webhook_sees_the_object_as_it_will_be_stored()
    {
        await using var bed = await WebhookBed.StartAsync();
        bed.Server.On("/add", static _ => Reply.Patch("""[{"op":"add","path":"/data/added","value":"x"}]"""));
        await bed.ConfigureAsync(WebhookBed.Mutating, bed.Hook("add"));
        await bed.ConfigureAsync(WebhookBed.Validating, bed.Hook("see"));

        var created = (await bed.Cluster.PostAsync(bed.ConfigMaps, """
            {"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"gen-"},"data":{"k":"v"}}
            """)).Ok();

        var name = created.Text("metadata", "name");
        name.ShouldStartWith("gen-");
        var request = bed.Server.Requests("/see", name).ShouldHaveSingleItem();
        var seen = new KubernetesObject((JsonObject)request["object"]!);
        seen.At("data", "added")!.GetValue<string>().ShouldBe("x");
        seen.Uid.ShouldBe(created.Text("metadata", "uid"));
        seen.Metadata!["creationTimestamp"]!.GetValue<string>().ShouldBe(created.Text("metadata", "creationTimestamp"));
        bed.Server.Requests("/add", name).ShouldBeEmpty("a mutating webhook is asked before the name is made");
    }

    [Fact]
    public async Task Invalid_objects_are_refused_before_anybody_is_asked()
    {
        await using var bed = await WebhookBed.StartAsync();
        await bed.ConfigureAsync(WebhookBed.Validating, bed.Hook("see"));

        (await bed.Cluster.PostAsync(bed.ConfigMaps, WebhookBed.ConfigMap("a", """ "data":{"bad key":"v"} """))).Status.ShouldBe(422);

        bed.Server.Requests("/see", "a").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_write_that_changes_nothing_is_asked_about_too()
    {
        await using var bed = await WebhookBed.StartAsync();
        (await bed.Cluster.ApplyAsync(bed.ConfigMaps + "/a", WebhookBed.ConfigMap("a"))).Ok();
        await bed.ConfigureAsync(WebhookBed.Validating, bed.Hook("see"));

        (await bed.Cluster.ApplyAsync(bed.ConfigMaps + "/a", WebhookBed.ConfigMap("a"))).Ok();

        bed.Server.Requests("/see", "a").Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_refused_deletion_deletes_nothing_and_a_collection_is_asked_about_one_by_one()
    {
        await using var bed = await WebhookBed.StartAsync();
        (await bed.Cluster.PostAsync(bed.ConfigMaps, WebhookBed.ConfigMap("a", metadata: ""","labels":{"x":"y"}"""))).Ok();
        (await bed.Cluster.PostAsync(bed.ConfigMaps, WebhookBed.ConfigMap("b", metadata: ""","labels":{"x":"y"}"""))).Ok();
        bed.Server.On("/deny", static request => request["oldObject"]!["metadata"]!["name"]!.GetValue<string>() == "b" ? Reply.Deny() : Reply.Allow());
        await bed.ConfigureAsync(WebhookBed.Validating, bed.Hook("deny", """
            {"rules":[{"operations":["DELETE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["configmaps"]}]}
            """));

        (await bed.Cluster.DeleteAsync(bed.ConfigMaps + "/b")).Text("message").ShouldBe(Denied + " without explanation");
        (await bed.Cluster.CallAsync(HttpMethod.Delete, bed.ConfigMaps + "?labelSelector=x%3Dy")).Status.ShouldBe(400);

        (await bed.Cluster.GetAsync(bed.ConfigMaps + "/a")).Status.ShouldBe(404);
        (await bed.Cluster.GetAsync(bed.ConfigMaps + "/b")).Status.ShouldBe(200);
        bed.Server.Requests("/deny", string.Empty).ShouldBeEmpty();
    }

    [Fact]
    public async Task Warnings_reach_the_caller()
    {
        await using var bed = await WebhookBed.StartAsync();
        bed.Server.On("/warn", static _ => Reply.Allow("first", "second \"quoted\""));
        await bed.ConfigureAsync(WebhookBed.Validating, bed.Hook("warn"));

        var created = (await bed.Cluster.PostAsync(bed.ConfigMaps, WebhookBed.ConfigMap("a"))).Ok();

        created.Headers["Warning"].ShouldBe("299 - \"first\", 299 - \"second \\\"quoted\\\"\"");
    }

    [Theory]
    [InlineData(401, "text", "the server has asked for the client to provide credentials")]
    [InlineData(404, "text", "the server could not find the requested resource")]
    [InlineData(500, "broken", "an error on the server (\"broken\") has prevented the request from succeeding")]
    [InlineData(503, "text", "the server is currently unable to handle the request")]
    public async Task A_webhook_that_fails_fails_the_request(int status, string body, string why)
    {
        await using var bed = await WebhookBed.StartAsync();
        bed.Server.On("/fail", _ => new Reply { Status = status, Raw = body });
        await bed.ConfigureAsync(WebhookBed.Validating, bed.Hook("fail", """{"objectSelector":{"matchLabels":{"fail":"me"}}}"""));

        var answer = await bed.Cluster.PostAsync(bed.ConfigMaps, WebhookBed.ConfigMap("a", metadata: ""","labels":{"fail":"me"}"""));

        answer.Status.ShouldBe(500);
        answer.Reason.ShouldBe("InternalError");
        var cause = $"failed calling webhook \"fail.tests.example.com\": failed to call webhook: {why}";
        answer.Text("message").ShouldBe("Internal error occurred: " + cause);
        answer.Body["details"]!.ToJsonString().ShouldBe(new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["message"] = cause }) }.ToJsonString());
    }

    [Theory]
    [InlineData("""{"uid":"other","allowed":true}""", "expected response.uid=")]
    [InlineData("""{"allowed":true,"patchType":"JSONPatch"}""", "validating webhook may not return response.patchType")]
    [InlineData("""{"allowed":true,"patch":"W10="}""", "validating webhook may not return response.patch")]
    public async Task An_improper_answer_is_a_failure(string response, string why)
    {
        await using var bed = await WebhookBed.StartAsync();
        bed.Server.On("/fail", _ => new Reply { Response = KubernetesJson.ParseObject(response) });
        await bed.ConfigureAsync(WebhookBed.Validating, bed.Hook("fail", """{"objectSelector":{"matchLabels":{"fail":"me"}}}"""));

        var answer = await bed.Cluster.PostAsync(bed.ConfigMaps, WebhookBed.ConfigMap("a", metadata: ""","labels":{"fail":"me"}"""));

        answer.Status.ShouldBe(500);
        answer.Text("message").ShouldStartWith(
            "Internal error occurred: failed calling webhook \"fail.tests.example.com\": received invalid webhook response: " + why);
    }

    [Fact]
    public async Task A_webhook_that_is_not_there_fails_the_request_unless_its_failure_is_ignored()
    {
        await using var bed = await WebhookBed.StartAsync();
        var port = ClosedPort();
        var gone = $$"""{"url":"https://127.0.0.1:{{port}}/gone"}""";
        await bed.ConfigureAsync(
            WebhookBed.Validating,
            bed.Hook("gone", $$"""{"clientConfig":{{gone}},"objectSelector":{"matchLabels":{"gone":"me"} } }"""),
            bed.Hook("ignored", $$"""{"clientConfig":{{gone}},"failurePolicy":"Ignore"}"""));

        var answer = await bed.Cluster.PostAsync(bed.ConfigMaps, WebhookBed.ConfigMap("a", metadata: ""","labels":{"gone":"me"}"""));

        answer.Text("message").ShouldBe(
            "Internal error occurred: failed calling webhook \"gone.tests.example.com\": failed to call webhook: "
            + $"Post \"https://127.0.0.1:{port}/gone?timeout=10s\": dial tcp 127.0.0.1:{port}: connect: connection refused");
        (await bed.Cluster.PostAsync(bed.ConfigMaps, WebhookBed.ConfigMap("a"))).Status.ShouldBe(201);
    }

    [Fact]
    public async Task A_webhook_that_hangs_is_given_up_after_its_time()
    {
        await using var bed = await WebhookBed.StartAsync();
        var hanging = new TaskCompletionSource();
        bed.Server.On("/hang", async _ =>
        {
            await hanging.Task;
            return Reply.Allow();
        });
        await bed.ConfigureAsync(WebhookBed.Validating, bed.Hook("hang", """{"timeoutSeconds":1,"objectSelector":{"matchLabels":{"hang":"me"}}}"""));

        var answer = await bed.Cluster.PostAsync(bed.ConfigMaps, WebhookBed.ConfigMap("a", metadata: ""","labels":{"hang":"me"}"""));
        hanging.SetResult();

        answer.Status.ShouldBe(500);
        answer.Text("message").ShouldBe(
            "Internal error occurred: failed calling webhook \"hang.tests.example.com\": failed to call webhook: "
            + $"Post \"{new Uri(bed.Server.Url, "/hang")}?timeout=1s\": context deadline exceeded");
    }

    [Fact]
    public async Task A_webhook_under_another_authority_is_not_trusted()
    {
        await using var bed = await WebhookBed.StartAsync();
        await using var other = await WebhookServer.StartAsync();
        var config = $$"""{"url":"{{new Uri(bed.Server.Url, "/x")}}","caBundle":"{{other.CaBundle}}"}""";
        await bed.ConfigureAsync(WebhookBed.Validating, bed.Hook("x", $$"""{"clientConfig":{{config}},"objectSelector":{"matchLabels":{"x":"y"} } }"""));

        var answer = await bed.Cluster.PostAsync(bed.ConfigMaps, WebhookBed.ConfigMap("a", metadata: ""","labels":{"x":"y"}"""));

        answer.Text("message").ShouldStartWith(
            "Internal error occurred: failed calling webhook \"x.tests.example.com\": failed to call webhook: "
            + $"Post \"{new Uri(bed.Server.Url, "/x")}?timeout=10s\": tls: failed to verify certificate: x509: certificate signed by unknown authority");
    }

    [Theory]
    [InlineData("absent", ""","port":8443""", "https://absent.hooks.svc:8443/path?timeout=10s", "service \"absent\" not found")]
    [InlineData("absent", "", "https://absent.hooks.svc:443/path?timeout=10s", "service \"absent\" not found")]
    public async Task A_webhook_by_service_is_not_there(string service, string port, string url, string why)
    {
        await using var bed = await WebhookBed.StartAsync();
        var config = $$"""{"service":{"namespace":"hooks","name":"{{service}}","path":"/path"{{port}} } }""";
        await bed.ConfigureAsync(WebhookBed.Validating, bed.Hook("x", $$"""{"clientConfig":{{config}},"objectSelector":{"matchLabels":{"x":"y"} } }"""));

        var answer = await bed.Cluster.PostAsync(bed.ConfigMaps, WebhookBed.ConfigMap("a", metadata: ""","labels":{"x":"y"}"""));

        answer.Text("message").ShouldBe(
            $"Internal error occurred: failed calling webhook \"x.tests.example.com\": failed to call webhook: Post \"{url}\": {why}");
    }

    private static int ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

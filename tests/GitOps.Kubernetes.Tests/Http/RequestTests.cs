using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Tests.Support;
using Microsoft.Extensions.Primitives;

namespace GitOps.Kubernetes.Tests.Http;

public sealed class RequestTests
{
    private static KubernetesObject Desired => KubernetesObject.Parse(
        """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"ns","managedFields":[{"manager":"x"}]},"data":{"a":"1"}}""");

    [Fact]
    public async Task Apply_asks_as_the_server_expects_and_leaves_managed_fields_out()
    {
        await using var server = await OkAsync();
        await using var client = server.Client(new KubernetesClientOptions { UserAgent = "tester/1.0" });
        var desired = Desired;
        await client.ApplyAsync(Kinds.ConfigMap, desired, new ApplyOptions("gitops-operator", DryRun: true), CancellationToken.None);
        var request = server.Requests.Single();
        request.Method.ShouldBe("PATCH");
        request.Path.ShouldBe("/api/v1/namespaces/ns/configmaps/a");
        request.Query.ShouldBe(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["fieldManager"] = "gitops-operator",
            ["force"] = "true",
            ["fieldValidation"] = "Strict",
            ["dryRun"] = "All",
        }, ignoreOrder: true);
        request.Headers.ContentType.ToString().ShouldBe("application/apply-patch+yaml");
        request.Headers.UserAgent.ToString().ShouldBe("tester/1.0");
        request.Headers.Accept.ToString().ShouldBe("application/json");
        request.Body.ShouldNotContain("managedFields");
        desired.Metadata!.ContainsKey("managedFields").ShouldBeTrue();
    }

    [Theory]
    [InlineData(200, false)]
    [InlineData(201, true)]
    public async Task Created_and_changed_are_told_apart_by_the_code(int code, bool created)
    {
        await using var server = await ScriptedServer.StartAsync((context, _) => context.JsonAsync(Answers.ConfigMap("a"), code));
        await using var client = server.Client();
        var result = await client.ApplyAsync(Kinds.ConfigMap, Desired, new ApplyOptions("me"), CancellationToken.None);
        result.Created.ShouldBe(created);
        result.Object.Name.ShouldBe("a");
    }

    [Theory]
    [InlineData(PatchType.Merge, "application/merge-patch+json")]
    [InlineData(PatchType.Json, "application/json-patch+json")]
    [InlineData(PatchType.StrategicMerge, "application/strategic-merge-patch+json")]
    public async Task Each_kind_of_patch_has_its_content_type(PatchType type, string contentType)
    {
        await using var server = await OkAsync();
        await using var client = server.Client();
        await client.PatchAsync(
            Kinds.Deployment, "ns", "web", type, JsonNode.Parse("{}")!, new WriteOptions("me", Subresource: "status"), CancellationToken.None);
        var request = server.Requests.Single();
        request.Path.ShouldBe("/apis/apps/v1/namespaces/ns/deployments/web/status");
        request.Headers.ContentType.ToString().ShouldBe(contentType);
        request.Query.ShouldBe(new Dictionary<string, string>(StringComparer.Ordinal) { ["fieldManager"] = "me" });
    }

    [Theory]
    [InlineData("ServiceAccount", "serviceaccounts", "token", "TokenRequest", "authentication.k8s.io/v1")]
    [InlineData("Pod", "pods", "eviction", "Eviction", "policy/v1")]
    public async Task A_subresource_is_created_below_its_object(string kind, string plural, string subresource, string created, string version)
    {
        await using var server = await OkAsync();
        await using var client = server.Client();
        var body = KubernetesObject.Parse($$$"""{"apiVersion":"{{{version}}}","kind":"{{{created}}}","metadata":{"name":"x","namespace":"ns"}}""");
        await client.CreateAsync(
            ApiResource.Of("v1", kind, plural, namespaced: true), body, new WriteOptions(Subresource: subresource), CancellationToken.None);
        var request = server.Requests.Single();
        (request.Method, request.Path).ShouldBe(("POST", $"/api/v1/namespaces/ns/{plural}/x/{subresource}"));
        request.Body.ShouldContain(created);
    }

    [Fact]
    public async Task Delete_sends_its_preconditions()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, _) =>
            context.JsonAsync("""{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","details":{"name":"a"}}"""));
        await using var client = server.Client();
        var outcome = await client.DeleteAsync(
            Kinds.ConfigMap, "ns", "a", new DeleteOptions("Foreground", Uid: "u", ResourceVersion: "7", DryRun: true), CancellationToken.None);
        outcome.ShouldBe(DeleteOutcome.Gone);
        JsonNode.DeepEquals(
            JsonNode.Parse(server.Requests.Single().Body),
            JsonNode.Parse("""{"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Foreground","preconditions":{"uid":"u","resourceVersion":"7"},"dryRun":["All"]}"""))
            .ShouldBeTrue();
    }

    [Fact]
    public async Task An_object_that_stays_for_its_finalizers_is_pending()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, _) => context.JsonAsync(
            """{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","namespace":"ns","deletionTimestamp":"2026-01-01T00:00:00Z","finalizers":["x/y"]}}"""));
        await using var client = server.Client();
        (await client.DeleteAsync(Kinds.ConfigMap, "ns", "a", new DeleteOptions(), CancellationToken.None)).ShouldBe(DeleteOutcome.Pending);
    }

    [Theory]
    [InlineData("404 page not found", "")]
    [InlineData("""{"kind":"Status","apiVersion":"v1","status":"Failure","message":"the server could not find the requested resource","reason":"NotFound","details":{},"code":404}""", "NotFound")]
    public async Task A_missing_object_is_no_error_but_a_missing_path_is(string body, string reason)
    {
        await using var server = await ScriptedServer.StartAsync((context, seen) => seen.Path.EndsWith("/a", StringComparison.Ordinal)
            ? context.StatusAsync(404, "NotFound", details: new JsonObject { ["name"] = "a", ["kind"] = "configmaps" })
            : context.JsonAsync(body, 404, "text/plain"));
        await using var client = server.Client();
        (await client.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None)).ShouldBeNull();
        (await client.DeleteAsync(Kinds.ConfigMap, "ns", "a", new DeleteOptions(), CancellationToken.None)).ShouldBe(DeleteOutcome.Gone);
        var error = await Should.ThrowAsync<ApiException>(() => client.GetAsync(Kinds.ConfigMap, "ns", "b", CancellationToken.None));
        error.IsNotFound.ShouldBeTrue();
        error.Reason.ShouldBe(reason);
        error.Message.ShouldContain("not f");
        await Should.ThrowAsync<ApiException>(() => client.DeleteAsync(Kinds.ConfigMap, "ns", "b", new DeleteOptions(), CancellationToken.None));
    }

    [Fact]
    public async Task An_apply_conflict_names_the_other_managers_and_their_fields()
    {
        var details = new JsonObject
        {
            ["causes"] = new JsonArray(
                new JsonObject { ["reason"] = "FieldManagerConflict", ["message"] = "conflict with \"kubectl-edit\" using v1", ["field"] = ".data.a" },
                new JsonObject { ["reason"] = "FieldManagerConflict", ["message"] = "conflict with \"helm\"", ["field"] = ".data.b" }),
        };
        await using var server = await ScriptedServer.StartAsync((context, _) =>
        {
            context.Response.Headers["Audit-ID"] = "audit-1";
            context.Response.Headers["X-Kubernetes-PF-FlowSchema-UID"] = "flow-1";
            return context.StatusAsync(409, "Conflict", "Apply failed with 2 conflicts", details);
        });
        await using var client = server.Client();
        var error = await Should.ThrowAsync<ApiException>(
            () => client.ApplyAsync(Kinds.ConfigMap, Desired, new ApplyOptions("me", Force: false), CancellationToken.None));
        error.IsApplyConflict.ShouldBeTrue();
        error.IsConflict.ShouldBeFalse();
        error.AuditId.ShouldBe("audit-1");
        error.FlowSchemaUid.ShouldBe("flow-1");
        error.Causes.Select(static cause => (cause.Field, cause.Message)).ShouldBe(
            [(".data.a", "conflict with \"kubectl-edit\" using v1"), (".data.b", "conflict with \"helm\"")]);
        server.Requests.Single().Parameter("force").ShouldBeNull();
    }

    [Fact]
    public async Task A_refusal_that_is_no_Status_keeps_its_code_and_says_little_of_an_unbounded_body()
    {
        await using var server = await ScriptedServer.StartAsync(static async (context, _) =>
        {
            context.Response.StatusCode = 502;
            context.Response.ContentType = "text/html";
            for (var i = 0; i < 1000 && !context.RequestAborted.IsCancellationRequested; i++)
            {
                await context.SendRawAsync("<html>" + new string('x', 10_000));
            }
        });
        await using var client = server.Client();
        var error = await Should.ThrowAsync<ApiException>(
            () => client.CreateAsync(Kinds.ConfigMap, Desired, new WriteOptions(), CancellationToken.None).Soon());
        error.Code.ShouldBe(HttpStatusCode.BadGateway);
        error.IsTransient.ShouldBeTrue();
        error.Message.Length.ShouldBeLessThan(300);
    }

    [Fact]
    public async Task An_answer_that_is_no_JSON_is_no_answer()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, _) => context.JsonAsync("<html>login</html>", 200, "text/html"));
        await using var client = server.Client();
        (await Should.ThrowAsync<ApiConnectionException>(() => client.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None)))
            .Message.ShouldContain("proxy");
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var other = await OkAsync();
        await using var server = await ScriptedServer.StartAsync((context, _) =>
        {
            context.Response.Redirect(other.Address + "api/v1/namespaces/ns/configmaps/a");
            return Task.CompletedTask;
        });
        await using var client = server.Client();
        (await Should.ThrowAsync<ApiException>(() => client.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None)))
            .Code.ShouldBe(HttpStatusCode.Redirect);
        other.Requests.ShouldBeEmpty();
    }

    [Fact]
    public void Credentials_are_not_sent_over_plain_http() => Should.Throw<KubeconfigException>(() => new KubernetesClient(
        new ClusterConfig { Server = new Uri("http://127.0.0.1:1"), Credentials = new ClusterCredentials { Token = "secret" } },
        new KubernetesClientOptions())).Message.ShouldNotContain("secret");

    [Fact]
    public async Task A_path_prefix_of_the_server_is_kept()
    {
        await using var server = await OkAsync();
        await using var client = server.Client(config: server.Config with { Server = new Uri(server.Address, "k8s/clusters/c-1/") });
        await client.GetAsync(Kinds.Namespace, string.Empty, "ns", CancellationToken.None);
        server.Requests.Single().Path.ShouldBe("/k8s/clusters/c-1/api/v1/namespaces/ns");
    }

    [Fact]
    public async Task Warnings_come_with_the_result_and_are_noticed_once()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, _) =>
        {
            context.Response.Headers["Warning"] = new StringValues(["299 - \"use \\\"v2\\\", please\", 299 - \"other\"", "299 - \"other\""]);
            return context.JsonAsync(Answers.ConfigMap("a"));
        });
        var observer = new RecordingObserver();
        await using var client = server.Client(new KubernetesClientOptions { Observer = observer });
        for (var i = 0; i < 2; i++)
        {
            var result = await client.ApplyAsync(Kinds.ConfigMap, Desired, new ApplyOptions("me"), CancellationToken.None);
            result.Warnings.ShouldBe(["use \"v2\", please", "other"]);
        }

        observer.Notices.Select(static notice => notice.Message).ShouldBe(["use \"v2\", please", "other"]);
    }

    [Fact]
    public async Task Impersonation_is_a_matter_of_the_request_and_not_of_the_connection()
    {
        await using var server = await OkAsync();
        await using var client = server.Client();
        var extra = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("Example.dev/Scopes", ["a", "b"]);
        var other = client.As(new Impersonation("jane", ["devs", "ops"], "uid-1", extra));
        await other.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None);
        await client.As(Impersonation.ServiceAccount("team", "deployer")).GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None);
        await other.As(null).GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None);
        var headers = server.Requests.Select(static request => request.Headers).ToArray();
        headers[0]["Impersonate-User"].ToString().ShouldBe("jane");
        headers[0]["Impersonate-Uid"].ToString().ShouldBe("uid-1");
        headers[0]["Impersonate-Group"].ToArray().ShouldBe(["devs", "ops"]);
        headers[0]["Impersonate-Extra-example.dev%2Fscopes"].ToArray().ShouldBe(["a", "b"]);
        server.Requests[0].Body.ShouldBeEmpty();
        headers[1]["Impersonate-User"].ToString().ShouldBe("system:serviceaccount:team:deployer");
        headers[1].ShouldNotContainKey("Impersonate-Group");
        headers[2].Keys.ShouldNotContain(static name => name.StartsWith("Impersonate", StringComparison.OrdinalIgnoreCase));
        await Should.ThrowAsync<ArgumentException>(() => client.As(new Impersonation("a\nb", [])).GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None));
    }

    [Fact]
    public async Task Integers_beyond_a_double_survive_the_way_there_and_back()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, seen) => context.JsonAsync(seen.Body));
        await using var client = server.Client();
        var sent = KubernetesObject.Parse(
            """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"ns"},"spec":{"big":9007199254740993,"real":1.10,"nothing":null}}""");
        var result = await client.ApplyAsync(Kinds.ConfigMap, sent, new ApplyOptions("me"), CancellationToken.None);
        result.Object.Json["spec"]!.ToJsonString().ShouldBe("""{"big":9007199254740993,"real":1.10,"nothing":null}""");
    }

    private static Task<ScriptedServer> OkAsync() =>
        ScriptedServer.StartAsync(static (context, _) => context.JsonAsync(Answers.ConfigMap("a")));
}

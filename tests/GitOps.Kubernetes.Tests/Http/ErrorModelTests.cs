using System.Net;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Tests.Support;
using GitOps.Testing;

namespace GitOps.Kubernetes.Tests.Http;

/// <summary>Every refusal as the server sent it, with what it means for the caller.</summary>
public sealed class ErrorModelTests
{
    [Theory]
    [InlineData(404, "NotFound", "", "NotFound")]
    [InlineData(409, "AlreadyExists", "", "AlreadyExists")]
    [InlineData(409, "Conflict", "", "Conflict")]
    [InlineData(409, "Conflict", "FieldManagerConflict", "ApplyConflict")]
    [InlineData(422, "Invalid", "FieldValueInvalid", "Invalid")]
    [InlineData(403, "Forbidden", "", "Forbidden")]
    [InlineData(401, "Unauthorized", "", "Unauthorized")]
    [InlineData(410, "Expired", "", "Gone")]
    [InlineData(410, "Gone", "", "Gone")]
    [InlineData(504, "Timeout", "ResourceVersionTooLarge", "Timeout TooLargeResourceVersion Transient")]
    [InlineData(500, "ServerTimeout", "", "Timeout Transient")]
    [InlineData(504, "Timeout", "", "Timeout Transient")]
    [InlineData(429, "TooManyRequests", "", "Transient")]
    [InlineData(500, "InternalError", "", "Transient")]
    [InlineData(503, "ServiceUnavailable", "", "Transient")]
    [InlineData(400, "BadRequest", "", "")]
    [InlineData(415, "UnsupportedMediaType", "", "")]
    public void A_refusal_answers_what_it_is(int code, string reason, string cause, string meanings)
    {
        var details = cause.Length == 0
            ? null
            : new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["reason"] = cause, ["message"] = "m", ["field"] = "f" }) };
        var error = new ApiException((HttpStatusCode)code, reason, "message", details);
        var all = new (string Name, bool Is)[]
        {
            ("NotFound", error.IsNotFound), ("AlreadyExists", error.IsAlreadyExists), ("Conflict", error.IsConflict),
            ("ApplyConflict", error.IsApplyConflict), ("Invalid", error.IsInvalid), ("Forbidden", error.IsForbidden),
            ("Unauthorized", error.IsUnauthorized), ("Gone", error.IsGone), ("Timeout", error.IsTimeout),
            ("TooLargeResourceVersion", error.IsTooLargeResourceVersion), ("Transient", error.IsTransient),
        };
        string.Join(' ', all.Where(static meaning => meaning.Is).Select(static meaning => meaning.Name)).ShouldBe(meanings);
    }

    [Fact]
    public async Task A_refusal_keeps_all_that_the_server_said()
    {
        var details = new JsonObject
        {
            ["name"] = "a",
            ["retryAfterSeconds"] = 3,
            ["causes"] = new JsonArray(
                new JsonObject { ["reason"] = "FieldValueRequired", ["message"] = "Required value", ["field"] = "spec.a" },
                new JsonObject { ["message"] = "no field" }),
        };
        await using var server = await ScriptedServer.StartAsync((context, _) =>
        {
            context.Response.Headers["Audit-ID"] = "audit";
            context.Response.Headers["X-Kubernetes-PF-FlowSchema-UID"] = "flow";
            context.Response.Headers["X-Kubernetes-PF-PriorityLevel-UID"] = "level";
            return context.StatusAsync(422, "Invalid", "it is invalid", details);
        });
        var error = await GetAsync(server);
        (error.Code, error.Reason, error.Message).ShouldBe((HttpStatusCode.UnprocessableEntity, "Invalid", "it is invalid"));
        (error.AuditId, error.FlowSchemaUid, error.PriorityLevelUid).ShouldBe(("audit", "flow", "level"));
        error.RetryAfter.ShouldBe(TimeSpan.FromSeconds(3));
        error.Details!["name"]!.ToString().ShouldBe("a");
        error.Causes.ShouldBe([new StatusCause("FieldValueRequired", "Required value", "spec.a"), new StatusCause(string.Empty, "no field", string.Empty)]);
    }

    [Theory]
    [InlineData("text/plain", "upstream connect error", "HTTP 400 BadRequest: upstream connect error")]
    [InlineData("text/html", "<html><body>x</body></html>", "HTTP 400 BadRequest, and no Status: was it a proxy that answered?")]
    [InlineData("application/json", """{"message":"secret"}""", "HTTP 400 BadRequest, and no Status: was it a proxy that answered?")]
    [InlineData("application/json", """{"kind":"Status","kind":"Status"}""", "HTTP 400 BadRequest, and no Status: was it a proxy that answered?")]
    [InlineData("text/plain", "", "HTTP 400 BadRequest, and no Status: was it a proxy that answered?")]
    public async Task What_is_no_Status_is_told_shortly_with_its_headers(string type, string body, string message)
    {
        await using var server = await ScriptedServer.StartAsync((context, _) =>
        {
            context.Response.Headers["Audit-ID"] = "audit";
            context.Response.Headers["X-Kubernetes-PF-FlowSchema-UID"] = "flow";
            return context.JsonAsync(body, 400, type);
        });
        var error = await GetAsync(server);
        (error.Message, error.Reason, error.AuditId, error.FlowSchemaUid).ShouldBe((message, string.Empty, "audit", "flow"));
    }

    [Fact]
    public async Task All_that_strict_validation_found_is_said()
    {
        const string message = "strict decoding error: unknown field \"spec.replicaz\", unknown field \"spec.templat\", duplicate field \"spec.selector\"";
        await using var server = await ScriptedServer.StartAsync(static (context, _) => context.StatusAsync(400, "BadRequest", message));
        (await GetAsync(server)).Message.ShouldBe(message);
    }

    [Fact]
    public async Task Neither_errors_nor_notices_hold_a_token_or_what_was_sent()
    {
        var authority = TestAuthority.Create();
        var observer = new RecordingObserver();
        var time = new ManualTimeProvider();
        await using var server = await ScriptedServer.StartAsync(
            static (context, _) => context.StatusAsync(500, "InternalError", "broken"), authority.Server(names: "127.0.0.1"));
        await using var client = server.Client(
            new KubernetesClientOptions { Observer = observer, TimeProvider = time, RequestTimeout = TimeSpan.FromDays(1), RetryBudget = TimeSpan.FromDays(1) },
            server.Config with
            {
                CertificateAuthority = Kubernetes.Config.PemSource.FromData(authority.Pem),
                Credentials = new Kubernetes.Config.ClusterCredentials { Token = "secret-token" },
            });
        var secret = Kubernetes.Objects.KubernetesObject.Parse(
            """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"ns"},"data":{"password":"secret-value"}}""");
        var error = await Should.ThrowAsync<ApiException>(
            () => client.ApplyAsync(Kinds.ConfigMap, secret, new ApplyOptions("me"), CancellationToken.None).WithAsync(time, TimeSpan.FromSeconds(1)));
        observer.Notices.ShouldContain(static notice => notice.Kind == NoticeKind.Retry);
        string.Join('\n', observer.Notices.Select(static notice => notice.Message).Append(error.ToString())).ShouldNotContain("secret-");
        server.Requests[0].Headers.Authorization.ToString().ShouldBe("Bearer secret-token");
    }

    private static async Task<ApiException> GetAsync(ScriptedServer server)
    {
        await using var client = server.Client();
        return await Should.ThrowAsync<ApiException>(() => client.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None));
    }
}

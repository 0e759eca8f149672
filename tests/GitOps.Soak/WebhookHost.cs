using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace GitOps.Soak;

/// <summary>Mutating webhooks on the loopback address, by path, under an authority of their own.</summary>
public sealed class WebhookHost : IAsyncDisposable
{
    private readonly WebApplication _host;
    private readonly ConcurrentDictionary<string, Func<JsonObject, JsonArray?>> _hooks = new(StringComparer.Ordinal);

    private WebhookHost(WebApplication host, string caBundle) => (_host, CaBundle) = (host, caBundle);

    /// <summary>The authority, as a webhook configuration wants it.</summary>
    public string CaBundle { get; }

    public Uri Url => new(_host.Urls.First());

    public static async Task<WebhookHost> StartAsync()
    {
        var (authority, certificate) = WebhookCertificate.Issue();
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var application = builder.Build();
        var host = new WebhookHost(application, Convert.ToBase64String(Encoding.UTF8.GetBytes(authority)));
        application.Run(host.AnswerAsync);
        await application.StartAsync();
        return host;
    }

    /// <summary>What a webhook makes of a request: a JSON patch, or null for nothing.</summary>
    /// <param name="path">Of the webhook.</param>
    /// <param name="hook">Given the review's <c>request</c>.</param>
    public void On(string path, Func<JsonObject, JsonArray?> hook) => _hooks[path] = hook;

    /// <summary>One operation of a JSON patch.</summary>
    public static JsonObject Operation(string op, string path, JsonNode? value) => new() { ["op"] = op, ["path"] = path, ["value"] = value };

    /// <summary>A configuration that sends creations and updates in some namespaces to one webhook here.</summary>
    /// <param name="name">Of the configuration.</param>
    /// <param name="path">Of the webhook.</param>
    /// <param name="namespaces">Where.</param>
    /// <param name="group">Of what is sent; empty: the core group.</param>
    /// <param name="resources">Plurals.</param>
    public JsonObject Configuration(string name, string path, IEnumerable<string> namespaces, string group, params string[] resources)
    {
        var configuration = JsonNode.Parse($$"""
            {
              "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration", "metadata": {"name": "{{name}}"},
              "webhooks": [{
                "name": "{{name}}.example.com", "sideEffects": "None", "admissionReviewVersions": ["v1"], "failurePolicy": "Fail", "timeoutSeconds": 20,
                "clientConfig": {"url": "{{new Uri(Url, path)}}", "caBundle": "{{CaBundle}}"},
                "namespaceSelector": {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": []}]},
                "rules": [{"apiGroups": ["{{group}}"], "apiVersions": ["*"], "operations": ["CREATE", "UPDATE"], "resources": []}]
              }]
            }
            """)!.AsObject();
        var webhook = configuration["webhooks"]![0]!;
        webhook["rules"]![0]!["resources"] = new JsonArray([.. resources.Select(static item => JsonValue.Create(item))]);
        webhook["namespaceSelector"]!["matchExpressions"]![0]!["values"] = new JsonArray([.. namespaces.Select(static item => JsonValue.Create(item))]);
        return configuration;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await _host.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var review = (await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted))!.AsObject();
        var request = review["request"]!.AsObject();
        var response = new JsonObject { ["uid"] = request["uid"]!.DeepClone(), ["allowed"] = true };
        if (_hooks.TryGetValue(http.Request.Path.Value!, out var hook) && hook(request) is { Count: > 0 } patch)
        {
            response["patchType"] = "JSONPatch";
            response["patch"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(patch.ToJsonString()));
        }

        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(
            new JsonObject { ["apiVersion"] = "admission.k8s.io/v1", ["kind"] = "AdmissionReview", ["response"] = response }.ToJsonString(), http.RequestAborted);
    }
}

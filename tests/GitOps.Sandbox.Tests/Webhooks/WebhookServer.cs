using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Soak;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace GitOps.Sandbox.Tests.Webhooks;

/// <summary>
/// Webhooks on the loopback address, by path, under a certificate authority of their own. Each path's reviews are kept.
/// </summary>
internal sealed class WebhookServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ConcurrentDictionary<string, Func<JsonObject, Task<Reply>>> _hooks = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(string Path, JsonObject Review)> _reviews = new();

    private WebhookServer(WebApplication application, string caPem) => (_application, CaPem) = (application, caPem);

    public string CaPem { get; }

    public string CaBundle => Convert.ToBase64String(Encoding.UTF8.GetBytes(CaPem));

    public Uri Url { get; private set; } = null!;

    public static async Task<WebhookServer> StartAsync()
    {
        var (caPem, certificate) = WebhookCertificate.Issue();
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var application = builder.Build();
        var server = new WebhookServer(application, caPem);
        application.Run(server.AnswerAsync);
        await application.StartAsync();
        server.Url = new(application.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());
        return server;
    }

    /// <summary>An answer to the request of each review that comes to a path.</summary>
    public void On(string path, Func<JsonObject, Reply> hook) => _hooks[path] = request => Task.FromResult(hook(request));

    public void On(string path, Func<JsonObject, Task<Reply>> hook) => _hooks[path] = hook;

    /// <summary>The requests that came to a path and are about an object's name.</summary>
    public IReadOnlyList<JsonObject> Requests(string path, string name) =>
    [
        .. _reviews.Where(review => review.Path == path).Select(static review => (JsonObject)review.Review["request"]!)
            .Where(request => request["name"]?.GetValue<string>() == name),
    ];

    /// <summary>The part of a webhook that says where it is.</summary>
    public string ClientConfig(string path) => $$"""{"url":"{{new Uri(Url, path)}}","caBundle":"{{CaBundle}}"}""";

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var review = KubernetesJson.ParseObject(await reader.ReadToEndAsync());
        _reviews.Enqueue((http.Request.Path.Value!, review));
        var request = (JsonObject)review["request"]!;
        var reply = _hooks.TryGetValue(http.Request.Path.Value!, out var hook) ? await hook(request) : Reply.Allow();
        http.Response.StatusCode = reply.Status;
        http.Response.ContentType = reply.Raw is null ? "application/json" : "text/plain";
        await http.Response.WriteAsync(reply.Raw ?? reply.ToReview(request).ToJsonString());
    }
}

/// <summary>What a webhook of a test answers.</summary>
internal sealed record Reply
{
    public JsonObject Response { get; init; } = [];

    public string? Raw { get; init; }

    public int Status { get; init; } = 200;

    public static Reply Allow(params string[] warnings)
    {
        var response = new JsonObject { ["allowed"] = true };
        if (warnings.Length > 0)
        {
            response["warnings"] = new JsonArray([.. warnings.Select(static warning => JsonValue.Create(warning))]);
        }

        return new() { Response = response };
    }

    /// <param name="status">The status as JSON; null: none.</param>
    public static Reply Deny(string? status = null) =>
        new() { Response = new() { ["allowed"] = false, ["status"] = status is null ? null : JsonNode.Parse(status) } };

    /// <param name="patch">A JSON patch.</param>
    public static Reply Patch(string patch) => new()
    {
        Response = new() { ["allowed"] = true, ["patchType"] = "JSONPatch", ["patch"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(patch)) },
    };

    public JsonObject ToReview(JsonObject request)
    {
        var response = (JsonObject)Response.DeepClone();
        response.TryAdd("uid", request["uid"]!.DeepClone());
        return new() { ["apiVersion"] = "admission.k8s.io/v1", ["kind"] = "AdmissionReview", ["response"] = response };
    }
}

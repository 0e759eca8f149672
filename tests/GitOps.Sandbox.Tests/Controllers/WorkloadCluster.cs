using System.Text.Json.Nodes;
using GitOps.Sandbox.Tests.Replay;
using GitOps.Testing;

namespace GitOps.Sandbox.Tests.Controllers;

/// <summary>A sandbox with controllers and a clock that is advanced by hand; every step waits until they have nothing to do.</summary>
internal sealed class WorkloadCluster : IAsyncDisposable
{
    public const string Deployments = "/apis/apps/v1/namespaces/default/deployments";
    public const string ReplicaSets = "/apis/apps/v1/namespaces/default/replicasets";
    public const string Pods = "/api/v1/namespaces/default/pods";
    public const string Jobs = "/apis/batch/v1/namespaces/default/jobs";

    private WorkloadCluster(TestCluster cluster, ManualTimeProvider time) => (Cluster, Time) = (cluster, time);

    public TestCluster Cluster { get; }

    public ManualTimeProvider Time { get; }

    public static async Task<WorkloadCluster> StartAsync(SandboxControllers? controllers = null)
    {
        var time = new ManualTimeProvider();
        var cluster = await TestCluster.StartAsync(new() { Controllers = controllers ?? SandboxControllers.All, TimeProvider = time });
        var started = new WorkloadCluster(cluster, time);
        await started.SettleAsync();
        return started;
    }

    /// <summary>A Deployment, or what has the same fields.</summary>
    public static string Workload(string kind, string name, string spec = "", string annotations = "", string image = "nginx:1") => $$$"""
        {"apiVersion":"apps/v1","kind":"{{{kind}}}","metadata":{"name":"{{{name}}}"},"spec":{ {{{spec}}}{{{(spec.Length > 0 ? "," : "")}}}"selector":{"matchLabels":{"app":"{{{name}}}"}},
        "template":{"metadata":{"labels":{"app":"{{{name}}}"},"annotations":{ {{{annotations}}} } },"spec":{"containers":[{"name":"c","image":"{{{image}}}"}]} } } }
        """;

    public static string Script(string outcome, string delay = "0s") =>
        $"\"{PodAnnotations.Outcome}\":\"{outcome}\",\"{PodAnnotations.Delay}\":\"{delay}\"";

    public async Task SettleAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await Cluster.Sandbox.SettleAsync(deadline.Token);
    }

    public async Task AdvanceAsync(TimeSpan time)
    {
        Time.Advance(time);
        await SettleAsync();
    }

    public async Task<JsonObject> CreateAsync(string path, string body)
    {
        var created = (await Cluster.PostAsync(path, body)).Ok();
        await SettleAsync();
        return created.Body.AsObject();
    }

    public async Task<JsonObject> MergeAsync(string path, string body)
    {
        var merged = (await Cluster.MergeAsync(path, body)).Ok();
        await SettleAsync();
        return merged.Body.AsObject();
    }

    public async Task DeleteAsync(string path)
    {
        await Cluster.DeleteAsync(path);
        await SettleAsync();
    }

    public async Task<JsonObject> GetAsync(string path) => (await Cluster.GetAsync(path)).Ok().Body.AsObject();

    public async Task<IReadOnlyList<JsonObject>> ListAsync(string path) =>
        [.. (await GetAsync(path))["items"]!.AsArray().OfType<JsonObject>()];

    /// <summary>A condition as <c>status reason</c>; empty if there is none.</summary>
    public static string Condition(JsonObject subject, string type)
    {
        var condition = (subject["status"]?["conditions"] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(one => one["type"]!.GetValue<string>() == type);
        return condition is null ? string.Empty : $"{condition["status"]} {condition["reason"]}";
    }

    /// <summary>The numbers of a status, by name: <c>readyReplicas=1 replicas=2</c>.</summary>
    public static string Counts(JsonObject subject) => string.Join(' ', subject["status"]!.AsObject()
        .Where(static field => field.Value is JsonValue value && value.TryGetValue(out int _))
        .OrderBy(static field => field.Key, StringComparer.Ordinal).Select(static field => $"{field.Key}={field.Value}"));

    public static int Number(JsonObject subject, params string[] path)
    {
        JsonNode? node = subject;
        foreach (var name in path)
        {
            node = node?[name];
        }

        return node?.GetValue<int>() ?? 0;
    }

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}

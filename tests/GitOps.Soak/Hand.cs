using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using GitOps.Referee;

namespace GitOps.Soak;

/// <summary>Somebody with a keyboard: writes to the server as others do, past every fault that is made for the operator.</summary>
internal sealed class Hand
{
    public const string Merge = "application/merge-patch+json";

    private readonly ApiServer _server;
    private readonly CancellationToken _stopping;
    private readonly ConcurrentDictionary<Subject, JsonObject> _right = new();

    public Hand(ApiServer server, CancellationToken stopping) => (_server, _stopping) = (server, stopping);

    /// <summary>Remembers an object as it should be.</summary>
    public void Know(Subject subject, JsonObject right) => _right[subject] = right;

    public Task PauseAsync(TimeSpan time) => Task.Delay(time, _stopping);

    public Task MergeAsync(Target target, JsonNode body, string manager) => PatchAsync(target, Merge, body, manager);

    public Task PatchAsync(Target target, string contentType, JsonNode body, string manager, string subresource = "") =>
        SendAsync(HttpMethod.Patch, $"{target.Path}{subresource}?fieldManager={manager}", body, contentType);

    public Task ApplyAsync(Target target, JsonObject body, string manager)
    {
        body["apiVersion"] = target.Kind.ApiVersion;
        body["kind"] = target.Kind.Kind;
        var metadata = body["metadata"] as JsonObject ?? [];
        body["metadata"] = metadata;
        metadata["name"] = target.Name;
        return SendAsync(HttpMethod.Patch, $"{target.Path}?fieldManager={manager}&force=true", body, "application/apply-patch+yaml");
    }

    public Task DeleteAsync(Target target) => SendAsync(HttpMethod.Delete, target.Path, null, "application/json");

    /// <summary>Reads, changes and puts back.</summary>
    public async Task ReplaceAsync(Target target, Action<JsonObject> change, string manager)
    {
        for (var attempt = 0; attempt < 5 && await _server.GetAsync(target.Path, _stopping) is { } live; attempt++)
        {
            change(live);
            if (await SendAsync(HttpMethod.Put, $"{target.Path}?fieldManager={manager}", live, "application/json") != HttpStatusCode.Conflict)
            {
                return;
            }
        }
    }

    /// <summary>Deletes it and creates it from a file, which has what people write there and nothing else.</summary>
    public async Task RemakeAsync(Target target, string manager)
    {
        await DeleteAsync(target);
        if (_right.TryGetValue(target.Subject, out var right))
        {
            var file = right.DeepClone().AsObject();
            file.Remove("status");
            file["metadata"] = new JsonObject { ["name"] = target.Name, ["labels"] = new JsonObject { ["team"] = "a" } };
            (file["spec"] as JsonObject)?.Remove("clusterIP");
            (file["spec"] as JsonObject)?.Remove("clusterIPs");
            await SendAsync(HttpMethod.Post, $"{target.Kind.PathIn(target.Namespace)}?fieldManager={manager}", file, "application/json");
        }
    }

    /// <summary>Gives it the values back that it had at the beginning.</summary>
    public Task RestoreAsync(Target target, string manager) => !_right.TryGetValue(target.Subject, out var right) ? Task.CompletedTask : ReplaceAsync(target, live =>
    {
        foreach (var (name, value) in right.Where(static pair => pair.Key is not ("metadata" or "status" or "kind" or "apiVersion")))
        {
            live[name] = value?.DeepClone();
        }

        foreach (var name in (string[])["labels", "annotations"])
        {
            live["metadata"]![name] = right["metadata"]![name]?.DeepClone();
        }
    }, manager);

    // Somebody else was faster, or it is gone: then this one simply did not happen.
    private async Task<HttpStatusCode> SendAsync(HttpMethod method, string path, JsonNode? body, string contentType) =>
        (await _server.SendAsync(method, path, body, contentType, _stopping)).Status is var status
        && (int)status is < 400 or 404 or 409 or 422
            ? status
            : throw new HttpRequestException($"{method} {path}: {(int)status}");
}

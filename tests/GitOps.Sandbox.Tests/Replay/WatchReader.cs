using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Tests.Replay;

/// <summary>The events of an open watch, one after the other.</summary>
public sealed class WatchReader : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private StreamReader? _reader;

    public WatchReader(HttpResponseMessage response) => _response = response;

    /// <returns>Null: the stream has ended.</returns>
    public async Task<JsonObject?> NextAsync(CancellationToken cancellationToken = default)
    {
        _reader ??= new(await _response.Content.ReadAsStreamAsync(cancellationToken));
        return await _reader.ReadLineAsync(cancellationToken) is { } line ? KubernetesJson.ParseObject(line) : null;
    }

    /// <summary>Type, name and resourceVersion of the next event, within ten seconds; null if the stream has ended.</summary>
    public async Task<(string Type, string Name, string Version)?> NextBriefAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        if (await NextAsync(deadline.Token) is not { } read)
        {
            return null;
        }

        var metadata = read["object"]?["metadata"] as JsonObject;
        return (KubernetesObject.GetString(read, "type")!, KubernetesObject.GetString(metadata, "name") ?? string.Empty,
            KubernetesObject.GetString(metadata, "resourceVersion") ?? string.Empty);
    }

    public ValueTask DisposeAsync()
    {
        _reader?.Dispose();
        _response.Dispose();
        return ValueTask.CompletedTask;
    }
}

using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Tests.Replay;

/// <summary>What a request gave.</summary>
public sealed record Answer(int Status, JsonObject Body, IReadOnlyDictionary<string, string> Headers)
{
    public string Reason => KubernetesObject.GetString(Body, "reason") ?? string.Empty;

    public string Version => Text("metadata", "resourceVersion");

    public IReadOnlyList<string> ItemNames => [.. Body["items"]!.AsArray().Select(static item => item!["metadata"]!["name"]!.GetValue<string>())];

    public static async Task<Answer> ReadAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        return new(
            (int)response.StatusCode,
            text.StartsWith('{') ? KubernetesJson.ParseObject(text) : [],
            response.Headers.ToDictionary(static header => header.Key, static header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>The text at a path of field names; empty if there is none.</summary>
    public string Text(params ReadOnlySpan<string> path) => new KubernetesObject(Body).At(path)?.ToString() ?? string.Empty;

    /// <summary>The answer itself, if it is a success.</summary>
    public Answer Ok()
    {
        Status.ShouldBeInRange(200, 299, KubernetesJson.ToText(Body));
        return this;
    }
}

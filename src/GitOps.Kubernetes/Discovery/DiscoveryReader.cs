using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;

namespace GitOps.Kubernetes.Discovery;

/// <summary>
/// Reads one of the two endpoints (<c>/api</c>, <c>/apis</c>). Keeps the last answer with its ETag, so that reading again what
/// has not changed costs a 304.
/// </summary>
internal sealed class DiscoveryReader
{
    private readonly RequestSender _sender;
    private readonly KubernetesClientOptions _options;
    private readonly bool _isCore;
    private string? _tag;
    private ImmutableArray<DiscoveredGroup> _tagged = [];

    public DiscoveryReader(RequestSender sender, KubernetesClientOptions options, bool isCore)
    {
        _sender = sender;
        _options = options;
        _isCore = isCore;
    }

    /// <exception cref="ApiException">The endpoint itself was refused.</exception>
    /// <exception cref="ApiConnectionException">There was no answer.</exception>
    public async Task<ImmutableArray<DiscoveredGroup>> ReadAsync(CancellationToken cancellationToken)
    {
        var path = _isCore ? "/api" : "/apis";
        using var response = await _sender.SendAsync(Get(path) with { Accept = AggregatedDiscovery.Accept, IfNoneMatch = _tag }, cancellationToken);
        if (response.Code == HttpStatusCode.NotModified)
        {
            return _tagged;
        }

        var document = Parse(response, path);
        if (!AggregatedDiscovery.IsIn(response.ContentType))
        {
            return await ReadPlainAsync(document, cancellationToken);
        }

        var groups = AggregatedDiscovery.Parse(document);
        (_tag, _tagged) = response.ETag is { Length: > 0 } tag ? (tag, groups) : (null, []);
        return groups;
    }

    /// <returns>Null: the answer names none.</returns>
    /// <exception cref="ApiException">It was refused.</exception>
    /// <exception cref="ApiConnectionException">There was no answer.</exception>
    public async Task<string?> ReadVersionAsync(CancellationToken cancellationToken)
    {
        using var response = await _sender.SendAsync(Get("/version"), cancellationToken);
        return KubernetesObject.GetString(Parse(response, "/version"), "gitVersion");
    }

    private async Task<ImmutableArray<DiscoveredGroup>> ReadPlainAsync(JsonObject document, CancellationToken cancellationToken)
    {
        var groups = _isCore ? [(Group: string.Empty, Versions: PlainDiscovery.ParseCoreVersions(document))] : PlainDiscovery.ParseGroups(document);
        var reading = groups.Select(async group => new DiscoveredGroup(
            group.Group,
            [.. await Task.WhenAll(group.Versions.Select(version => ReadVersionAsync(group.Group, version, cancellationToken)))]));
        return [.. await Task.WhenAll(reading)];
    }

    private async Task<DiscoveredVersion> ReadVersionAsync(string group, string version, CancellationToken cancellationToken)
    {
        try
        {
            var path = group.Length == 0
                ? $"/api/{Uri.EscapeDataString(version)}"
                : $"/apis/{Uri.EscapeDataString(group)}/{Uri.EscapeDataString(version)}";
            using var response = await _sender.SendAsync(Get(path), cancellationToken);
            return new(version, IsKnown: true, PlainDiscovery.ParseResources(Parse(response, path), group, version));
        }
        catch (Exception exception) when (exception is ApiException or ApiConnectionException)
        {
            _options.Notify(NoticeKind.DiscoveryIncomplete, $"{group}/{version}: {exception.Message}");
            return new(version, IsKnown: false, []);
        }
    }

    private static ApiRequest Get(string path) =>
        new(HttpMethod.Get, path, "get", string.Empty, "discovery") { Repeat = Repeat.Always };

    private static JsonObject Parse(ApiResponse response, string path)
    {
        try
        {
            return KubernetesJson.ParseObject(response.Body.Span);
        }
        catch (JsonException exception)
        {
            throw new ApiConnectionException($"the answer to {path} is not a JSON object; was it a proxy that answered?", exception);
        }
    }
}

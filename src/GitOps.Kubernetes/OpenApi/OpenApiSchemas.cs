using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;

namespace GitOps.Kubernetes.OpenApi;

/// <summary>
/// The schemas of a server's kinds, from its OpenAPI v3 documents: an index, and one document per group and version, read when a
/// kind of it is first asked for. The index names each document by an address that holds its hash, so what has been read under an
/// address is kept for as long as the index names it, and is never asked for again. The index is asked whether it has changed when
/// it is a minute old, or lacks a kind and is a few seconds old.
/// </summary>
public sealed class OpenApiSchemas : IDisposable
{
    private const string IndexPath = "/openapi/v3";

    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MinRefreshInterval = TimeSpan.FromSeconds(3);

    private readonly RequestSender _sender;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly ConcurrentDictionary<string, SchemaTable> _documents = new(StringComparer.Ordinal);
    private volatile Index? _index;

    internal OpenApiSchemas(RequestSender sender, KubernetesClientOptions options) => (_sender, _time) = (sender, options.TimeProvider);

    /// <summary>The schema of a kind in one version; null: the server does not describe it.</summary>
    /// <exception cref="ApiException">The server refused.</exception>
    /// <exception cref="ApiConnectionException">There was no answer, or none of an API server.</exception>
    public async ValueTask<ObjectSchema?> FindAsync(GroupVersionKind kind, CancellationToken cancellationToken)
    {
        if (_index is { } index && !IsOlder(index, MaxAge) && FindKnown(index, kind) is { } known)
        {
            return known;
        }

        await _reading.WaitAsync(cancellationToken);
        try
        {
            return await FindAsync(kind, MaxAge, cancellationToken) ?? await FindAsync(kind, MinRefreshInterval, cancellationToken);
        }
        finally
        {
            _reading.Release();
        }
    }

    public void Dispose() => _reading.Dispose();

    private async Task<ObjectSchema?> FindAsync(GroupVersionKind kind, TimeSpan maxAge, CancellationToken cancellationToken)
    {
        if (_index is not { } index || IsOlder(index, maxAge))
        {
            _index = index = await ReadIndexAsync(cancellationToken);

            // Of an address without a hash nothing tells whether it still holds what it held.
            foreach (var gone in _documents.Keys.Where(address => !index.Addresses.Contains(address) || !address.Contains("hash=", StringComparison.Ordinal)))
            {
                _documents.TryRemove(gone, out _);
            }
        }

        if (index.ByPath.TryGetValue(PathOf(kind), out var address) && !_documents.ContainsKey(address))
        {
            _documents[address] = await ReadDocumentAsync(address, cancellationToken);
        }

        return FindKnown(index, kind);
    }

    private ObjectSchema? FindKnown(Index index, GroupVersionKind kind) =>
        index.ByPath.TryGetValue(PathOf(kind), out var address) && _documents.TryGetValue(address, out var document) ? document.Find(kind) : null;

    private bool IsOlder(Index index, TimeSpan age) => _time.GetElapsedTime(index.ReadAt) >= age;

    private async Task<Index> ReadIndexAsync(CancellationToken cancellationToken)
    {
        var readAt = _time.GetTimestamp();
        using var response = await _sender.SendAsync(Get(IndexPath) with { IfNoneMatch = _index?.Tag }, cancellationToken);
        if (response.Code == HttpStatusCode.NotModified)
        {
            return _index! with { ReadAt = readAt };
        }

        try
        {
            var paths = KubernetesJson.ParseObject(response.Body.Span)["paths"] as JsonObject ?? throw new JsonException("no paths");
            var byPath = paths.ToFrozenDictionary(
                static path => path.Key, static path => KubernetesObject.GetString(path.Value as JsonObject, "serverRelativeURL") ?? string.Empty, StringComparer.Ordinal);
            return new(byPath, byPath.Values.ToFrozenSet(StringComparer.Ordinal), response.ETag, readAt);
        }
        catch (JsonException exception)
        {
            throw new ApiConnectionException($"the answer to {IndexPath} is no index of OpenAPI documents; was it a proxy that answered?", exception);
        }
    }

    private async Task<SchemaTable> ReadDocumentAsync(string address, CancellationToken cancellationToken)
    {
        // It is put behind the server's name: without the slash it could go on with that, to another host.
        if (!address.StartsWith('/'))
        {
            throw new ApiConnectionException($"the server names an OpenAPI document outside of itself: {address}", inner: null);
        }

        using var response = await _sender.SendAsync(Get(address), cancellationToken);
        try
        {
            return SchemaTable.Parse(response.Body.Span.ToArray());
        }
        catch (JsonException exception)
        {
            throw new ApiConnectionException($"the answer to {address} is no OpenAPI document; was it a proxy that answered?", exception);
        }
    }

    private static string PathOf(GroupVersionKind kind) => kind.Group.Length == 0 ? $"api/{kind.Version}" : $"apis/{kind.Group}/{kind.Version}";

    private static ApiRequest Get(string path) => new(HttpMethod.Get, path, "get", string.Empty, "openapi") { Repeat = Repeat.Always };

    /// <param name="ByPath">Addresses by <c>api/v1</c>, <c>apis/apps/v1</c>.</param>
    /// <param name="Addresses">All of them.</param>
    /// <param name="Tag">The ETag; null: none.</param>
    /// <param name="ReadAt">When it was last known to be so.</param>
    private sealed record Index(FrozenDictionary<string, string> ByPath, FrozenSet<string> Addresses, string? Tag, long ReadAt);
}

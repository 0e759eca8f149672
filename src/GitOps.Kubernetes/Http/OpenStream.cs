namespace GitOps.Kubernetes.Http;

/// <summary>A response whose body is still coming.</summary>
internal sealed class OpenStream : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly ConnectionPools _pools;

    public OpenStream(HttpResponseMessage response, ConnectionPools pools, Stream body)
    {
        _response = response;
        _pools = pools;
        Body = body;
    }

    public Stream Body { get; }

    /// <summary>Null where the server does not say.</summary>
    public string? MediaType => _response.Content.Headers.ContentType?.MediaType;

    public async ValueTask DisposeAsync()
    {
        await Body.DisposeAsync();
        _response.Dispose();
        _pools.Leave();
    }
}

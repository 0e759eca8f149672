using System.Text.Json.Nodes;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;

namespace GitOps.Sandbox.Tests.Client;

/// <summary>
/// A network between a contender and the server: requests arrive late, even after the contender gave them up, or never, and
/// answers get lost on the way back.
/// </summary>
internal sealed class UnreliableClient : IKubernetesClient
{
    private readonly IKubernetesClient _inner;
    private readonly Func<Route> _route;
    private readonly TimeProvider _network;
    private readonly TimeProvider _own;
    private int _atServer;

    /// <param name="inner">The real one.</param>
    /// <param name="route">What happens to the next request.</param>
    /// <param name="network">The clock of delays.</param>
    /// <param name="own">The contender's clock, by which it gives up.</param>
    public UnreliableClient(IKubernetesClient inner, Func<Route> route, TimeProvider network, TimeProvider own)
    {
        _inner = inner;
        _route = route;
        _network = network;
        _own = own;
    }

    public static TimeSpan Timeout { get; } = TimeSpan.FromSeconds(8);

    /// <summary>Requests that the server is working on.</summary>
    public int AtServer => Volatile.Read(ref _atServer);

    public IDiscovery Discovery => _inner.Discovery;

    public IKubernetesClient As(Impersonation? impersonation) => throw new NotSupportedException();

    public Task<KubernetesObject?> GetAsync(ApiResource resource, string @namespace, string name, CancellationToken cancellationToken) =>
        TravelAsync(() => _inner.GetAsync(resource, @namespace, name, CancellationToken.None), cancellationToken);

    public Task<WriteResult> CreateAsync(
        ApiResource resource, KubernetesObject created, WriteOptions options, CancellationToken cancellationToken) =>
        TravelAsync(() => _inner.CreateAsync(resource, created, options, CancellationToken.None), cancellationToken);

    public Task<WriteResult> ReplaceAsync(
        ApiResource resource, KubernetesObject replacement, WriteOptions options, CancellationToken cancellationToken) =>
        TravelAsync(() => _inner.ReplaceAsync(resource, replacement, options, CancellationToken.None), cancellationToken);

    public Task<ObjectList> ListAsync(ApiResource resource, string @namespace, ListOptions options, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<WriteResult> ApplyAsync(
        ApiResource resource, KubernetesObject desired, ApplyOptions options, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<WriteResult> PatchAsync(
        ApiResource resource, string @namespace, string name, PatchType type, JsonNode patch, WriteOptions options,
        CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<DeleteOutcome> DeleteAsync(
        ApiResource resource, string @namespace, string name, DeleteOptions options, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<WatchEvent> WatchAsync(
        ApiResource resource, string @namespace, WatchOptions options, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    private async Task<T> TravelAsync<T>(Func<Task<T>> send, CancellationToken cancellationToken)
    {
        // Not cancelled: what is under way arrives, whoever has given it up.
        var travel = TravelAsync(send, _route());
        using var deadline = new CancellationTokenSource(Timeout, _own);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            return await travel.WaitAsync(either.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ApiConnectionException("no answer", exception, isTimeout: true);
        }
    }

    private async Task<T> TravelAsync<T>(Func<Task<T>> send, Route route)
    {
        await WaitAsync(route.Before);
        if (route.IsRequestLost)
        {
            throw new ApiConnectionException("the request is lost", inner: null);
        }

        T answer;
        Interlocked.Increment(ref _atServer);
        try
        {
            answer = await send();
        }
        finally
        {
            Interlocked.Decrement(ref _atServer);
        }

        await WaitAsync(route.After);
        return route.IsAnswerLost ? throw new ApiConnectionException("the answer is lost", inner: null) : answer;
    }

    private Task WaitAsync(TimeSpan delay) => delay > TimeSpan.Zero ? Task.Delay(delay, _network) : Task.CompletedTask;

    /// <summary>The way of one request and its answer.</summary>
    internal readonly record struct Route(TimeSpan Before, bool IsRequestLost, TimeSpan After, bool IsAnswerLost);
}

using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;

namespace GitOps.Kubernetes.Caching;

/// <summary>
/// Informers that are shared by all who want the same, and live as long as anybody does: a kind that nobody reads is not
/// watched. Thread-safe.
/// </summary>
public sealed class InformerPool : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly IKubernetesClient _client;
    private readonly Dictionary<Wish, Shared> _shared = [];

    public InformerPool(IKubernetesClient client) => _client = client;

    /// <summary>The informer of equal options, started if there is none; it is stopped when its last user has disposed of the handle.</summary>
    public InformerHandle Acquire(InformerOptions options)
    {
        var wish = new Wish(options);
        lock (_lock)
        {
            if (!_shared.TryGetValue(wish, out var shared))
            {
                _shared[wish] = shared = new(Informer.Start(_client, options));
            }

            shared.Users++;
            return new(this, shared.Informer);
        }
    }

    /// <summary>Stops all informers, whoever still holds them.</summary>
    public async ValueTask DisposeAsync()
    {
        Informer[] informers;
        lock (_lock)
        {
            informers = [.. _shared.Values.Select(static shared => shared.Informer)];
            _shared.Clear();
        }

        foreach (var informer in informers)
        {
            await informer.DisposeAsync();
        }
    }

    internal async ValueTask ReleaseAsync(Informer informer)
    {
        var wish = new Wish(informer.Options);
        lock (_lock)
        {
            if (!_shared.TryGetValue(wish, out var shared) || shared.Informer != informer || --shared.Users > 0)
            {
                return;
            }

            _shared.Remove(wish);
        }

        await informer.DisposeAsync();
    }

    /// <summary>What makes two wishes the same: of the resource its kind, since its description may have been read anew.</summary>
    private sealed record Wish(
        GroupVersionKind Kind, string Namespace, WatchOptions Watch, Func<KubernetesObject, KubernetesObject?>? Transform,
        ImmutableDictionary<string, Func<KubernetesObject, IEnumerable<string>>> Indexes)
    {
        public Wish(InformerOptions options)
            : this(options.Resource.GroupVersionKind, options.Namespace, options.Watch, options.Transform, options.Indexes)
        {
        }
    }

    private sealed class Shared(Informer informer)
    {
        public Informer Informer { get; } = informer;

        public int Users { get; set; }
    }
}

/// <summary>One user's hold on a shared informer.</summary>
public sealed class InformerHandle : IAsyncDisposable
{
    private readonly InformerPool _pool;
    private int _isReleased;

    internal InformerHandle(InformerPool pool, Informer informer) => (_pool, Informer) = (pool, informer);

    public Informer Informer { get; }

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _isReleased, 1) == 0 ? _pool.ReleaseAsync(Informer) : ValueTask.CompletedTask;
}

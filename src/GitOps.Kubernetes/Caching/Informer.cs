using System.Runtime.CompilerServices;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;

namespace GitOps.Kubernetes.Caching;

/// <summary>
/// One watch and the cache that it keeps: any number of readers look things up in <see cref="Snapshot"/> without a lock, and
/// follow <see cref="ChangesAsync"/> at their own pace. What is not in the cache is known to be absent only if
/// <see cref="HasSynced"/>, and only as of when the stream last spoke: see <see cref="Interruption"/>.
/// </summary>
public sealed class Informer : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ObjectCache _cache;
    private readonly List<ChangeFeed> _feeds = [];
    private readonly CancellationToken _stopped;
    private volatile Exception? _interruption;
    private Exception? _failure;
    private int _isDisposed;

    private Informer(IKubernetesClient client, InformerOptions options)
    {
        Options = options;
        _cache = new(options);
        _stopped = _stopping.Token;
        Completion = Task.Run(() => RunAsync(client, _stopped));
    }

    public InformerOptions Options { get; }

    /// <summary>What is known now.</summary>
    public CacheSnapshot Snapshot => _cache.Snapshot;

    /// <summary>Whether a complete list has been seen. It stays so: while the watch is interrupted what was known is still shown.</summary>
    public bool HasSynced => _synced.Task.IsCompletedSuccessfully;

    /// <summary>
    /// Why the stream is broken at this moment, or null. A kind that is served no more is a
    /// <see cref="Http.ApiException"/> with IsNotFound: its objects may live on under another version, so the cache keeps them.
    /// </summary>
    public Exception? Interruption => _interruption;

    /// <summary>Ends when the informer is disposed of; fails if a transform or an index function threw.</summary>
    public Task Completion { get; }

    /// <summary>Begins to list and watch at once.</summary>
    public static Informer Start(IKubernetesClient client, InformerOptions options) => new(client, options);

    /// <summary>Waits until <see cref="HasSynced"/>.</summary>
    /// <exception cref="InvalidOperationException">A transform or an index function threw.</exception>
    public Task WaitForSyncAsync(CancellationToken cancellationToken) => _synced.Task.WaitAsync(cancellationToken);

    /// <summary>
    /// First everything that is known now as Added, then what changes, without end. Steps of the same name come in order, and
    /// those that a slow reader has not taken yet are joined to one; a deletion is never lost, nor is that another object took a
    /// name. <see cref="CacheChangeType.Synced"/> follows each complete list.
    /// </summary>
    public async IAsyncEnumerable<CacheChange> ChangesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var feed = new ChangeFeed();
        lock (_lock)
        {
            feed.Add(Snapshot.All.Select(static item => new CacheChange(CacheChangeType.Added, After: item)), HasSynced);
            _feeds.Add(feed);
            if (_failure is { } failure)
            {
                feed.Fail(failure);
            }
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopped);
        try
        {
            await foreach (var change in feed.ReadAsync(ending.Token))
            {
                yield return change;
            }
        }
        finally
        {
            lock (_lock)
            {
                _feeds.Remove(feed);
            }
        }
    }

    /// <summary>Ends the watch; readers of changes get an <see cref="OperationCanceledException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            await _stopping.CancelAsync();
            _synced.TrySetCanceled();
            await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stopping.Dispose();
        }
    }

    private async Task RunAsync(IKubernetesClient client, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var item in client.WatchAsync(Options.Resource, Options.Namespace, Options.Watch, cancellationToken))
            {
                Apply(item);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Disposed of.
        }
        catch (Exception exception)
        {
            Fail(exception);
            throw;
        }
    }

    private void Apply(in WatchEvent item)
    {
        lock (_lock)
        {
            var changes = _cache.Apply(item);
            _interruption = item.Type switch
            {
                WatchEventType.Interrupted => item.Error,
                WatchEventType.InitDone or WatchEventType.Resumed or WatchEventType.Applied or WatchEventType.Deleted => null,
                _ => _interruption,
            };
            var isSynced = item.Type == WatchEventType.InitDone;
            if (changes.Count > 0 || isSynced)
            {
                foreach (var feed in _feeds)
                {
                    feed.Add(changes, isSynced);
                }
            }

            if (isSynced)
            {
                _synced.TrySetResult();
            }
        }
    }

    private void Fail(Exception exception)
    {
        lock (_lock)
        {
            _failure = _interruption = exception;
            _synced.TrySetException(new InvalidOperationException("the informer has failed", exception));
            foreach (var feed in _feeds)
            {
                feed.Fail(exception);
            }
        }
    }
}

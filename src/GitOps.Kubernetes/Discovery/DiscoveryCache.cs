using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;

namespace GitOps.Kubernetes.Discovery;

/// <summary>
/// The last snapshot of discovery. A hit costs a look-up; a miss reads again unless that has been done within the last
/// seconds. One reading runs at a time.
/// </summary>
internal sealed class DiscoveryCache : IDiscovery, IDisposable
{
    private static readonly TimeSpan MinRefreshInterval = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan MaxVersionAge = TimeSpan.FromMinutes(10);

    private readonly KubernetesClientOptions _options;
    private readonly DiscoveryReader _core;
    private readonly DiscoveryReader _groups;
    private readonly SemaphoreSlim _reading = new(1, 1);
    private volatile Reading? _last;
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _begun;
    private volatile ServerVersion? _version;

    public DiscoveryCache(RequestSender sender, KubernetesClientOptions options)
    {
        _options = options;
        _core = new DiscoveryReader(sender, options, isCore: true);
        _groups = new DiscoveryReader(sender, options, isCore: false);
    }

    /// <summary>Completes with the next reading, whoever asks for it.</summary>
    public Task NextReading => Volatile.Read(ref _next).Task;

    public ValueTask<Lookup> FindAsync(GroupVersionKind kind, CancellationToken cancellationToken) =>
        FindAsync(snapshot => snapshot.Find(kind), cancellationToken);

    public ValueTask<Lookup> FindPreferredAsync(GroupKind kind, CancellationToken cancellationToken) =>
        FindAsync(snapshot => snapshot.FindPreferred(kind), cancellationToken);

    public async ValueTask<IReadOnlyList<ApiResource>> AllAsync(CancellationToken cancellationToken)
    {
        var reading = _last is { Snapshot: not null } last ? last : await RefreshIfOlderAsync(MinRefreshInterval, cancellationToken);
        return SnapshotOf(reading).Resources;
    }

    public async ValueTask<string?> ServerVersionAsync(CancellationToken cancellationToken)
    {
        if (_version is { } known && _options.TimeProvider.GetElapsedTime(known.ReadAt) < MaxVersionAge)
        {
            return known.Text;
        }

        var readAt = _options.TimeProvider.GetTimestamp();
        var version = await _core.ReadVersionAsync(cancellationToken);
        _version = new(version, readAt);
        return version;
    }

    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var begun = Volatile.Read(ref _begun);
        await _reading.WaitAsync(cancellationToken);
        try
        {
            // One that began while this call waited is as good as its own.
            var reading = _last is { } last && _begun > begun ? last : await ReadAsync(cancellationToken);
            if (reading.Failure is { } failure)
            {
                ExceptionDispatchInfo.Throw(failure);
            }
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Reads again if that was last tried longer ago than <paramref name="age"/>.</summary>
    public async Task<Reading> RefreshIfOlderAsync(TimeSpan age, CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            return _last is { } last && _options.TimeProvider.GetElapsedTime(last.TriedAt) < age ? last : await ReadAsync(cancellationToken);
        }
        finally
        {
            _reading.Release();
        }
    }

    public void Dispose() => _reading.Dispose();

    private static DiscoverySnapshot SnapshotOf(Reading reading)
    {
        if (reading.Snapshot is null)
        {
            ExceptionDispatchInfo.Throw(reading.Failure!);
        }

        return reading.Snapshot;
    }

    private async ValueTask<Lookup> FindAsync(Func<DiscoverySnapshot, Lookup> find, CancellationToken cancellationToken)
    {
        if (_last?.Snapshot is { } known && find(known) is { Resource: not null } hit)
        {
            return hit;
        }

        var reading = await RefreshIfOlderAsync(MinRefreshInterval, cancellationToken);
        var lookup = find(SnapshotOf(reading));

        // After a failure what is known is still known, and that something is missing from it means nothing.
        return lookup.Resource is null && reading.Failure is not null ? new(LookupOutcome.Unknown, Resource: null) : lookup;
    }

    private async Task<Reading> ReadAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _begun);
        var triedAt = _options.TimeProvider.GetTimestamp();
        var core = TryReadAsync(_core, cancellationToken);
        var groups = TryReadAsync(_groups, cancellationToken);
        var (coreGroups, coreFailure) = await core;
        var (otherGroups, groupsFailure) = await groups;
        var failure = coreFailure ?? groupsFailure;
        if (failure is not null)
        {
            _options.Notify(NoticeKind.DiscoveryIncomplete, $"{(coreFailure is null ? "/apis" : "/api")}: {failure.Message}");
        }

        // A half is better than nothing, but not better than the whole that was read before.
        var snapshot = failure is null || (_last?.Snapshot is null && (coreFailure is null || groupsFailure is null))
            ? new DiscoverySnapshot(
                coreFailure is null ? coreGroups.FirstOrDefault() ?? new DiscoveredGroup(string.Empty, []) : null,
                groupsFailure is null ? otherGroups : null)
            : _last?.Snapshot;
        _last = new Reading(snapshot, failure, triedAt);
        Interlocked.Exchange(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        return _last;
    }

    private static async Task<(ImmutableArray<DiscoveredGroup> Groups, Exception? Failure)> TryReadAsync(
        DiscoveryReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return (await reader.ReadAsync(cancellationToken), null);
        }
        catch (Exception exception) when (exception is ApiException or ApiConnectionException)
        {
            return ([], exception);
        }
    }

    private sealed record ServerVersion(string? Text, long ReadAt);

    /// <param name="Snapshot">The last that was read; null: none yet.</param>
    /// <param name="Failure">Of the last attempt; null: the snapshot is its result.</param>
    /// <param name="TriedAt">When that attempt began.</param>
    internal sealed record Reading(DiscoverySnapshot? Snapshot, Exception? Failure, long TriedAt);
}

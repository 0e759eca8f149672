using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;

namespace GitOps.Kubernetes.Leases;

/// <summary>
/// One contender's view of a lease, and its attempts to get or keep it. Whether somebody else's lease has expired is judged by
/// how long ago, on this process's monotonic clock, the record was last seen to change: the times in it are another machine's.
/// For one caller at a time.
/// </summary>
internal sealed class LeaseContender
{
    private readonly IKubernetesClient _client;
    private readonly LeaderElectionOptions _options;
    private volatile KubernetesObject? _lease;
    private long _changedAt;
    private bool _isKnownOwn;
    private bool _mayBeOwn;

    public LeaseContender(IKubernetesClient client, LeaderElectionOptions options)
    {
        _client = client;
        _options = options;
    }

    /// <summary>As last seen; empty: nobody, or not seen yet.</summary>
    public string Holder => _lease is { } lease ? LeaseRecord.Holder(lease) : string.Empty;

    /// <summary>An annotation of the lease as last seen; null: none, or not seen yet.</summary>
    public string? Annotation(string key) => _lease is { } lease ? LeaseRecord.Annotation(lease, key) : null;

    /// <summary>Whether the server may hold this contender for the holder: a write succeeded, or its answer was lost.</summary>
    public bool MayHold => _mayBeOwn;

    /// <summary>Gets the lease, or renews it. While this contender holds it no read comes before the write.</summary>
    /// <returns>When the write that succeeded was begun: a lease is never held longer than counted from there. Null: somebody else has it.</returns>
    /// <exception cref="ApiException">The server refused.</exception>
    /// <exception cref="ApiConnectionException">There was no answer; the write may have been made all the same.</exception>
    public async Task<long?> TryAsync(CancellationToken cancellationToken)
    {
        if (_isKnownOwn && _lease is { } own)
        {
            // Whatever comes instead of a success: the version that was known may be an old one.
            _isKnownOwn = false;
            if (await TryWriteAsync(own, cancellationToken) is { } started)
            {
                return started;
            }
        }

        if (await _client.GetAsync(LeaseRecord.Resource, _options.Namespace, _options.Name, cancellationToken) is { } found)
        {
            Observe(found);
            return IsTaken(found) ? null : await TryWriteAsync(found, cancellationToken);
        }

        // Somebody deleted it. Whoever held it may not know yet, and works until his deadline.
        return _lease is { } last && IsTaken(last) ? null : await TryCreateAsync(cancellationToken);
    }

    /// <summary>Hands the lease back if it is this contender's.</summary>
    /// <returns>Whether it was, and is no more.</returns>
    /// <exception cref="ApiException">The server refused.</exception>
    /// <exception cref="ApiConnectionException">There was no answer.</exception>
    public async Task<bool> TryReleaseAsync(CancellationToken cancellationToken)
    {
        var lease = _isKnownOwn ? _lease : null;
        _isKnownOwn = false;
        lease ??= await _client.GetAsync(LeaseRecord.Resource, _options.Namespace, _options.Name, cancellationToken);
        if (lease is null || LeaseRecord.Holder(lease) != _options.Identity)
        {
            _mayBeOwn = false;
            return false;
        }

        var result = await _client.ReplaceAsync(LeaseRecord.Resource, LeaseRecord.Released(lease, _options), new WriteOptions(), cancellationToken);
        _mayBeOwn = false;
        Observe(result.Object);
        return true;
    }

    private bool IsTaken(KubernetesObject lease)
    {
        var holder = LeaseRecord.Holder(lease);
        return holder.Length > 0 && holder != _options.Identity
            && _options.TimeProvider.GetElapsedTime(_changedAt) < LeaseRecord.Duration(lease, _options.LeaseDuration);
    }

    private async Task<long?> TryWriteAsync(KubernetesObject lease, CancellationToken cancellationToken)
    {
        var started = _options.TimeProvider.GetTimestamp();
        _mayBeOwn = true;
        try
        {
            Own(await _client.ReplaceAsync(LeaseRecord.Resource, LeaseRecord.Renewed(lease, _options), new WriteOptions(), cancellationToken));
            return started;
        }
        catch (ApiException exception) when (exception.IsConflict || exception.IsNotFound)
        {
            return null;
        }
    }

    private async Task<long?> TryCreateAsync(CancellationToken cancellationToken)
    {
        var started = _options.TimeProvider.GetTimestamp();
        _mayBeOwn = true;
        try
        {
            Own(await _client.CreateAsync(LeaseRecord.Resource, LeaseRecord.First(_options), new WriteOptions(), cancellationToken));
            return started;
        }
        catch (ApiException exception) when (exception.IsAlreadyExists)
        {
            return null;
        }
    }

    private void Own(WriteResult written)
    {
        Observe(written.Object);
        _isKnownOwn = true;
    }

    private void Observe(KubernetesObject lease)
    {
        if (_lease is not { } known || !LeaseRecord.IsSameRecord(known, lease))
        {
            _changedAt = _options.TimeProvider.GetTimestamp();
        }

        _lease = lease;
    }
}

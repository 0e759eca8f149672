using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Git;

/// <summary>
/// Looks after one mirror: brings it up to date once however many ask, replaces it when it is damaged, keeps the pinned commits and
/// repacks it.
/// </summary>
internal sealed class MirrorKeeper : IDisposable
{
    private readonly GitOptions _options;
    private readonly GitRemote _remote;
    private readonly GitMirror _mirror;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _fetching = new(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _pins = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyCollection<string>> _claims = new(StringComparer.Ordinal);
    private bool _claimsMoved;
    private RefTable? _fetchedTable;
    private DateTimeOffset? _lastRebuild;

    public MirrorKeeper(GitOptions options, GitRemote remote, GitMirror mirror, TimeProvider time, ILogger logger)
    {
        _options = options;
        _remote = remote;
        _mirror = mirror;
        _time = time;
        _logger = logger;
    }

    /// <summary>Works on the mirror; once more with a new one if this one is damaged.</summary>
    public async Task<T> UseAsync<T>(Func<Task<T>> use, CancellationToken cancellationToken)
    {
        try
        {
            return await use();
        }
        catch (GitException exception) when (exception.Kind == GitFailure.Corrupt)
        {
            if (!await TryRebuildAsync(exception, cancellationToken))
            {
                throw;
            }
        }

        return await use();
    }

    /// <summary>Brings branches and tags to the state of a table.</summary>
    /// <returns>Whether there was something to fetch.</returns>
    public async Task<bool> FetchIfBehindAsync(RefTable table, CancellationToken cancellationToken)
    {
        if (ReferenceEquals(Volatile.Read(ref _fetchedTable), table))
        {
            return false;
        }

        // Many ask at once after a push; one fetch answers them all.
        await _fetching.WaitAsync(cancellationToken);
        try
        {
            if (!ReferenceEquals(Volatile.Read(ref _fetchedTable), table))
            {
                await _mirror.FetchAsync(cancellationToken);
                Volatile.Write(ref _fetchedTable, table);
            }
        }
        finally
        {
            _fetching.Release();
        }

        return true;
    }

    /// <summary>Whether somebody keeps a commit.</summary>
    public bool IsKeeping
    {
        get
        {
            lock (_lock)
            {
                return _pins.Count > 0 || _claims.Any(static claim => claim.Value.Count > 0);
            }
        }
    }

    public bool IsPinned(string name, string sha)
    {
        lock (_lock)
        {
            return _pins.TryGetValue(name, out var pinned) && pinned == sha;
        }
    }

    /// <summary>Keeps a commit that the mirror has.</summary>
    public async Task PinAsync(string name, string sha, CancellationToken cancellationToken)
    {
        await _mirror.PinAsync(sha, cancellationToken);
        lock (_lock)
        {
            _pins[name] = sha;
        }
    }

    /// <summary>These commits are kept as well, as far as the mirror has them.</summary>
    public void Claim(string name, IReadOnlyCollection<string> shas)
    {
        lock (_lock)
        {
            _claims[name] = shas;
            _claimsMoved = true;
        }
    }

    public void Unpin(string name)
    {
        lock (_lock)
        {
            _pins.Remove(name);
            _claims.Remove(name);
        }
    }

    /// <summary>Closes idle readers and repacks when it is time. Failures are logged, never thrown.</summary>
    public async Task MaintainAsync(bool pinsAreKnown, bool force, CancellationToken cancellationToken)
    {
        _mirror.Readers.Trim(_options.ReaderIdle);
        try
        {
            await KeepClaimedAsync(cancellationToken);
            if (await _mirror.MaintainAsync(pinsAreKnown ? Pinned() : null, force, cancellationToken))
            {
                GitLog.Maintained(_logger, _remote.Url.Key);
            }
        }
        catch (GitException exception)
        {
            GitLog.MaintenanceFailed(_logger, _remote.Url.Key, exception.Kind, exception.Message);
            if (exception.Kind == GitFailure.Corrupt)
            {
                await RebuildOrLogAsync(exception, cancellationToken);
            }
        }
    }

    public void Dispose() => _fetching.Dispose();

    // Only while the server answers: until then a half-readable mirror is better than none.
    private async Task<bool> TryRebuildAsync(GitException damage, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            if (_lastRebuild is { } last && now - last < _options.RebuildPause)
            {
                return false;
            }

            _lastRebuild = now;
        }

        GitLog.MirrorDamaged(_logger, _remote.Url.Key, damage.Message);
        try
        {
            await _remote.ListAsync(cancellationToken);
        }
        catch
        {
            lock (_lock)
            {
                _lastRebuild = null;
            }

            throw;
        }

        await _mirror.DiscardAsync(cancellationToken);
        await _mirror.FetchAsync(cancellationToken);
        foreach (var sha in Pinned())
        {
            try
            {
                await _mirror.EnsureCommitAsync(sha, cancellationToken);
                await _mirror.PinAsync(sha, cancellationToken);
            }
            catch (GitException exception)
            {
                // Gone from the server as well; whoever needs it hears so when opening it.
                GitLog.MaintenanceFailed(_logger, _remote.Url.Key, exception.Kind, exception.Message);
            }
        }

        return true;
    }

    private async Task RebuildOrLogAsync(GitException damage, CancellationToken cancellationToken)
    {
        try
        {
            await TryRebuildAsync(damage, cancellationToken);
        }
        catch (GitException exception)
        {
            GitLog.MaintenanceFailed(_logger, _remote.Url.Key, exception.Kind, exception.Message);
        }
    }

    // Nothing is lost before this: what no branch has any more stays until the mirror is repacked, and that comes after it.
    private async Task KeepClaimedAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_claimsMoved)
            {
                return;
            }

            _claimsMoved = false;
        }

        var isKept = false;
        try
        {
            isKept = await _mirror.KeepAsync(Pinned(), cancellationToken);
        }
        finally
        {
            if (!isKept)
            {
                lock (_lock)
                {
                    _claimsMoved = true;
                }
            }
        }
    }

    private HashSet<string> Pinned()
    {
        lock (_lock)
        {
            return [.. _pins.Values, .. _claims.Values.SelectMany(static shas => shas)];
        }
    }
}

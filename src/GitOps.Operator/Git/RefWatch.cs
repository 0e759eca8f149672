using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Git;

/// <summary>
/// What one repository's refs are, kept fresh by one poll per interval for all subscribers. A poll looks cheaply first, asks git only
/// if something may have changed, fetches only if a followed revision moved, and publishes the new refs only after that: a commit
/// that was resolved can be opened. A failed poll leaves the last good refs in place.
/// </summary>
internal sealed class RefWatch : IDisposable
{
    private static readonly TimeSpan MaxStartDelay = TimeSpan.FromSeconds(5);

    private readonly GitOptions _options;
    private readonly GitRemote _remote;
    private readonly IRefProbe _probe;
    private readonly IGitObserver _observer;
    private readonly Func<RefTable, IReadOnlyCollection<string>, CancellationToken, Task> _fetch;
    private readonly TimeProvider _time;
    private readonly Func<double> _random;
    private readonly ILogger _logger;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _lock = new();
    private readonly RefSubscriptions _subscriptions;
    private RefTable? _table;
    private RepositoryState _state = RepositoryState.Unknown;
    private string? _fingerprint;
    private long _startedPolls;
    private long _answeredPoll;
    private int _failures;
    private DateTimeOffset? _lastPoll;
    private DateTimeOffset? _firstWanted;
    private DateTimeOffset _lastFullPoll;
    private double _phase;

    /// <remarks><paramref name="fetch"/>: Brings commits into the mirror before the refs that name them are published.</remarks>
    public RefWatch(
        GitOptions options,
        GitRemote remote,
        IRefProbe probe,
        IGitObserver observer,
        Func<RefTable, IReadOnlyCollection<string>, CancellationToken, Task> fetch,
        TimeProvider time,
        Func<double> random,
        ILogger logger)
    {
        _options = options;
        _remote = remote;
        _probe = probe;
        _observer = observer;
        _fetch = fetch;
        _time = time;
        _random = random;
        _logger = logger;
        _phase = random();
        _subscriptions = new RefSubscriptions(remote.Url.Key, logger);
    }

    /// <summary>The last refs that a poll brought; null before the first that succeeded.</summary>
    public RefTable? Table => Volatile.Read(ref _table);

    public RepositoryState State => Volatile.Read(ref _state);

    public bool HasSubscribers => _subscriptions.Any;

    public IReadOnlyList<RepositorySubscription> Subscriptions => _subscriptions.All;

    /// <returns>Dispose it to end the interest.</returns>
    public IDisposable Subscribe(RepositorySubscription subscription) => _subscriptions.Add(subscription);

    /// <summary>The refs, polled for if there are none yet; a repository that has just failed is not asked again before its pause ends.</summary>
    /// <exception cref="GitException">It was never reached.</exception>
    public async ValueTask<RefTable> TableAsync(string revision, CancellationToken cancellationToken)
    {
        var answered = Interlocked.Read(ref _answeredPoll);
        var isNew = _subscriptions.Want(revision);
        if (Table is { } known && !isNew)
        {
            return known;
        }

        if (Table is null && State.Failure is { } failure && _time.GetUtcNow() < DueAt(TimeSpan.MaxValue))
        {
            throw new GitException(failure.Kind, failure.Message, failure);
        }

        if (isNew)
        {
            // Should this poll fail, the next may not take the old refs for the new question's answer.
            _fingerprint = null;
            await PollAsync(full: true, cancellationToken);
        }
        else
        {
            await PollUnlessAsync(() => _answeredPoll > answered, full: false, cancellationToken);
        }

        return Table!;
    }

    /// <summary>Polls, or waits for a poll that began after this call. Concurrent calls share one.</summary>
    /// <remarks><paramref name="full"/>: Asks git even if a cheap look says that nothing changed.</remarks>
    /// <exception cref="GitException">The poll failed.</exception>
    public async Task PollAsync(bool full, CancellationToken cancellationToken)
    {
        var started = Interlocked.Read(ref _startedPolls);
        await PollUnlessAsync(() => _answeredPoll > started, full, cancellationToken);
    }

    /// <summary>Polls at the smallest interval of the subscribers until cancelled. Ends with an exception only if we are broken.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        PollLoop.RunAsync(_subscriptions.Next, DueAt, token => PollAsync(full: false, token), _time, cancellationToken);

    public void Dispose() => _turn.Dispose();

    /// <summary>Waits for its turn, and polls unless the turns before have answered the question.</summary>
    private async Task PollUnlessAsync(Func<bool> isAnswered, bool full, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (isAnswered())
            {
                if (State.Failure is { } failure)
                {
                    throw new GitException(failure.Kind, failure.Message, failure);
                }

                return;
            }

            // A cancelled poll answers nobody: who waited polls in its place.
            var poll = Interlocked.Increment(ref _startedPolls);
            try
            {
                await PollOnceAsync(full, cancellationToken);
                Interlocked.Exchange(ref _answeredPoll, poll);
            }
            catch (GitException exception)
            {
                Failed(exception);
                Interlocked.Exchange(ref _answeredPoll, poll);
                throw;
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task PollOnceAsync(bool full, CancellationToken cancellationToken)
    {
        using var poll = _observer.Polls();
        var wanted = _subscriptions.Wanted;

        // Taken before git is asked: a ref that moves in between makes the next look differ.
        var looking = _time.GetUtcNow();
        var fingerprint = await LookAsync(wanted, cancellationToken);
        var now = _time.GetUtcNow();
        var isKnown = !full && State is { Health: RepositoryHealth.Reachable, Failure: null } && fingerprint is not null && fingerprint == _fingerprint;
        if (isKnown && now - _lastFullPoll < _options.FullPollEvery)
        {
            Succeeded(Table!, 0, looking);
            return;
        }

        var output = await _remote.ListAsync(cancellationToken);
        var last = Table;
        var table = RefTable.Parse(output, wanted, last, now);
        if (table.Count == 0)
        {
            throw new GitException(GitFailure.EmptyRepository, $"{_remote.Url.Key}: the repository is empty: push a first commit");
        }

        if (last is null && fingerprint is null)
        {
            await RefuseDumbAsync(cancellationToken);
        }

        List<RepositorySubscription> moved = [];
        if (last is not null && table.SameAs(last))
        {
            table = last;
        }
        else
        {
            var (changed, shas) = Compare(last, table);
            await _fetch(table, shas, cancellationToken);
            moved = last is null ? [] : changed;
        }

        _fingerprint = fingerprint;
        _lastFullPoll = now;
        var recovered = Succeeded(table, moved.Count, now);
        if (!recovered)
        {
            _subscriptions.Notify(moved);
        }
    }

    // Git would take every object by a request of its own from such a server.
    private async Task RefuseDumbAsync(CancellationToken cancellationToken)
    {
        if (_remote.Url.Transport == GitTransport.Https && await _probe.IsDumbAsync(_remote.Url, cancellationToken))
        {
            throw new GitException(
                GitFailure.NotAllowed,
                $"{_remote.Url.Key}: the server hands out the repository's files without knowing git (the \"dumb\" protocol), which is not supported: let it run git http-backend, or use ssh");
        }
    }

    private async ValueTask<string?> LookAsync(IReadOnlySet<string> wanted, CancellationToken cancellationToken)
    {
        if (_probe is NoRefProbe || State.Failure is not null)
        {
            return null;
        }

        var started = _time.GetTimestamp();
        var fingerprint = await _probe.FingerprintAsync(_remote.Url, wanted, cancellationToken);
        _observer.Ran("probe", _remote.Url.Key, fingerprint is null ? "unknown" : fingerprint == _fingerprint ? "ok" : "changed", _time.GetElapsedTime(started));
        return fingerprint;
    }

    // Which subscribers' answers differ between two tables, and the commits that they need now.
    private (List<RepositorySubscription> Changed, HashSet<string> Shas) Compare(RefTable? last, RefTable table)
    {
        var changed = new List<RepositorySubscription>();
        var shas = new HashSet<string>(StringComparer.Ordinal);
        foreach (var subscription in _subscriptions.All)
        {
            var before = last?.Find(subscription.Revision);
            var after = table.Find(subscription.Revision);
            if (before?.Sha != after?.Sha || before?.Warning != after?.Warning)
            {
                changed.Add(subscription);
                if (after is not null)
                {
                    shas.Add(after.Sha);
                }
            }
        }

        return (changed, shas);
    }

    /// <returns>Whether it failed before; then everybody was told.</returns>
    private bool Succeeded(RefTable table, int moved, DateTimeOffset now)
    {
        var failed = State.Failure is not null;
        Volatile.Write(ref _table, table);
        Volatile.Write(ref _state, new RepositoryState(RepositoryHealth.Reachable, now, null, null));
        lock (_lock)
        {
            _lastPoll = _time.GetUtcNow();
            if (_failures == 0 && _answeredPoll > 0)
            {
                _phase = 1;
            }

            _failures = 0;
        }

        if (moved > 0)
        {
            GitLog.RevisionsChanged(_logger, _remote.Url.Key, moved);
        }

        if (failed)
        {
            GitLog.PollRecovered(_logger, _remote.Url.Key);
            _subscriptions.Notify(_subscriptions.All);
        }

        return failed;
    }

    private void Failed(GitException exception)
    {
        var now = _time.GetUtcNow();
        var last = State;
        var health = Table is null ? RepositoryHealth.NeverReached : RepositoryHealth.Failing;
        Volatile.Write(ref _state, new RepositoryState(health, last.LastReachedAt, exception, last.FailingSince ?? now));
        lock (_lock)
        {
            _lastPoll = now;
            _failures++;
        }

        // The loop may wait for the end of an interval; the retry comes sooner.
        _subscriptions.Wake();

        if (last.Failure?.Kind != exception.Kind)
        {
            GitLog.PollFailed(_logger, _remote.Url.Key, exception.Kind, exception.Message);
            _subscriptions.Notify(_subscriptions.All);
        }
    }

    private DateTimeOffset DueAt(TimeSpan interval)
    {
        lock (_lock)
        {
            if (_lastPoll is not { } last)
            {
                // Counted from one moment: from each one anew it would never be due.
                return (_firstWanted ??= _time.GetUtcNow()) + (_phase * (interval < MaxStartDelay ? interval : MaxStartDelay));
            }

            if (_failures > 0)
            {
                var pause = _options.FirstRetry * Math.Pow(2, Math.Min(_failures - 1, 12));
                return last + (pause < interval ? pause : interval);
            }

            // The first pause is a random part of the interval, so that repositories started together are not polled together.
            return last + (interval * _phase);
        }
    }
}

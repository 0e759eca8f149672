using GitOps.Operator.Git;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Charts;

/// <summary>
/// What one repository has, as one credential sees it, kept fresh by one poll per interval for all subscribers. A failed poll leaves
/// the last good listing in place; the next comes sooner than usual, but not before the server allows it.
/// </summary>
internal sealed class ChartWatch : IDisposable
{
    private static readonly TimeSpan MaxStartDelay = TimeSpan.FromSeconds(5);

    private readonly ChartOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _lock = new();
    private readonly SeenReleases _seen;
    private IChartListing? _listing;
    private RepositoryState _state = RepositoryState.Unknown;
    private long _startedPolls;
    private long _answeredPoll;
    private int _failures;
    private DateTimeOffset? _lastPoll;
    private DateTimeOffset? _firstWanted;
    private DateTimeOffset _notBefore;
    private long _lastUsed;
    private double _phase;
    private bool _isHastened;

    /// <param name="name">Of the repository, for the log.</param>
    /// <param name="source">Its server's side.</param>
    /// <param name="options">Pauses.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">From 0 to 1: spreads the first polls over time.</param>
    /// <param name="logger">For failures.</param>
    public ChartWatch(string name, IChartSource source, ChartOptions options, TimeProvider time, Func<double> random, ILogger logger)
    {
        (Name, Source, _options, _time, _logger) = (name, source, options, time, logger);
        _phase = random();
        Subscriptions = new(name, options.UnusedAge, time, logger);
        _seen = new(name, time, logger);
        Touch();
    }

    public string Name { get; }

    public IChartSource Source { get; }

    public ChartSubscriptions Subscriptions { get; }

    public RepositoryState State => Volatile.Read(ref _state);

    /// <summary>Since nobody subscribed or asked.</summary>
    public TimeSpan Unused => Subscriptions.All.Count > 0 ? TimeSpan.Zero : _time.GetElapsedTime(Interlocked.Read(ref _lastUsed));

    private IChartListing? Listing => Volatile.Read(ref _listing);

    public void Touch() => Interlocked.Exchange(ref _lastUsed, _time.GetTimestamp());

    /// <summary>What the repository has for a question; asked for now if nobody wanted to know that before.</summary>
    /// <exception cref="GitException">It was never reached, or has no such chart or version.</exception>
    public async ValueTask<(ChartRelease Release, Seen Seen)> FindAsync(ChartQuestion question, CancellationToken cancellationToken)
    {
        var answer = Listing?.Find(question);
        if (answer is null)
        {
            Subscriptions.Ask(question);
            ThrowIfFailing(State.Failure is not null && _time.GetUtcNow() < DueAt(TimeSpan.MaxValue));
            var answered = Interlocked.Read(ref _answeredPoll);
            await PollUnlessAsync(() => Listing?.Find(question) is not null || (_answeredPoll > answered && State.Failure is not null), cancellationToken);
            answer = Listing?.Find(question);
            ThrowIfFailing(answer is null);
        }

        return answer?.Release is { } release
            ? (release, _seen.Note(question, release))
            : throw (answer?.Failure is { } why ? Again(why) : new GitException(GitFailure.Other, $"{Name}: nothing is known of {question.Name} {question.Version} yet; retrying"));
    }

    /// <summary>Polls, or waits for a poll that began after this call. Concurrent calls share one.</summary>
    /// <exception cref="GitException">The poll failed.</exception>
    public async Task PollAsync(CancellationToken cancellationToken)
    {
        var started = Interlocked.Read(ref _startedPolls);
        await PollUnlessAsync(() => _answeredPoll > started, cancellationToken);
        ThrowIfFailing(condition: true);
    }

    /// <summary>What kept it from answering may be gone: the next poll does not wait.</summary>
    public void Hasten()
    {
        lock (_lock)
        {
            _isHastened = true;
        }

        Subscriptions.Wake();
    }

    /// <summary>Polls at the smallest interval of the subscribers until cancelled. Ends with an exception only if we are broken.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        PollLoop.RunAsync(Subscriptions.Next, DueAt, PollAsync, _time, cancellationToken);

    public void Dispose()
    {
        _turn.Dispose();
        (Source as IDisposable)?.Dispose();
    }

    private static GitException Again(GitException failure) => new(failure.Kind, failure.Message, failure);

    private void ThrowIfFailing(bool condition)
    {
        if (condition && State.Failure is { } failure)
        {
            throw Again(failure);
        }
    }

    /// <summary>Waits for its turn, and polls unless the turns before have answered the question.</summary>
    private async Task PollUnlessAsync(Func<bool> isAnswered, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (isAnswered())
            {
                return;
            }

            // A cancelled poll answers nobody: who waited polls in its place.
            var poll = Interlocked.Increment(ref _startedPolls);
            lock (_lock)
            {
                _isHastened = false;
            }

            try
            {
                var asking = _time.GetUtcNow();
                var last = Listing;
                Succeeded(last, await Source.ListAsync(Subscriptions.Questions(), last, cancellationToken), asking);
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

    private void Succeeded(IChartListing? last, IChartListing listing, DateTimeOffset asked)
    {
        var failed = State.Failure is not null;
        Volatile.Write(ref _listing, listing);
        lock (_lock)
        {
            // The first pause is a random part of the interval, so that repositories started together are not polled together.
            if (_failures == 0 && _answeredPoll > 0)
            {
                _phase = 1;
            }

            (_lastPoll, _failures, _notBefore) = (_time.GetUtcNow(), 0, default);
        }

        Volatile.Write(ref _state, new RepositoryState(RepositoryHealth.Reachable, asked, null, null));

        var changed = last is null || ReferenceEquals(last, listing) ? [] : Subscriptions.All.Where(one => Differs(last, listing, one)).ToList();
        if (changed.Count > 0)
        {
            ChartLog.ChartsChanged(_logger, Name, changed.Count);
        }

        if (failed)
        {
            ChartLog.PollRecovered(_logger, Name);
        }

        Subscriptions.Notify(failed ? Subscriptions.All : changed);
    }

    private static bool Differs(IChartListing last, IChartListing listing, ChartSubscription subscription)
    {
        var question = ChartSubscriptions.QuestionOf(subscription.Chart);
        var (before, after) = (last.Find(question), listing.Find(question));
        return before is not null && (before.Release != after?.Release || before.Failure?.Message != after?.Failure?.Message);
    }

    private void Failed(GitException exception)
    {
        var now = _time.GetUtcNow();
        var last = State;
        var health = Listing is null ? RepositoryHealth.NeverReached : RepositoryHealth.Failing;
        Volatile.Write(ref _state, new RepositoryState(health, last.LastReachedAt, exception, last.FailingSince ?? now));
        lock (_lock)
        {
            (_lastPoll, _notBefore) = (now, exception.RetryAfter is { } pause ? now + pause : default);
            _failures++;
        }

        // The loop may wait for the end of an interval; the retry comes sooner.
        Subscriptions.Wake();
        if (last.Failure?.Kind != exception.Kind)
        {
            ChartLog.PollFailed(_logger, Name, exception.Kind, exception.Message);
            Subscriptions.Notify(Subscriptions.All);
        }
    }

    private DateTimeOffset DueAt(TimeSpan interval)
    {
        lock (_lock)
        {
            if (_isHastened)
            {
                return DateTimeOffset.MinValue;
            }

            if (_lastPoll is not { } last)
            {
                // Counted from one moment: from each one anew it would never be due.
                return (_firstWanted ??= _time.GetUtcNow()) + (_phase * (interval < MaxStartDelay ? interval : MaxStartDelay));
            }

            if (_failures > 0 || interval == TimeSpan.MaxValue)
            {
                var pause = _options.FirstRetry * Math.Pow(2, Math.Clamp(_failures - 1, 0, 12));
                var due = last + (pause < interval ? pause : interval);
                return due > _notBefore ? due : _notBefore;
            }

            return last + (interval * _phase);
        }
    }
}

using System.Collections.Concurrent;
using System.Collections.Immutable;
using GitOps.Operator.Controllers;
using GitOps.Operator.Git;
using GitOps.Operator.Model;
using GitOps.Operator.Observability;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Webhooks;

/// <summary>A revision that a push has moved away from a commit; null: from where is not known.</summary>
internal readonly record struct ExpectedMove(RevisionName Revision, string? From);

/// <summary>
/// Looks at repositories that were pushed to: each at most once a second however often it is told, a few at a time. Where a server
/// tells of a push before all of it answers with the new commit, it looks twice more.
/// </summary>
internal sealed class RepositoryRefresher : BackgroundService
{
    private const int Workers = 4;
    private const int MaxRemembered = 1000;
    private static readonly TimeSpan Gap = TimeSpan.FromSeconds(1);
    private static readonly ImmutableArray<TimeSpan> Again = [TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(8)];

    private readonly IFollowedRepositories _repositories;
    private readonly TimeProvider _time;
    private readonly ILogger<RepositoryRefresher> _log;
    private readonly WorkQueue<RepositoryAddress> _queue;
    private readonly Lock _lock = new();
    private readonly Dictionary<RepositoryAddress, Asked> _asked = [];
    private readonly ConcurrentDictionary<RepositoryAddress, TraceCause> _causes = new();

    public RepositoryRefresher(IFollowedRepositories repositories, TimeProvider time, ILogger<RepositoryRefresher> log)
    {
        _repositories = repositories;
        _time = time;
        _log = log;
        _queue = new(time);
    }

    /// <summary>Returns at once.</summary>
    public void Ask(RepositoryAddress repository, ImmutableArray<ExpectedMove> moves)
    {
        if (OperatorTracing.Cause() is { } cause)
        {
            _causes[repository] = cause;
        }

        TimeSpan wait;
        lock (_lock)
        {
            var before = _asked.GetValueOrDefault(repository);
            wait = before.LookedAt is { } looked ? Gap - _time.GetElapsedTime(looked) : TimeSpan.Zero;
            _asked[repository] = new(before.LookedAt, moves, 0);
        }

        _queue.AddAfter(repository, wait);
    }

    public override void Dispose()
    {
        base.Dispose();
        _queue.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken) =>
        await await Task.WhenAny(Enumerable.Range(0, Workers).Select(_ => WorkAsync(stoppingToken)));

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        while (true)
        {
            var (repository, _) = await _queue.TakeAsync(cancellationToken);
            try
            {
                await LookAsync(repository, cancellationToken);
            }
            finally
            {
                _queue.Done(repository);
            }
        }
    }

    private async Task LookAsync(RepositoryAddress repository, CancellationToken cancellationToken)
    {
        Triggers.Begin(Triggers.Webhook);
        using var trace = OperatorTracing.BeginUnit("webhook refresh", parent: _causes.TryRemove(repository, out var cause) ? cause.Context : default);
        trace?.SetTag(OperatorTracing.Repository, ApplicationReading.Public(repository.Url));
        Asked asked;
        lock (_lock)
        {
            asked = _asked[repository] = _asked.GetValueOrDefault(repository, new(null, [], 0)) with { LookedAt = _time.GetTimestamp() };
        }

        try
        {
            await _repositories.RefreshAsync(repository, cancellationToken);
        }
        catch (GitException failure)
        {
            // Its poll tries again, and whoever follows it is told by its state.
            Log.RefreshFailed(_log, repository.Url, failure.Message);
        }

        var isLate = asked.Tries < Again.Length
            && asked.Moves.Any(move => move.From is { } from && _repositories.Known(repository, move.Revision) == from);
        lock (_lock)
        {
            if (_asked[repository].Moves != asked.Moves)
            {
                // Told anew meanwhile: it is in line again.
                return;
            }

            if (isLate)
            {
                _asked[repository] = asked with { Tries = asked.Tries + 1 };
                _queue.AddAfter(repository, Again[asked.Tries]);
                return;
            }

            _asked[repository] = asked with { Moves = [] };
            if (_asked.Count > MaxRemembered)
            {
                foreach (var (old, _) in _asked.Where(pair => pair.Value.Moves.IsEmpty && _time.GetElapsedTime(pair.Value.LookedAt!.Value) > Gap).ToList())
                {
                    _asked.Remove(old);
                }
            }
        }
    }

    /// <param name="LookedAt">When it was last looked at; null: never.</param>
    /// <param name="Moves">Of the last push that was told.</param>
    /// <param name="Tries">How often it was looked at again for them.</param>
    private readonly record struct Asked(long? LookedAt, ImmutableArray<ExpectedMove> Moves, int Tries);
}

using GitOps.Manifests.Trees;
using GitOps.Operator.Model;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Git;

/// <summary>What all repositories share.</summary>
/// <remarks><paramref name="Random"/>: From 0 to 1: spreads polls over time.</remarks>
internal sealed record RepositoryServices(
    IRefProbe Probe, IGitObserver Observer, ObjectCache Cache, TimeProvider Time, Func<double> Random, ILogger Logger);

/// <summary>
/// Finds the <see cref="GitRepository"/> of a URL and keeps its loop running. A loop survives whatever its repository does; if one
/// ends with an exception, something in us is broken, and the host stops.
/// </summary>
internal sealed class GitRepositories : BackgroundService, IGitRepositories
{
    private static readonly TimeSpan HousekeepingEvery = TimeSpan.FromSeconds(30);

    private readonly GitOptions _options;
    private readonly RepositoryServices _services;
    private readonly GitProcess _git;
    private readonly GitLanes _lanes;
    private readonly GitCacheDirectory _directory;
    private readonly long _started;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, GitRepository> _repositories = new(StringComparer.Ordinal);
    private readonly Dictionary<GitRepository, CancellationTokenSource> _loops = [];
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationToken? _running;

    /// <exception cref="GitException">Another process uses the cache directory.</exception>
    public GitRepositories(GitOptions options, RepositoryServices services)
    {
        _options = options;
        _services = services;
        _git = new GitProcess(options, services.Observer, services.Time);
        _lanes = new GitLanes(options);
        _directory = new GitCacheDirectory(options);
        _started = services.Time.GetTimestamp();
    }

    public IDisposable Subscribe(RepositorySubscription subscription) => Find(subscription.Repository).Refs.Subscribe(subscription);

    public ValueTask<ResolvedRevision> ResolveAsync(RepositoryAddress repository, RevisionName revision, CancellationToken cancellationToken) =>
        Find(repository).ResolveAsync(revision, cancellationToken);

    public Task<ISourceTree> OpenAsync(RepositoryAddress repository, string sha, CancellationToken cancellationToken) => Find(repository).OpenAsync(sha, cancellationToken);

    public Task<CommitInfo> CommitAsync(RepositoryAddress repository, string sha, CancellationToken cancellationToken) =>
        Find(repository).CommitAsync(sha, cancellationToken);

    public RepositoryState StateOf(RepositoryAddress repository) => Find(repository).Refs.State;

    public Task RefreshAsync(RepositoryAddress repository, CancellationToken cancellationToken) => Find(repository).Refs.PollAsync(full: true, cancellationToken);

    public Task PinAsync(RepositoryAddress repository, string name, string sha, CancellationToken cancellationToken) =>
        Find(repository).PinAsync(name, sha, cancellationToken);

    public void Claim(RepositoryAddress repository, string name, IReadOnlyCollection<string> shas) => Find(repository).Claim(name, shas);

    public void Unpin(RepositoryAddress repository, string name) => Find(repository).Unpin(name);

    public override void Dispose()
    {
        base.Dispose();
        lock (_lock)
        {
            foreach (var stop in _loops.Values)
            {
                stop.Cancel();
            }

            foreach (var repository in _repositories.Values)
            {
                repository.Dispose();
            }

            _repositories.Clear();
            _loops.Clear();
        }

        _lanes.Dispose();
        _directory.Dispose();
    }

    /// <summary>Closes idle readers, repacks mirrors that need it, drops repositories that nobody uses.</summary>
    internal async Task KeepHouseAsync(bool force, CancellationToken cancellationToken)
    {
        var uptime = _services.Time.GetElapsedTime(_started);
        GitRepository[] all;
        lock (_lock)
        {
            all = [.. _repositories.Values];
        }

        foreach (var repository in all)
        {
            if (repository.Unused > _options.UnusedMirrorAge)
            {
                Forget(repository);
            }
            else
            {
                await repository.MaintainAsync(pinsAreKnown: uptime > _options.UnusedMirrorAge, force, cancellationToken);
            }
        }

        if (uptime > _options.UnusedMirrorAge)
        {
            RemoveUnusedMirrors();
        }
    }

    internal GitRepository Find(RepositoryAddress address)
    {
        var url = GitUrl.Parse(address.Url, _options.AllowLocalRepositories);
        lock (_lock)
        {
            if (_repositories.TryGetValue(url.Key, out var known))
            {
                known.Remote.AddSpelling(url.Text);
                known.Touch();
                return known;
            }

            var remote = new GitRemote(_options, _git, _lanes, url);
            var repository = new GitRepository(_options, _git, remote, _directory.MirrorOf(url), _services);
            _repositories[url.Key] = repository;
            Start_NeedsLock(repository);
            return repository;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        lock (_lock)
        {
            _running = stoppingToken;
            foreach (var repository in _repositories.Values)
            {
                Start_NeedsLock(repository);
            }
        }

        using var timer = new PeriodicTimer(HousekeepingEvery, _services.Time);
        while (true)
        {
            var tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
            await await Task.WhenAny(tick, _broken.Task);
            await KeepHouseAsync(force: false, stoppingToken);
        }
    }

    private void Start_NeedsLock(GitRepository repository)
    {
        if (_running is not { } running || _loops.ContainsKey(repository))
        {
            return;
        }

        var stop = CancellationTokenSource.CreateLinkedTokenSource(running);
        _loops[repository] = stop;
        _ = Task.Run(() => GuardAsync(repository, stop.Token), CancellationToken.None);
    }

    private async Task GuardAsync(GitRepository repository, CancellationToken cancellationToken)
    {
        try
        {
            await repository.Refs.RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
        catch (Exception exception)
        {
            _broken.TrySetException(exception);
        }
    }

    private void Forget(GitRepository repository)
    {
        lock (_lock)
        {
            if (repository.Unused <= _options.UnusedMirrorAge)
            {
                return;
            }

            _repositories.Remove(repository.Remote.Url.Key);
            if (_loops.Remove(repository, out var stop))
            {
                stop.Cancel();
                stop.Dispose();
            }

            repository.Dispose();
        }
    }

    private void RemoveUnusedMirrors()
    {
        foreach (var directory in _directory.Mirrors())
        {
            try
            {
                string? aside = null;
                lock (_lock)
                {
                    if (!_repositories.Values.Any(repository => repository.Directory == directory))
                    {
                        aside = MirrorFiles.MoveAside(directory);
                    }
                }

                if (aside is not null)
                {
                    Directory.Delete(aside, recursive: true);
                    GitLog.MirrorRemoved(_services.Logger, directory);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                GitLog.MirrorNotRemoved(_services.Logger, directory, exception.Message);
            }
        }
    }
}

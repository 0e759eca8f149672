using GitOps.Manifests.Trees;
using GitOps.Operator.Credentials;
using GitOps.Operator.Git.Signatures;
using GitOps.Operator.Git.Submodules;
using GitOps.Operator.Model;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Git;

/// <summary>What all repositories share.</summary>
/// <remarks><paramref name="Random"/>: From 0 to 1: spreads polls over time.</remarks>
internal sealed record RepositoryServices(
    IRefProbe Probe, IGitObserver Observer, ObjectCache Cache, TimeProvider Time, Func<double> Random, ILogger Logger)
{
    public IRepositoryCredentials Credentials { get; init; } = NoCredentials.Instance;
}

/// <summary>
/// Finds the <see cref="GitRepository"/> of a URL and of the credential that the asking tenant has for it, and keeps its loop
/// running. What one credential fetched, nobody sees who has another or none. When a Secret changes, the repositories that are
/// reached with it look again, and those who may use another one now are served from its repository. A loop survives whatever its repository does; if one
/// ends with an exception, something in us is broken, and the host stops.
/// </summary>
internal sealed class GitRepositories : BackgroundService, IGitRepositories, IFollowedRepositories
{
    private static readonly TimeSpan HousekeepingEvery = TimeSpan.FromSeconds(30);

    private readonly GitOptions _options;
    private readonly RepositoryServices _services;
    private readonly GitProcess _git;
    private readonly GitLanes _lanes;
    private readonly SubmoduleOpener _submodules;
    private readonly SignedHistory _signed;
    private readonly GitCacheDirectory _directory;
    private readonly long _started;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, GitRepository> _repositories = new(StringComparer.Ordinal);
    private readonly Dictionary<RepositoryAddress, GitRepository> _addresses = [];
    private readonly Dictionary<GitRepository, CredentialProbe> _probes = [];
    private readonly HashSet<Following> _followings = [];
    private readonly Dictionary<(RepositoryAddress Repository, string Name), IReadOnlyCollection<string>> _claims = [];
    private readonly Dictionary<GitRepository, CancellationTokenSource> _loops = [];
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationToken? _running;
    private SharedTrust _trusted;
    private bool _isDisposed;

    /// <exception cref="GitException">Another process uses the cache directory.</exception>
    public GitRepositories(GitOptions options, RepositoryServices services)
    {
        _options = options;
        _services = services;
        _git = new GitProcess(options, services.Observer, services.Time);
        _lanes = new GitLanes(options);
        _submodules = new SubmoduleOpener(this, (repository, sha, cancellationToken) => Find(repository).OpenAsync(sha, cancellationToken));
        _directory = new GitCacheDirectory(options);
        _started = services.Time.GetTimestamp();
        _signed = new SignedHistory(Find, options, services.Time);
        _trusted = services.Credentials.Shared;
        services.Credentials.Changed += CredentialsChanged;
    }

    public ISignedHistory Signed => _signed;

    public IReadOnlyList<RepositorySubscription> Subscriptions
    {
        get
        {
            lock (_lock)
            {
                return [.. _repositories.Values.SelectMany(static repository => repository.Refs.Subscriptions)];
            }
        }
    }

    public string? Known(RepositoryAddress repository, RevisionName revision) => KnownRevisions.Known(this, repository, revision);

    public IDisposable Subscribe(RepositorySubscription subscription)
    {
        lock (_lock)
        {
            var following = new Following(this, subscription);
            following.MoveTo(Find(subscription.Repository));
            _followings.Add(following);
            return following;
        }
    }

    public ValueTask<ResolvedRevision> ResolveAsync(RepositoryAddress repository, RevisionName revision, CancellationToken cancellationToken)
    {
        var found = Find(repository);
        var resolving = found.ResolveAsync(revision, cancellationToken);
        return found.Remote.Access.Warning is { } warning ? WarnAsync(resolving, warning) : resolving;
    }

    public Task<ISourceTree> OpenAsync(RepositoryAddress repository, string sha, CancellationToken cancellationToken) => _submodules.OpenAsync(repository, sha, cancellationToken);

    public Task<CommitInfo> CommitAsync(RepositoryAddress repository, string sha, CancellationToken cancellationToken) =>
        Find(repository).CommitAsync(sha, cancellationToken);

    public RepositoryState StateOf(RepositoryAddress repository) => Find(repository).Refs.State;

    public Task RefreshAsync(RepositoryAddress repository, CancellationToken cancellationToken) => Find(repository).Refs.PollAsync(full: true, cancellationToken);

    public Task PinAsync(RepositoryAddress repository, string name, string sha, CancellationToken cancellationToken) =>
        Find(repository).PinAsync(name, sha, cancellationToken);

    public void Claim(RepositoryAddress repository, string name, IReadOnlyCollection<string> shas)
    {
        lock (_lock)
        {
            _claims[(repository, name)] = shas;
            Find(repository).Claim(name, shas);
        }
    }

    public void Unpin(RepositoryAddress repository, string name)
    {
        lock (_lock)
        {
            _claims.Remove((repository, name));
            Find(repository).Unpin(name);
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _services.Credentials.Changed -= CredentialsChanged;
        lock (_lock)
        {
            _isDisposed = true;
            foreach (var stop in _loops.Values)
            {
                stop.Cancel();
            }

            foreach (var repository in _repositories.Values)
            {
                repository.Dispose();
            }

            foreach (var probe in _probes.Values)
            {
                probe.Dispose();
            }

            _repositories.Clear();
            _loops.Clear();
            _probes.Clear();
            _addresses.Clear();
        }

        _lanes.Dispose();
        _signed.Dispose();
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
        lock (_lock)
        {
            if (!_addresses.TryGetValue(address, out var known))
            {
                var url = GitUrl.Parse(address.Url, _options.AllowLocalRepositories);
                known = FindOrMake_NeedsLock(url, CredentialOf(address, url));
                _addresses[address] = known;
            }

            known.Touch();
            return known;
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

    private static async ValueTask<ResolvedRevision> WarnAsync(ValueTask<ResolvedRevision> resolving, string warning)
    {
        var resolved = await resolving;
        return resolved with { Warning = resolved.Warning is { } other ? $"{other}; {warning}" : warning };
    }

    private RepositoryCredential? CredentialOf(RepositoryAddress address, GitUrl url) =>
        url.Transport == GitTransport.Local ? null : _services.Credentials.Find(address, RepositoryKind.Git);

    private GitRepository FindOrMake_NeedsLock(GitUrl url, RepositoryCredential? credential)
    {
        var access = new GitAccess(_options, _services.Credentials, url, credential);
        var remote = new GitRemote(_options, _git, _lanes, access);
        if (_repositories.TryGetValue(remote.Scope, out var known))
        {
            known.Remote.AddSpelling(url.Text);
            known.Remote.Access.Credential = credential;
            return known;
        }

        var services = _services;
        if (url.Transport == GitTransport.Https && (credential is not null || _trusted.Authorities.ContainsKey(new Uri(url.Text).IdnHost.ToLowerInvariant())))
        {
            services = services with { Probe = new CredentialProbe(access, services.Time) };
        }

        var repository = new GitRepository(_options, _git, remote, _directory.MirrorOf(remote.Scope), services);
        if (services.Probe is CredentialProbe probe)
        {
            _probes[repository] = probe;
        }

        _repositories[remote.Scope] = repository;
        Start_NeedsLock(repository);
        return repository;
    }

    /// <summary>Serves everybody from the repository of the credential that is theirs now, and lets those look again whose Secret is another.</summary>
    private void CredentialsChanged(object? sender, EventArgs arguments)
    {
        var again = new HashSet<GitRepository>();
        List<Following> moved;
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            if (_services.Credentials.Shared is var shared && !ReferenceEquals(shared, _trusted))
            {
                _trusted = shared;
                again.UnionWith(_repositories.Values.Where(static repository => repository.Refs.State.Failure is not null));
            }

            foreach (var (address, repository) in _addresses.ToArray())
            {
                var access = repository.Remote.Access;
                var credential = CredentialOf(address, access.Url);
                if ((credential?.Identity ?? string.Empty) != access.Identity)
                {
                    var url = GitUrl.Parse(address.Url, _options.AllowLocalRepositories);
                    Move_NeedsLock(address, repository, FindOrMake_NeedsLock(url, credential));
                }
                else if (credential?.Version != access.Credential?.Version)
                {
                    access.Credential = credential;
                    again.Add(repository);
                }
            }

            moved = [.. _followings.Where(following => following.Repository != _addresses[following.Subscription.Repository])];
            foreach (var following in moved)
            {
                following.MoveTo(_addresses[following.Subscription.Repository]);
            }
        }

        Tell(moved);
        foreach (var repository in again)
        {
            _ = Task.Run(() => LookAgainAsync(repository), CancellationToken.None);
        }
    }

    private void Move_NeedsLock(RepositoryAddress address, GitRepository from, GitRepository to)
    {
        _addresses[address] = to;
        to.Touch();
        foreach (var ((_, name), shas) in _claims.Where(claim => claim.Key.Repository == address))
        {
            from.Unpin(name);
            to.Claim(name, shas);
        }
    }

    private async Task LookAgainAsync(GitRepository repository)
    {
        try
        {
            await repository.Refs.PollAsync(full: true, _running ?? CancellationToken.None);
        }
        catch (Exception exception) when (exception is GitException or OperationCanceledException or ObjectDisposedException)
        {
            // It is in the state, or we are about to stop.
        }

        // Even where it answers, or fails, as before: what is said about it may be another.
        Following[] followings;
        lock (_lock)
        {
            followings = [.. _followings.Where(following => following.Repository == repository)];
        }

        Tell(followings);
    }

    private void Tell(IEnumerable<Following> followings)
    {
        foreach (var following in followings)
        {
            try
            {
                following.Subscription.Changed();
            }
            catch (Exception exception)
            {
                GitLog.SubscriberFailed(_services.Logger, exception, following.Repository.Remote.Url.Key);
            }
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

            _repositories.Remove(repository.Remote.Scope);
            foreach (var address in _addresses.Where(pair => pair.Value == repository).Select(static pair => pair.Key).ToArray())
            {
                _addresses.Remove(address);
            }

            if (_probes.Remove(repository, out var probe))
            {
                probe.Dispose();
            }

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

    /// <summary>One subscription, at the repository that serves it now.</summary>
    private sealed class Following(GitRepositories owner, RepositorySubscription subscription) : IDisposable
    {
        private IDisposable? _inner;

        public RepositorySubscription Subscription => subscription;

        public GitRepository Repository { get; private set; } = null!;

        public void MoveTo(GitRepository repository)
        {
            // The new one first: a repository that loses its last subscription is no longer polled.
            var inner = repository.Refs.Subscribe(subscription);
            _inner?.Dispose();
            _inner = inner;
            Repository = repository;
        }

        public void Dispose()
        {
            lock (owner._lock)
            {
                owner._followings.Remove(this);
                _inner?.Dispose();
            }
        }
    }
}

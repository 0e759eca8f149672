using GitOps.Operator.Credentials;
using GitOps.Operator.Model;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Git;

/// <summary>
/// Which repository serves whom: by URL and by the credential that the asking tenant has for it. What one credential fetched,
/// nobody sees who has another or none. When a Secret changes, the repositories that are reached with it look again, and those who
/// may use another one now are served from its repository, with what they follow and keep.
/// </summary>
internal sealed class RepositoryBook : IDisposable
{
    private readonly RepositoryMaker _maker;
    private readonly RepositoryLoops _loops;
    private readonly IRepositoryCredentials _credentials;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, GitRepository> _repositories = new(StringComparer.Ordinal);
    private readonly Dictionary<RepositoryAddress, GitRepository> _addresses = [];
    private readonly HashSet<Following> _followings = [];
    private readonly Dictionary<(RepositoryAddress Repository, string Name), IReadOnlyCollection<string>> _claims = [];
    private SharedTrust _trusted;
    private bool _isDisposed;

    public RepositoryBook(RepositoryMaker maker, RepositoryLoops loops, RepositoryServices services)
    {
        _maker = maker;
        _loops = loops;
        _credentials = services.Credentials;
        _logger = services.Logger;
        _trusted = _credentials.Shared;
        _credentials.Changed += CredentialsChanged;
    }

    /// <summary>As they are now.</summary>
    public IReadOnlyList<GitRepository> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _repositories.Values];
            }
        }
    }

    /// <exception cref="GitException">The URL is malformed or not allowed.</exception>
    public GitRepository Find(RepositoryAddress address)
    {
        lock (_lock)
        {
            if (!_addresses.TryGetValue(address, out var known))
            {
                var url = _maker.Parse(address);
                known = FindOrMake_NeedsLock(url, _maker.CredentialOf(address, url));
                _addresses[address] = known;
            }

            known.Touch();
            return known;
        }
    }

    public IDisposable Follow(RepositorySubscription subscription)
    {
        lock (_lock)
        {
            return new Following(subscription, Find(subscription.Repository), _followings, _lock);
        }
    }

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

    /// <summary>Drops a repository that nobody used for so long; its mirror stays on the disk.</summary>
    public void Forget(GitRepository repository, TimeSpan unused)
    {
        lock (_lock)
        {
            if (repository.Unused <= unused)
            {
                return;
            }

            _repositories.Remove(repository.Remote.Scope);
            foreach (var address in _addresses.Where(pair => pair.Value == repository).Select(static pair => pair.Key).ToArray())
            {
                _addresses.Remove(address);
            }

            _loops.Stop(repository);
            repository.Dispose();
        }
    }

    /// <returns>Where a mirror that no repository has is now, to be deleted; null: one has it.</returns>
    public string? MoveAside(string mirror)
    {
        lock (_lock)
        {
            return _repositories.Values.Any(repository => repository.Directory == mirror) ? null : MirrorFiles.MoveAside(mirror);
        }
    }

    public void Dispose()
    {
        _credentials.Changed -= CredentialsChanged;
        lock (_lock)
        {
            _isDisposed = true;
            foreach (var repository in _repositories.Values)
            {
                repository.Dispose();
            }

            _repositories.Clear();
            _addresses.Clear();
        }
    }

    private GitRepository FindOrMake_NeedsLock(GitUrl url, RepositoryCredential? credential)
    {
        var remote = _maker.Remote(url, credential);
        if (_repositories.TryGetValue(remote.Scope, out var known))
        {
            known.Remote.AddSpelling(url.Text);
            known.Remote.Access.Credential = credential;
            return known;
        }

        var repository = _maker.Make(remote, _trusted);
        _repositories[remote.Scope] = repository;
        _loops.Start(repository);
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

            if (_credentials.Shared is var shared && !ReferenceEquals(shared, _trusted))
            {
                _trusted = shared;
                again.UnionWith(_repositories.Values.Where(static repository => repository.Refs.State.Failure is not null));
            }

            foreach (var (address, repository) in _addresses.ToArray())
            {
                var access = repository.Remote.Access;
                var credential = _maker.CredentialOf(address, access.Url);
                if ((credential?.Identity ?? string.Empty) != access.Identity)
                {
                    Move_NeedsLock(address, repository, FindOrMake_NeedsLock(_maker.Parse(address), credential));
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
            await repository.Refs.PollAsync(full: true, _loops.Stopping);
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
                GitLog.SubscriberFailed(_logger, exception, following.Repository.Remote.Url.Key);
            }
        }
    }
}

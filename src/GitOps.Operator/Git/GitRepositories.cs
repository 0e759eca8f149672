using GitOps.Manifests.Trees;
using GitOps.Operator.Git.Signatures;
using GitOps.Operator.Git.Submodules;
using GitOps.Operator.Model;
using Microsoft.Extensions.Hosting;

namespace GitOps.Operator.Git;

/// <summary>
/// All repositories: questions go to the one that serves the asking tenant (<see cref="RepositoryBook"/>), each is polled by a loop
/// of its own (<see cref="RepositoryLoops"/>), and now and then the mirrors are looked after. The host stops where a loop is broken.
/// </summary>
internal sealed class GitRepositories : BackgroundService, IGitRepositories, IFollowedRepositories
{
    private static readonly TimeSpan HousekeepingEvery = TimeSpan.FromSeconds(30);

    private readonly GitOptions _options;
    private readonly RepositoryServices _services;
    private readonly RepositoryMaker _maker;
    private readonly RepositoryLoops _loops = new();
    private readonly RepositoryBook _book;
    private readonly SubmodulePins _submodulePins;
    private readonly SubmoduleOpener _submodules;
    private readonly SignedHistory _signed;
    private readonly long _started;

    /// <exception cref="GitException">Another process uses the cache directory.</exception>
    public GitRepositories(GitOptions options, RepositoryServices services)
    {
        _options = options;
        _services = services;
        _maker = new RepositoryMaker(options, services);
        _book = new RepositoryBook(_maker, _loops, services);
        _submodulePins = new SubmodulePins(_book);
        _submodules = new SubmoduleOpener(this, (repository, sha, cancellationToken) => Find(repository).OpenAsync(sha, cancellationToken), _submodulePins);
        _started = services.Time.GetTimestamp();
        _signed = new SignedHistory(Find, options, services.Time);
    }

    public ISignedHistory Signed => _signed;

    public IReadOnlyList<RepositorySubscription> Subscriptions => [.. _book.All.SelectMany(static repository => repository.Refs.Subscriptions)];

    public string? Known(RepositoryAddress repository, RevisionName revision) => KnownRevisions.Known(this, repository, revision);

    public IDisposable Subscribe(RepositorySubscription subscription) => _book.Follow(subscription);

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

    public async Task PinAsync(RepositoryAddress repository, string name, string sha, CancellationToken cancellationToken)
    {
        await Find(repository).PinAsync(name, sha, cancellationToken);
        _submodulePins.Pin(repository, name, sha);
    }

    public void Claim(RepositoryAddress repository, string name, IReadOnlyCollection<string> shas)
    {
        _book.Claim(repository, name, shas);
        _submodulePins.Claim(repository, name, shas);
    }

    public void Unpin(RepositoryAddress repository, string name)
    {
        _book.Unpin(repository, name);
        _submodulePins.Unpin(repository, name);
    }

    public override void Dispose()
    {
        base.Dispose();
        _loops.Dispose();
        _book.Dispose();
        _signed.Dispose();
        _maker.Dispose();
    }

    /// <summary>Closes idle readers, repacks mirrors that need it, drops repositories that nobody uses.</summary>
    internal async Task KeepHouseAsync(bool force, CancellationToken cancellationToken)
    {
        var uptime = _services.Time.GetElapsedTime(_started);
        foreach (var repository in _book.All)
        {
            if (repository.Unused > _options.UnusedMirrorAge)
            {
                _book.Forget(repository, _options.UnusedMirrorAge);
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

    internal GitRepository Find(RepositoryAddress address) => _book.Find(address);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _loops.Begin(stoppingToken);
        foreach (var repository in _book.All)
        {
            _loops.Start(repository);
        }

        using var timer = new PeriodicTimer(HousekeepingEvery, _services.Time);
        while (true)
        {
            var tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
            await await Task.WhenAny(tick, _loops.Broken);
            await KeepHouseAsync(force: false, stoppingToken);
        }
    }

    private static async ValueTask<ResolvedRevision> WarnAsync(ValueTask<ResolvedRevision> resolving, string warning)
    {
        var resolved = await resolving;
        return resolved with { Warning = resolved.Warning is { } other ? $"{other}; {warning}" : warning };
    }

    private void RemoveUnusedMirrors()
    {
        foreach (var directory in _maker.Mirrors)
        {
            try
            {
                if (_book.MoveAside(directory) is { } aside)
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

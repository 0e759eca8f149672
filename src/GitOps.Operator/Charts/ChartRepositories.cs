using System.Collections.Concurrent;
using GitOps.Manifests.Trees;
using GitOps.Operator.Charts.Http;
using GitOps.Operator.Charts.Index;
using GitOps.Operator.Charts.Oci;
using GitOps.Operator.Charts.Packages;
using GitOps.Operator.Charts.Provenance;
using GitOps.Operator.Credentials;
using GitOps.Operator.Git;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Charts;

/// <summary>What all repositories of charts share.</summary>
/// <param name="Credentials">Who may use what.</param>
/// <param name="Observer">Is told of every request.</param>
/// <param name="Time">The clock.</param>
/// <param name="Random">From 0 to 1: spreads polls over time.</param>
/// <param name="Logger">For failures.</param>
internal sealed record ChartServices(
    IRepositoryCredentials Credentials, IChartObserver Observer, TimeProvider Time, Func<double> Random, ILogger Logger);

/// <summary>
/// Finds the <see cref="ChartWatch"/> of a reference and keeps its loop running. A repository is watched once per credential: what one
/// tenant's Secret opens is never shown to another. When other credentials come to apply to an address, its subscribers move. A loop
/// survives whatever its repository does; if one ends with an exception, something in us is broken, and the host stops.
/// </summary>
internal sealed class ChartRepositories : BackgroundService, IChartRepositories
{
    private const int MaxUrls = 4096;

    private static readonly TimeSpan HousekeepingEvery = TimeSpan.FromSeconds(30);

    private readonly ChartOptions _options;
    private readonly ChartServices _services;
    private readonly ChartClients _clients;
    private readonly ChartPackages _packages;
    private readonly ProvenanceCheck _provenance;
    private readonly string _indexes;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Running> _watches = new(StringComparer.Ordinal);
    private readonly HashSet<Subscription> _subscriptions = [];
    private readonly ConcurrentDictionary<(string Url, string Chart), ChartUrl> _urls = new();
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _recheck = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationToken? _started;

    public ChartRepositories(ChartOptions options, ChartServices services)
    {
        (_options, _services) = (options, services);
        _clients = new(options, services.Observer, services.Time);
        _indexes = Path.Combine(options.CacheDirectory, "indexes");
        Empty(_indexes, services.Logger);
        _packages = new(
            options, new PackageStore(Path.Combine(options.CacheDirectory, "packages"), options.MaxCacheBytes, services.Time, services.Logger));
        _provenance = new(new SignedText(options, services.Time), services.Time);
        services.Credentials.Changed += Recheck;
    }

    public IDisposable Subscribe(ChartSubscription subscription)
    {
        lock (_lock)
        {
            var running = Find_NeedsLock(subscription.Chart);
            running.Watch.Subscriptions.Add(subscription);
            var handle = new Subscription(this, subscription, running);
            _subscriptions.Add(handle);
            return handle;
        }
    }

    public async ValueTask<ResolvedChart> ResolveAsync(ChartReference chart, CancellationToken cancellationToken)
    {
        var (release, seen) = await Find(chart).Watch.FindAsync(ChartSubscriptions.QuestionOf(chart), cancellationToken);
        return new(release.Version, release.Digest, seen.At, seen.Warning);
    }

    public async Task<ISourceTree> OpenAsync(ChartReference chart, ResolvedChart resolved, CancellationToken cancellationToken)
    {
        var running = Find(chart);
        if (chart.Name.Length > 0 && resolved.Digest.Length > 0)
        {
            // What is kept needs no server: after a restart, or for a version that the repository no longer has.
            var kept = new ChartRelease(chart.Name[(chart.Name.LastIndexOf('/') + 1)..], resolved.Version, resolved.Digest, string.Empty);
            if (await _packages.FindAsync(running.Key, kept, Subject(running, kept), cancellationToken) is { } tree)
            {
                return tree;
            }
        }

        var release = await ReleaseAsync(running, chart, resolved, cancellationToken);
        return await _packages.OpenAsync(running.Key, running.Watch.Source, release, Subject(running, release), chart.PassCredentials, cancellationToken);
    }

    public async Task<ChartSignature> VerifyAsync(
        ChartReference chart, ResolvedChart resolved, IReadOnlyCollection<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken)
    {
        var running = Find(chart);
        var release = await ReleaseAsync(running, chart, resolved, cancellationToken);
        var subject = Subject(running, release);
        if (!release.IsChart)
        {
            throw new GitException(GitFailure.NotVerified, $"{subject} has to be signed, but only charts have provenance files");
        }

        var source = running.Watch.Source;
        var package = await _packages.ReadAsync(running.Key, source, release, subject, chart.PassCredentials, cancellationToken);
        return await _provenance.CheckAsync(
            release, PackageStore.DigestOf(package), running.Key, keys, token => source.ProvenanceAsync(release, chart.PassCredentials, token), subject,
            cancellationToken);
    }

    public RepositoryState StateOf(ChartReference chart) => Find(chart).Watch.State;

    public Task RefreshAsync(ChartReference chart, CancellationToken cancellationToken) => Find(chart).Watch.PollAsync(cancellationToken);

    public override void Dispose()
    {
        _services.Credentials.Changed -= Recheck;
        base.Dispose();
        lock (_lock)
        {
            foreach (var running in _watches.Values)
            {
                running.Stop?.Cancel();
                running.Watch.Dispose();
            }

            _watches.Clear();
        }

        _packages.Dispose();
        _clients.Dispose();
    }

    /// <summary>Moves subscribers to whom other credentials apply now, and drops repositories that nobody uses.</summary>
    internal void KeepHouse()
    {
        var moved = new List<(ChartSubscriptions At, ChartSubscription Of)>();
        lock (_lock)
        {
            foreach (var subscription in _subscriptions)
            {
                var running = Find_NeedsLock(subscription.Of.Chart);
                if (subscription.Move_NeedsLock(running))
                {
                    moved.Add((running.Watch.Subscriptions, subscription.Of));
                }
            }

            foreach (var (key, running) in _watches.Where(pair => pair.Value.Watch.Unused > _options.UnusedAge).ToList())
            {
                _watches.Remove(key);
                running.Stop?.Cancel();
                running.Watch.Dispose();
            }
        }

        moved.ForEach(static one => one.At.Notify([one.Of]));
        _clients.Handlers.CloseUnused();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        lock (_lock)
        {
            _started = stoppingToken;
            foreach (var running in _watches.Values)
            {
                Start_NeedsLock(running);
            }
        }

        using var timer = new PeriodicTimer(HousekeepingEvery, _services.Time);
        var tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
        while (true)
        {
            var recheck = Volatile.Read(ref _recheck);
            await await Task.WhenAny(tick, recheck.Task, _broken.Task);
            if (recheck.Task.IsCompleted)
            {
                Volatile.Write(ref _recheck, new(TaskCreationOptions.RunContinuationsAsynchronously));
                HastenRefused();
            }

            if (tick.IsCompleted)
            {
                tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
            }

            KeepHouse();
        }
    }

    private static string Subject(Running running, ChartRelease release) =>
        release.Name.Length == 0 ? $"{running.Watch.Name}: {release.Version}" : $"{running.Watch.Name}: chart {release.Name} {release.Version}";

    private static void Empty(string directory, ILogger logger)
    {
        try
        {
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory, recursive: true);
            }

            Directory.CreateDirectory(directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            ChartLog.CacheNotWritten(logger, exception.Message);
        }
    }

    /// <summary>What was resolved is what is opened: where the repository has moved on, just that version is looked up.</summary>
    private static async Task<ChartRelease> ReleaseAsync(Running running, ChartReference chart, ResolvedChart resolved, CancellationToken cancellationToken)
    {
        var (release, _) = await running.Watch.FindAsync(ChartSubscriptions.QuestionOf(chart), cancellationToken);
        if (IsMeant(release))
        {
            return Pinned(release);
        }

        (release, _) = await running.Watch.FindAsync(new(chart.Name, resolved.Version), cancellationToken);
        return IsMeant(release)
            ? Pinned(release)
            : throw new GitException(
                GitFailure.RevisionNotFound,
                $"{running.Watch.Name}: {chart.Name} {resolved.Version} is another package now: {GitErrors.Clean(release.Digest)} instead of {resolved.Digest}");

        bool IsMeant(ChartRelease found) =>
            found.Version == resolved.Version && (resolved.Digest.Length == 0 || found.Digest.Length == 0 || found.Digest == resolved.Digest);

        // Where the repository tells no digest, the package has to have the one that is meant.
        ChartRelease Pinned(ChartRelease found) => found.Digest.Length > 0 ? found : found with { Digest = resolved.Digest };
    }

    private Running Find(ChartReference chart)
    {
        lock (_lock)
        {
            return Find_NeedsLock(chart);
        }
    }

    private Running Find_NeedsLock(ChartReference chart)
    {
        var url = UrlOf(chart);
        var identity = ChartAccess.Find(_services.Credentials, url, chart.Repository)?.Identity ?? string.Empty;
        var key = $"{url.Key}\n{identity}";
        if (!_watches.TryGetValue(key, out var running))
        {
            var access = new ChartAccess(url, identity, _services.Credentials);
            var client = new ChartClient(_clients, access);
            IChartSource source = url.IsOci ? new OciSource(client) : new IndexSource(client, _indexes);
            var watch = new ChartWatch(url.Key, source, _options, _services.Time, _services.Random, _services.Logger);
            _watches[key] = running = new(key, access, watch);
            Start_NeedsLock(running);
        }

        running.Access.Add(chart.Repository);
        running.Watch.Touch();
        return running;
    }

    private ChartUrl UrlOf(ChartReference chart)
    {
        var key = (chart.Repository.Url, chart.Name);
        if (_urls.TryGetValue(key, out var known))
        {
            return known;
        }

        var url = ChartUrl.Parse(chart.Repository.Url);
        if (url.IsOci)
        {
            url = url.Below(chart.Name);
        }
        else if (chart.Name.Length == 0)
        {
            throw new GitException(GitFailure.InvalidUrl, $"{url}: a repository of charts needs the name of a chart");
        }

        if (_urls.Count >= MaxUrls)
        {
            _urls.Clear();
        }

        return _urls[key] = url;
    }

    private void Recheck(object? sender, EventArgs arguments) => Volatile.Read(ref _recheck).TrySetResult();

    private void HastenRefused()
    {
        lock (_lock)
        {
            foreach (var running in _watches.Values.Where(static running => running.Watch.State.Failure?.Kind is GitFailure.Authentication or GitFailure.InvalidCredential or GitFailure.UntrustedServer))
            {
                running.Watch.Hasten();
            }
        }
    }

    private void Start_NeedsLock(Running running)
    {
        if (_started is { } started && running.Stop is null)
        {
            running.Stop = CancellationTokenSource.CreateLinkedTokenSource(started);
            var token = running.Stop.Token;
            _ = Task.Run(() => GuardAsync(running.Watch, token), CancellationToken.None);
        }
    }

    private async Task GuardAsync(ChartWatch watch, CancellationToken cancellationToken)
    {
        try
        {
            await watch.RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // Dropped while it was asking.
        }
        catch (Exception exception)
        {
            _broken.TrySetException(exception);
        }
    }

    private sealed class Running(string key, ChartAccess access, ChartWatch watch)
    {
        public string Key => key;

        public ChartAccess Access => access;

        public ChartWatch Watch => watch;

        public CancellationTokenSource? Stop { get; set; }
    }

    private sealed class Subscription(ChartRepositories owner, ChartSubscription of, Running at) : IDisposable
    {
        private Running _at = at;

        public ChartSubscription Of => of;

        /// <returns>Whether it was elsewhere.</returns>
        public bool Move_NeedsLock(Running to)
        {
            if (ReferenceEquals(to, _at))
            {
                return false;
            }

            _at.Watch.Subscriptions.Remove(of);
            to.Watch.Subscriptions.Add(of);
            _at = to;
            return true;
        }

        public void Dispose()
        {
            lock (owner._lock)
            {
                owner._subscriptions.Remove(this);
                _at.Watch.Subscriptions.Remove(of);
            }
        }
    }
}

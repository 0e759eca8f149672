using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Resources;

namespace GitOps.Kubernetes.Leases;

/// <summary>
/// Runs work in one process at a time, by a <c>coordination.k8s.io/v1</c> Lease. It waits for the lease, runs the work with a
/// token that ends before the lease can, keeps renewing until the work has really ended, and only then hands the lease back or
/// contends again. It has connections of its own, so that no burst of other requests delays a renewal.
/// </summary>
public sealed class LeaderElector : IAsyncDisposable
{
    private static readonly TimeSpan ReleaseRetry = TimeSpan.FromMilliseconds(500);

    private readonly LeaderElectionOptions _options;
    private readonly SemaphoreSlim _hurry = new(0, 1);
    private readonly LeaseContender _contender;
    private readonly KubernetesClient? _ownClient;
    private readonly string _lease;
    private volatile Leadership? _term;
    private string _toldHolder = string.Empty;

    /// <param name="config">The cluster that the lease is in.</param>
    /// <param name="clientOptions">Those of the program's client; time-outs, repetition and concurrency are the elector's own.</param>
    /// <param name="options">Which lease, and how fast.</param>
    /// <exception cref="InvalidOperationException">The options contradict each other; all problems are named.</exception>
    public LeaderElector(ClusterConfig config, KubernetesClientOptions clientOptions, LeaderElectionOptions options)
        : this(new KubernetesClient(config, ClientOptions(clientOptions, options)), options) => _ownClient = (KubernetesClient)Client;

    /// <param name="client">The elector's alone: shared with other requests, it would let them delay renewals. The caller disposes of it.</param>
    /// <param name="options">Which lease, and how fast.</param>
    /// <exception cref="InvalidOperationException">The options contradict each other; all problems are named.</exception>
    public LeaderElector(IKubernetesClient client, LeaderElectionOptions options)
    {
        options.Validate();
        Client = client;
        _options = options;
        _contender = new LeaseContender(client, options);
        _lease = $"lease {options.Namespace}/{options.Name}";
    }

    /// <summary>The present term; null: this process does not lead, and does not wind up the work of a term that has ended.</summary>
    public Leadership? Current => _term;

    /// <summary>The holder's identity as last seen; empty: none.</summary>
    public string Holder => _contender.Holder;

    /// <summary>
    /// False when renewals are late, or work does not end although its term has: a health check that fails then gets a process
    /// restarted that others may already stand in for.
    /// </summary>
    public bool IsHealthy => _term is not { } term || term.Age <= _options.RenewDeadline;

    internal IKubernetesClient Client { get; }

    internal LeaderElectionOptions Options => _options;

    /// <summary>An annotation of the lease as last seen, whoever holds it; null: none.</summary>
    public string? Annotation(string key) => _contender.Annotation(key);

    /// <summary>There is reason to believe that the lease can be had: a contender that waits tries now.</summary>
    public void Hurry()
    {
        lock (_hurry)
        {
            if (_hurry.CurrentCount == 0)
            {
                _hurry.Release();
            }
        }
    }

    /// <summary>
    /// Contends for the lease and runs the work, each time anew when leadership is lost, until the work ends by itself or the
    /// stopping token is cancelled and the work has ended. One call at a time.
    /// </summary>
    /// <param name="work">Ends when its term's token is cancelled. What it throws otherwise ends this call.</param>
    /// <param name="stoppingToken">Ends the contending, and the work.</param>
    public async Task RunAsync(Func<Leadership, Task> work, CancellationToken stoppingToken)
    {
        try
        {
            bool isOver;
            do
            {
                isOver = await LeadAsync(work, await AcquireAsync(stoppingToken), stoppingToken);
            }
            while (!isOver);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            await ReleaseAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _hurry.Dispose();
        if (_ownClient is not null)
        {
            await _ownClient.DisposeAsync();
        }
    }

    internal static KubernetesClientOptions ClientOptions(KubernetesClientOptions clientOptions, LeaderElectionOptions options)
    {
        // Two attempts fit before the deadline. The elector repeats by itself, with a fresh look each time.
        var timeout = options.RenewDeadline / 2;
        return clientOptions with
        {
            RequestTimeout = timeout,
            ConnectTimeout = clientOptions.ConnectTimeout < timeout ? clientOptions.ConnectTimeout : timeout,
            RetryBudget = TimeSpan.Zero,
            MaxConcurrentRequests = 2,

            // Who does not lead may write nothing but the lease.
            WriteGuard = null,
            OnWritten = null,

            // A time-out closes its connection. One that HTTP/2 shares would stay in use, dead, until pings find out: too late.
            UseHttp11 = true,
        };
    }

    private async Task<long> AcquireAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            stoppingToken.ThrowIfCancellationRequested();
            if (await TryAsync(stoppingToken) is { } since)
            {
                return since;
            }

            TellHolder();
            using var due = new CancellationTokenSource(
                _options.RetryPeriod * (1 + (LeaderElectionOptions.JitterFactor * _options.Random())), _options.TimeProvider);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(due.Token, stoppingToken);
            await _hurry.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>Whether all is over; false: the term was lost and the lease is contended for again.</returns>
    private async Task<bool> LeadAsync(Func<Leadership, Task> work, long since, CancellationToken stoppingToken)
    {
        var term = new Leadership(_options, since);
        if (!term.IsHeld)
        {
            // The answer took so long that nothing may be begun on it.
            return false;
        }

        using var workEnded = new CancellationTokenSource();
        _term = term;
        _toldHolder = _options.Identity;
        Notify(LeaderElectionNoticeKind.Acquired, $"{_lease}: {_options.Identity} leads");
        var told = term.Token.Register(() => TellLost(term));
        await using var stop = stoppingToken.Register(() => term.End("asked to stop"));
        var keeping = KeepAsync(term, workEnded.Token);
        bool isOver;
        try
        {
            await Task.Run(() => work(term), CancellationToken.None);
        }
        catch (OperationCanceledException) when (term.Token.IsCancellationRequested)
        {
            // As told.
        }
        finally
        {
            await workEnded.CancelAsync();
            await keeping;
            await told.DisposeAsync();
            isOver = stoppingToken.IsCancellationRequested || !term.Token.IsCancellationRequested;
            term.End("the work has ended");
            _term = null;
        }

        return isOver;
    }

    /// <summary>Renews until the work has ended, also while it winds up: nobody else is to begin before.</summary>
    private async Task KeepAsync(Leadership term, CancellationToken workEnded)
    {
        var tried = _options.TimeProvider.GetTimestamp();
        try
        {
            while (true)
            {
                // An attempt that timed out is followed by the next at once: the deadline comes nearer.
                var left = _options.RetryPeriod - _options.TimeProvider.GetElapsedTime(tried);
                if (left > TimeSpan.Zero)
                {
                    await Task.Delay(left, _options.TimeProvider, workEnded);
                }

                tried = _options.TimeProvider.GetTimestamp();
                if (await TryAsync(workEnded) is { } since)
                {
                    term.Renew(since);
                }
                else if (Holder.Length > 0 && Holder != _options.Identity)
                {
                    term.End($"{Holder} has the lease");
                    TellHolder();
                }
            }
        }
        catch (OperationCanceledException) when (workEnded.IsCancellationRequested)
        {
            // The work has ended.
        }
    }

    private async Task<long?> TryAsync(CancellationToken cancellationToken)
    {
        var started = _options.TimeProvider.GetTimestamp();
        try
        {
            var since = await _contender.TryAsync(cancellationToken);
            if (since is not null)
            {
                _options.OnHeld?.Invoke(_options.TimeProvider.GetElapsedTime(started));
            }

            return since;
        }
        catch (Exception exception) when (exception is ApiException or ApiConnectionException)
        {
            Notify(LeaderElectionNoticeKind.AttemptFailed, $"{_lease}: {exception.Message}", exception);
            return null;
        }
    }

    private async Task ReleaseAsync()
    {
        using var deadline = new CancellationTokenSource(_options.ReleaseTimeout, _options.TimeProvider);
        try
        {
            while (_contender.MayHold)
            {
                try
                {
                    if (await _contender.TryReleaseAsync(deadline.Token))
                    {
                        Notify(LeaderElectionNoticeKind.Released, $"{_lease}: handed back");
                    }
                }
                catch (Exception exception) when (exception is ApiException or ApiConnectionException)
                {
                    Notify(LeaderElectionNoticeKind.AttemptFailed, $"{_lease}: not handed back: {exception.Message}", exception);
                    await Task.Delay(ReleaseRetry, _options.TimeProvider, deadline.Token);
                }
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            // It will expire.
        }
    }

    private void TellHolder()
    {
        if (Holder is { Length: > 0 } holder && holder != _toldHolder && holder != _options.Identity)
        {
            _toldHolder = holder;
            Notify(LeaderElectionNoticeKind.OtherLeads, $"{_lease}: {holder} leads");
        }
    }

    private void TellLost(Leadership term) => Notify(
        LeaderElectionNoticeKind.Lost,
        $"{_lease}: the work is told to stop: {term.EndReason ?? $"not renewed for {_options.RenewDeadline.TotalSeconds:0.#} s"}");

    private void Notify(LeaderElectionNoticeKind kind, string message, Exception? error = null) =>
        _options.OnNotice?.Invoke(new LeaderElectionNotice(kind, message, error));
}

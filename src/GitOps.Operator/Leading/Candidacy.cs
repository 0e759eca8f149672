using System.Collections.Immutable;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Leases;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Observability;
using GitOps.Operator.Options;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Leading;

/// <summary>
/// Lets one replica work at a time. Work is begun when the lease is had and gets a token that ends before the lease can. Told to
/// stop, the work ends in good order, and the lease is handed back only then. A lease that is lost ends the process: what it
/// knows of the cluster is outdated from then on, and a fresh start is the one way to know it again that is walked every day.
/// Without election the work is simply run.
/// </summary>
internal sealed class Candidacy : IAsyncDisposable
{
    /// <summary>At the lease: where its holder takes webhooks.</summary>
    public const string AddressAnnotation = Names.Group + "/webhooks-address";

    private readonly LeaderElector? _elector;
    private readonly IKubernetesClient _client;
    private readonly WriteGate _gate;
    private readonly TimeSpan _shutdownTimeout;
    private readonly OperatorMetrics _metrics;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeProvider _time;
    private readonly ILogger<Candidacy> _log;
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _contending = new();
    private Action? _onStandby;
    private bool _isWorking;
    private bool _isStopping;

    public Candidacy(
        OperatorOptions options, ClusterConfig cluster, KubernetesClientOptions clientOptions, IKubernetesClient client, WriteGate gate,
        OperatorMetrics metrics, HealthRegistry health, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<Candidacy> log)
    {
        (_client, _gate, _shutdownTimeout, _metrics, _lifetime, _time, _log) =
            (client, gate, options.ShutdownTimeout, metrics, lifetime, time, log);
        metrics.Leads = () => IsLeading;
        if (!options.LeaderElection)
        {
            return;
        }

        _elector = new LeaderElector(cluster, clientOptions, new LeaderElectionOptions
        {
            Namespace = options.OperatorNamespace,
            Name = options.Lease,
            Identity = options.LeaseIdentity,
            LeaseDuration = options.LeaseDuration,
            RenewDeadline = options.LeaseRenewDeadline,
            RetryPeriod = options.LeaseRetryPeriod,
            Annotations = ImmutableSortedDictionary<string, string?>.Empty.Add(AddressAnnotation, LeaderAddress.Of(options)),
            TimeProvider = time,
            OnNotice = Notice,
            OnHeld = metrics.LeaseHeld,
        });
        metrics.LeaseAge = () => _elector.Current?.Age;
        health.AddProbe("leader election", () => _elector.IsHealthy ? null : "the lease was not renewed in time, and the work has not ended");
    }

    /// <summary>Whether this process does what only one may do.</summary>
    public bool IsLeading => _elector is null || _gate.Refusal() is null;

    /// <summary>Where the leader takes webhooks, if that is another process; null: nobody leads, or it does not say.</summary>
    public string? LeaderAt => !IsLeading && _elector is { Holder.Length: > 0 } elector ? elector.Annotation(AddressAnnotation) : null;

    /// <summary>Why this process has to end; null: it has not lost its lease.</summary>
    public string? Lost { get; private set; }

    /// <summary>Does the work when it is this process's turn; ends when that has ended, or the process is told to stop.</summary>
    /// <param name="work">Gets the token that cuts everything off. It ends by itself when told to stop.</param>
    /// <param name="onStandby">Called when another process is known to lead.</param>
    /// <param name="stoppingToken">Begin nothing new.</param>
    public async Task RunAsync(Func<CancellationToken, Task> work, Action onStandby, CancellationToken stoppingToken)
    {
        _onStandby = onStandby;
        if (_elector is null)
        {
            await WorkAsync(work, stoppingToken, CancellationToken.None);
            return;
        }

        using var waiting = new CancellationTokenSource();
        await using var stop = stoppingToken.Register(Stop);
        var lookout = LeaseLookout.RunAsync(_client, _elector, waiting.Token);
        try
        {
            await _elector.RunAsync(async term =>
            {
                await waiting.CancelAsync();
                await LeadAsync(work, term, stoppingToken);
            }, _contending.Token);
        }
        catch (LeadershipLostException lost)
        {
            Log.Lost(_log, lost.Message);
            Lost = lost.Message;
            _lifetime.StopApplication();
        }
        finally
        {
            await waiting.CancelAsync();
            await lookout.ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_elector is not null)
        {
            await _elector.DisposeAsync();
        }

        _contending.Dispose();
    }

    private async Task LeadAsync(Func<CancellationToken, Task> work, Leadership term, CancellationToken stoppingToken)
    {
        lock (_lock)
        {
            if (_isStopping)
            {
                return;
            }

            _isWorking = true;
        }

        _gate.Open(term);
        await WorkAsync(work, stoppingToken, term.Token);
        if (term.Token.IsCancellationRequested && !stoppingToken.IsCancellationRequested)
        {
            throw new LeadershipLostException(
                $"the lease was lost ({term.EndReason ?? "it was not renewed in time"}): nothing is written any more, and the process ends to begin anew");
        }
    }

    /// <summary>Runs work that ends by itself when told to stop, and is cut off when it takes too long, or at the end of a term.</summary>
    private async Task WorkAsync(Func<CancellationToken, Task> work, CancellationToken stoppingToken, CancellationToken termToken)
    {
        using var late = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(termToken, late.Token);
        await using var drain = stoppingToken.Register(() =>
        {
            Log.Draining(_log, _shutdownTimeout.TotalSeconds);
            late.CancelAfter(_shutdownTimeout);
        });
        try
        {
            await work(cut.Token);
        }
        catch (OperationCanceledException) when (cut.IsCancellationRequested || stoppingToken.IsCancellationRequested)
        {
            if (late.IsCancellationRequested)
            {
                Log.BrokenOff(_log, _shutdownTimeout.TotalSeconds);
            }
        }
    }

    /// <summary>Who works ends by himself, and keeps the lease until then.</summary>
    private void Stop()
    {
        lock (_lock)
        {
            _isStopping = true;
            if (_isWorking)
            {
                return;
            }
        }

        _contending.Cancel();
    }

    private void Notice(LeaderElectionNotice notice)
    {
        switch (notice.Kind)
        {
            case LeaderElectionNoticeKind.AttemptFailed:
                Log.AttemptFailed(_log, notice.Message);
                break;
            case LeaderElectionNoticeKind.Lost:
                Log.Told(_log, notice.Message);
                break;
            case LeaderElectionNoticeKind.OtherLeads:
                _metrics.LeaderChanged();
                Log.StandingBy(_log, _elector!.Holder);
                _onStandby?.Invoke();
                break;
            case LeaderElectionNoticeKind.Acquired:
                _metrics.LeaderChanged();
                Log.Told(_log, notice.Message);
                break;
            default:
                Log.Told(_log, notice.Message);
                break;
        }
    }
}

using GitOps.Kubernetes.Events;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Auditing;
using GitOps.Operator.Charts;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Credentials;
using GitOps.Operator.Git;
using GitOps.Operator.Leading;
using GitOps.Operator.Observability;
using GitOps.Operator.Options;
using GitOps.Operator.Reconcile.Gates;
using GitOps.Operator.Reconcile.Inventories;
using GitOps.Operator.Reconcile.Sources;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Controllers;

/// <summary>
/// Has the operator put together and runs it. What needs the installation's key is made here rather than by the container: the
/// key is read from the cluster, which may take its time to answer.
/// </summary>
internal sealed class OperatorLoop : BackgroundService
{
    private static readonly TimeSpan StartRetry = TimeSpan.FromSeconds(2);

    /// <summary>For the events of the last passes, at the end.</summary>
    private static readonly TimeSpan EventsLimit = TimeSpan.FromSeconds(2);

    private readonly IKubernetesClient _client;
    private readonly IGitRepositories _repositories;
    private readonly IChartRepositories _charts;
    private readonly OperatorOptions _options;
    private readonly ReconcileQueue _queue;
    private readonly OperatorMetrics _metrics;
    private readonly HealthRegistry _health;
    private readonly CredentialWatch _credentials;
    private readonly Candidacy _candidacy;
    private readonly AuditTrail _audit;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _logs;
    private readonly ReadinessGate _started;

    public OperatorLoop(
        IKubernetesClient client, IGitRepositories repositories, IChartRepositories charts, OperatorOptions options, ReconcileQueue queue, OperatorMetrics metrics,
        HealthRegistry health, CredentialWatch credentials, Candidacy candidacy, AuditTrail audit, TimeProvider time, ILoggerFactory logs)
    {
        _client = client;
        _repositories = repositories;
        _charts = charts;
        _options = options;
        _queue = queue;
        _metrics = metrics;
        _health = health;
        _credentials = credentials;
        _candidacy = candidacy;
        _audit = audit;
        _time = time;
        _logs = logs;
        _started = health.AddGate("applications");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var log = _logs.CreateLogger<OperatorLoop>();
        await RetryAsync(log, "the custom resource definitions", () => CheckDefinitionsAsync(stoppingToken), stoppingToken);
        await _candidacy.RunAsync(cutToken => LeadAsync(log, stoppingToken, cutToken), _started.Open, stoppingToken);
    }

    /// <summary>From here on this process is the only one. Whatever was written before is read after that is known.</summary>
    private async Task LeadAsync(ILogger log, CancellationToken stoppingToken, CancellationToken cutToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, cutToken);
        InstallationKey? key = null;
        await RetryAsync(log, "the installation's key", async () =>
            key = new(await HashKeyStore.LoadAsync(_client, _options.OperatorNamespace, either.Token)), either.Token);

        // A repository that needs a Secret is not to be asked without it, only because the Secret is not known yet.
        await _credentials.Listed.WaitAsync(either.Token);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cutToken);
        try
        {
            await RunAsync(key!, log, stoppingToken, end.Token);
        }
        finally
        {
            await end.CancelAsync();
        }
    }

    private async Task RunAsync(InstallationKey key, ILogger log, CancellationToken stoppingToken, CancellationToken cutToken)
    {
        var recorder = new EventRecorder(_client, new EventRecorderOptions
        {
            ReportingController = $"{Names.Group}/operator",
            ReportingInstance = Environment.MachineName,
            TimeProvider = _time,
            OnDropped = new DroppedEvents(_time, log).Add,
        });
        using var helm = HelmStage.Create(_options, _client.Discovery, new ChartDependencySource(_charts), _time, _metrics);
        await helm.LookAsync(_options, _metrics, log, cutToken);
        await using var parts = new OperatorParts(new()
        {
            Client = _ => _client,
            Options = _options,
            Key = key,
            ApprovalPolicy = (await ShippedPolicy.ReadAsync(cutToken))[0],
            Repositories = _repositories,
            Charts = _charts,
            Helm = helm,
            Recorder = recorder,
            Queue = _queue,
            Metrics = _metrics,
            Time = _time,
            Logs = _logs,
            Cut = cutToken,
        });
        _audit.Events = parts.Events;
        var controller = new ApplicationController(
            _client, _options, _queue, parts.Applications, parts.Inventories, parts.Pipeline, parts.Objects, _metrics, _health, _time, _started,
            _logs.CreateLogger<ApplicationController>());
        Gauges(parts.Applications, parts.Watches);
        var recording = recorder.RunAsync(cutToken);
        await await Task.WhenAny(controller.RunAsync(stoppingToken, cutToken), parts.Approvals.RunAsync(cutToken), recording);
        recorder.Complete();
        await recording.WaitAsync(EventsLimit, _time, cutToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Gauges(ApplicationStore applications, WatchManager watches)
    {
        _metrics.QueueDepth = () => _queue.Depth;
        _metrics.Applications = () => applications.Runtimes
            .GroupBy(static runtime => (
                Sync: runtime.Status.Sync?.Status.ToString() ?? nameof(SyncCode.Unknown),
                Health: runtime.Status.Health?.Status.ToString() ?? nameof(Model.HealthCode.Unknown)))
            .Select(static group => new ApplicationCount(group.Key.Sync, group.Key.Health, group.Count()));
        _metrics.QueueOldest = () => _queue.Oldest;
        _metrics.Each.Source = () => applications.Readings;
        _metrics.Each.LimitCrossed = (isOver, count) => Log.ApplicationLabels(_logs.CreateLogger<OperatorLoop>(), isOver, count, _options.MetricsApplicationLimit);
        _metrics.Unverified = () => applications.Runtimes.Count(static runtime => runtime.Status.Sync?.RefusedRevision is not null);
        _metrics.VerificationKeys = () =>
        {
            var now = _time.GetUtcNow();
            return applications.Runtimes.SelectMany(runtime => runtime.Verification.Ends(runtime.Key.Namespace, now));
        };
        _metrics.Gates = () => applications.Runtimes
            .SelectMany(static runtime => runtime.Status.Conditions)
            .Where(static condition => condition.IsTrue && condition.Reason != SecretsGate.Warned && Conditions.OfGates.Contains(condition.Type, StringComparer.Ordinal))
            .GroupBy(static condition => condition.Type, StringComparer.Ordinal)
            .Select(static group => (group.Key, (long)group.Count()));
        _metrics.SecretsInGit = () => applications.Runtimes
            .Select(static runtime => runtime.Status.Condition(Conditions.SecretsInGit)).Where(static condition => condition?.IsTrue == true)
            .GroupBy(static condition => condition!.Reason == SecretsGate.Denied)
            .Select(static group => (group.Key ? MetricLabels.SecretPolicy.Denied : MetricLabels.SecretPolicy.Warned, (long)group.Count()));
        _metrics.Watches = () => watches.CountByState().Select(static pair => (
            pair.Key switch
            {
                WatchState.Starting => MetricLabels.WatchState.Listing,
                WatchState.Synced => MetricLabels.WatchState.Streaming,
                _ => MetricLabels.WatchState.Interrupted,
            }, (long)pair.Value));
    }

    private async Task CheckDefinitionsAsync(CancellationToken cancellationToken)
    {
        await _client.Discovery.RefreshAsync(cancellationToken);
        var applications = await _client.Discovery.FindAsync(Names.Application.GroupVersionKind, cancellationToken);
        var pages = await _client.Discovery.FindAsync(Names.ResourceInventory.GroupVersionKind, cancellationToken);
        var approvals = await _client.Discovery.FindAsync(Names.SyncApproval.GroupVersionKind, cancellationToken);
        if (applications.Resource is null || pages.Resource is null || approvals.Resource is null)
        {
            throw new ApiConnectionException(
                $"the server does not serve {Names.ApiVersion}: install the definitions (kubectl apply --server-side -f crds/)", null);
        }
    }

    private async Task RetryAsync(ILogger log, string what, Func<Task> attempt, CancellationToken cancellationToken)
    {
        string? told = null;
        while (true)
        {
            try
            {
                await attempt();
                return;
            }
            catch (Exception failure) when (failure is ApiException or ApiConnectionException)
            {
                if (told != failure.Message)
                {
                    Log.StartBlocked(log, what, failure.Message);
                    told = failure.Message;
                }

                await Task.Delay(StartRetry, _time, cancellationToken);
            }
        }
    }
}

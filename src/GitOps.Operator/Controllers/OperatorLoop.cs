using GitOps.Kubernetes.Events;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Apply;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Diff;
using GitOps.Operator.Git;
using GitOps.Operator.Observability;
using GitOps.Operator.Options;
using GitOps.Operator.Reconcile;
using GitOps.Operator.Reconcile.Inventories;
using GitOps.Operator.Reconcile.Reports;
using GitOps.Operator.Reconcile.Steps;
using GitOps.Operator.Status;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Controllers;

/// <summary>
/// Puts the operator together and runs it. What needs the installation's key is made here rather than by the container: the
/// key is read from the cluster, which may take its time to answer.
/// </summary>
internal sealed class OperatorLoop : BackgroundService
{
    private static readonly TimeSpan StartRetry = TimeSpan.FromSeconds(2);

    private readonly IKubernetesClient _client;
    private readonly IGitRepositories _repositories;
    private readonly OperatorOptions _options;
    private readonly ReconcileQueue _queue;
    private readonly OperatorMetrics _metrics;
    private readonly HealthRegistry _health;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _logs;
    private readonly ReadinessGate _started;

    public OperatorLoop(
        IKubernetesClient client, IGitRepositories repositories, OperatorOptions options, ReconcileQueue queue, OperatorMetrics metrics,
        HealthRegistry health, TimeProvider time, ILoggerFactory logs)
    {
        _client = client;
        _repositories = repositories;
        _options = options;
        _queue = queue;
        _metrics = metrics;
        _health = health;
        _time = time;
        _logs = logs;
        _started = health.AddGate("applications");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var log = _logs.CreateLogger<OperatorLoop>();
        await RetryAsync(log, "the custom resource definitions", () => CheckDefinitionsAsync(stoppingToken), stoppingToken);
        InstallationKey? key = null;
        await RetryAsync(log, "the installation's key", async () =>
            key = new(await HashKeyStore.LoadAsync(_client, _options.OperatorNamespace, stoppingToken)), stoppingToken);
        await RunAsync(key!, stoppingToken);
    }

    private async Task RunAsync(InstallationKey key, CancellationToken stoppingToken)
    {
        var recorder = new EventRecorder(_client, new EventRecorderOptions
        {
            ReportingController = $"{Names.Group}/operator",
            ReportingInstance = Environment.MachineName,
            TimeProvider = _time,
        });
        var events = new OperatorEvents(recorder);
        var report = new DriftReport(_metrics, events, _time, _logs.CreateLogger<DriftReport>());
        var judge = new DriftJudge(Names.FieldManager, key.Hash);
        var listener = new ObservationListener(_queue, report);
        var objects = new ManagedObjects(judge, _time, listener);
        await using var watches = new WatchManager(_client, objects, _ => listener.TriggerWaiting());
        ApplicationStore? applications = null;
        await using var previews = new PreviewWatches(_client, application =>
        {
            if (applications?.RuntimeOf(application) is { } runtime)
            {
                runtime.PreviewIsStale = true;
                _queue.Trigger(application);
            }
        });
        var tracker = new PageTracker();
        var store = new InventoryStore(_client, tracker);
        var inventories = new InventoryLoader(_client, store, tracker, objects, _queue, key, _logs.CreateLogger<InventoryLoader>())
        {
            Disturbed = application => applications?.RuntimeOf(application)?.DisturbInventory(),
        };
        applications = new ApplicationStore(objects, previews, _repositories, store);
        listener.Applications = applications;

        // Of Applications outside the namespaces that are watched, nothing is known: they may exist.
        objects.ApplicationExists = application => applications.Find(application) is not null
            || (!_options.Namespaces.IsEmpty && !_options.Namespaces.Contains(application.Namespace, StringComparer.Ordinal));
        var pipeline = Pipeline(key, _queue, objects, watches, previews, store, judge, events, report, stoppingToken);
        var controller = new ApplicationController(
            _client, _options, _queue, applications, inventories, pipeline, objects, _metrics, _health, _time, _started,
            _logs.CreateLogger<ApplicationController>());
        Gauges(_queue, applications, watches);
        await await Task.WhenAny(controller.RunAsync(stoppingToken), recorder.RunAsync(stoppingToken));
    }

    private ReconcilePipeline Pipeline(
        InstallationKey key, ReconcileQueue queue, ManagedObjects objects, WatchManager watches, PreviewWatches previews,
        InventoryStore store, DriftJudge judge, OperatorEvents events, DriftReport report, CancellationToken stoppingToken)
    {
        var trust = new TrustPolicy(_options.OperatorNamespace, _options.TrustedNamespaces, _options.DefaultServiceAccount);
        var reporter = new StatusReporter(new StatusWriter(_client), objects, _time);
        var observe = new ObserveStep(_client, store, new InventoryRebuilder(_client), objects, watches, key);
        var render = new RenderStep(
            _repositories, new DesiredMapper(_client.Discovery, key.Hash), queue, _metrics, _time, key, stoppingToken);
        var pruner = new Pruner(_client, _options.ApplyConcurrency);
        return new(
            new FinalizeStep(_client, trust, observe, pruner, store, objects, events, _logs.CreateLogger<FinalizeStep>()),
            new AdmitStep(_client, _repositories, trust, queue),
            new RefreshStep(_client, _repositories, queue, _time, stoppingToken),
            observe,
            render,
            new DriftStep(_client, objects, judge, render, report),
            new DiffStep(objects),
            new GateStep(objects),
            new PreviewStep(_client, previews, queue),
            new ApplyStep(
                _client.Discovery, new Applier(_client.Discovery, objects, _options.ApplyConcurrency), objects, store, observe, render, key, report,
                new EarlyReport(reporter, _logs.CreateLogger<EarlyReport>())),
            new PruneStep(pruner, objects),
            new RecordStep(store, render, _repositories, _metrics, events, queue, _time, _logs.CreateLogger<RecordStep>()),
            new QuietCheck(_repositories, objects), reporter, queue, _metrics, _time, _logs.CreateLogger<ReconcilePipeline>());
    }

    private void Gauges(ReconcileQueue queue, ApplicationStore applications, WatchManager watches)
    {
        _metrics.QueueDepth = () => queue.Depth;
        _metrics.Applications = () => applications.Runtimes
            .GroupBy(static runtime => (
                Sync: runtime.Status.Sync?.Status.ToString() ?? nameof(SyncCode.Unknown),
                Health: runtime.Status.Health?.Status.ToString() ?? nameof(Model.HealthCode.Unknown)))
            .Select(static group => new ApplicationCount(group.Key.Sync, group.Key.Health, group.Count()));
        _metrics.Drift = () => applications.Runtimes
            .Select(static runtime => new DriftCount(runtime.Key.Namespace, runtime.Key.Name, runtime.Status.DriftCount ?? 0));
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
        if (applications.Resource is null || pages.Resource is null)
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

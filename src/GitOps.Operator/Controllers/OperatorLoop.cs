using GitOps.Kubernetes.Events;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Apply;
using GitOps.Operator.Auditing;
using GitOps.Operator.Charts;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Credentials;
using GitOps.Operator.Diff;
using GitOps.Operator.Diff.Masking;
using GitOps.Operator.Git;
using GitOps.Operator.Leading;
using GitOps.Operator.Observability;
using GitOps.Operator.Options;
using GitOps.Operator.Reconcile;
using GitOps.Operator.Reconcile.Deleting;
using GitOps.Operator.Reconcile.Foreign;
using GitOps.Operator.Reconcile.Gates;
using GitOps.Operator.Reconcile.Inventories;
using GitOps.Operator.Reconcile.Reports;
using GitOps.Operator.Reconcile.Requests;
using GitOps.Operator.Reconcile.Sources;
using GitOps.Operator.Reconcile.Steps;
using GitOps.Operator.Reconcile.Syncing;
using GitOps.Operator.Reconcile.Verifying;
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

    /// <summary>For the events of the last passes, at the end.</summary>
    private static readonly TimeSpan EventsLimit = TimeSpan.FromSeconds(2);

    private readonly IKubernetesClient _client;
    private readonly IGitRepositories _repositories;
    private readonly IChartRepositories _charts;
    private readonly OperatorOptions _options;
    private readonly SecretMask _mask;
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
        _mask = new(options.SensitiveAnnotations);
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

    public static TrustPolicy TrustOf(OperatorOptions options) => new(options.OperatorNamespace, options.TrustedNamespaces, options.DefaultServiceAccount)
    {
        Ignored = options.Ignored,
        ForeignManagers = new(options.ForeignFieldManagers),
        Secrets = options.SecretPolicy,
    };

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
        });
        var events = new OperatorEvents(recorder);
        _audit.Events = events;
        var report = new DriftReport(_metrics, events, _time, _logs.CreateLogger<DriftReport>());
        var judge = new DriftJudge(Names.FieldManager, key.Hash, _mask);
        using var helm = HelmStage.Create(_options, _client.Discovery, new ChartDependencySource(_charts), _time, _metrics);
        await helm.LookAsync(_options, _metrics, log, cutToken);
        var listener = new ObservationListener(_queue, report, _mask);
        var objects = new ManagedObjects(judge, _time, listener);
        await using var watches = new WatchManager(_client, objects, _ => listener.TriggerWaiting());
        ApplicationStore? applications = null;
        await using var previews = new ObjectFollower(_client, (application, key) =>
        {
            if (applications?.RuntimeOf(application) is { } runtime)
            {
                runtime.PreviewChanged.Add(key);
                runtime.DisturbStrays();
                _queue.Trigger(application);
            }
        });
        await using var hooks = new ObjectFollower(_client, (application, _) => _queue.Trigger(application), tellsOfListed: true);
        await using var accounts = new ObjectFollower(_client, (application, _) => _queue.Trigger(application), tellsOfListed: true);
        await using var releases = new ObjectFollower(_client, (application, key) =>
        {
            if (applications?.RuntimeOf(application) is { } runtime)
            {
                runtime.HelmChanged.Add(key);
                _queue.Trigger(application);
            }
        });
        await using var keys = new ObjectFollower(_client, (application, key) =>
        {
            if (applications?.RuntimeOf(application) is { } runtime)
            {
                runtime.Verification.Changed.Add(key);
                _queue.Trigger(application);
            }
        }, tellsOfListed: true);
        var tracker = new PageTracker();
        var store = new InventoryStore(_client, tracker);
        var inventories = new InventoryLoader(_client, store, tracker, objects, _queue, key, _logs.CreateLogger<InventoryLoader>())
        {
            Disturbed = application => applications?.RuntimeOf(application)?.DisturbInventory(),
        };
        var access = new SourceAccess(_repositories, _charts);
        applications = new ApplicationStore(objects, [previews, hooks, accounts, releases, keys], access, store);
        listener.Applications = applications;

        // Of Applications outside the namespaces that are watched, nothing is known: they may exist.
        objects.ApplicationExists = application => applications.Find(application) is not null
            || (!_options.Namespaces.IsEmpty && !_options.Namespaces.Contains(application.Namespace, StringComparer.Ordinal));
        var trust = TrustOf(_options);
        var reporter = new StatusReporter(new StatusWriter(_client), objects, events, _time, application =>
        {
            foreach (var dependent in applications.Dependencies.DependentsOf(application))
            {
                _queue.Trigger(dependent);
            }
        });
        var prunes = new Prunes(new Pruner(_client, _options.ApplyConcurrency), objects);
        var runner = new HookRunner(_client, hooks, new HookRoom(prunes), reporter, events, _time);
        applications.SyncAbandoned = (application, operation, token) => runner.AbandonAsync(application, operation, writer: null, token);
        inventories.HooksAbandoned = runner.LetGoAsync;
        var book = new ApprovalBook();
        var desk = new ApprovalDesk(_client, book, (await ShippedPolicy.ReadAsync(cutToken))[0], events);
        applications.Missing = async (application, token) =>
        {
            if (await desk.CollectAsync(application, _time.GetUtcNow(), token) is { } next)
            {
                _queue.TriggerAfter(application, next - _time.GetUtcNow());
            }
        };
        var approvals = new ApprovalWatch(_client, _options, book, desk, _queue, listener.TriggerWaiting, _logs.CreateLogger<ApprovalWatch>());
        var gates = new GateStep(
            desk,
            [new EmptyRenderingGate(), new AwayGate(), new UnknownKindGate(), new DeletionBudgetGate(objects)],
            [
                new VerifiedGate(), new SuspendGate(), new SecretsGate(), new ManualGate(), new RetryGate(), new WindowGate(),
                new DependencyGate(applications.Dependencies, applications.StateOf), new ApprovalGate(),
            ]);
        var verifying = new SourceJudge(new CommitJudge(_repositories, _time), new ChartJudge(_charts, _time), new KeyReader(_client, keys), events, _queue, _time, cutToken);
        var pipeline = Pipeline(
            key, access, verifying, helm, _queue, gates, objects, watches, previews, new HelmReleases(_client, releases), new Accounts(_client, trust, accounts, events), trust, reporter, runner, store, judge, events, report,
            cutToken);
        var controller = new ApplicationController(
            _client, _options, _queue, applications, inventories, pipeline, objects, _metrics, _health, _time, _started,
            _logs.CreateLogger<ApplicationController>());
        Gauges(_queue, applications, watches);
        var recording = recorder.RunAsync(cutToken);
        await await Task.WhenAny(controller.RunAsync(stoppingToken, cutToken), approvals.RunAsync(cutToken), recording);
        recorder.Complete();
        await recording.WaitAsync(EventsLimit, _time, cutToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private ReconcilePipeline Pipeline(
        InstallationKey key, SourceAccess access, SourceJudge verifying, HelmStage helm, ReconcileQueue queue, GateStep gates, ManagedObjects objects, WatchManager watches, ObjectFollower previews, HelmReleases releases, Accounts accounts,
        TrustPolicy trust, StatusReporter reporter, HookRunner hooks, InventoryStore store, DriftJudge judge, OperatorEvents events, DriftReport report,
        CancellationToken cutToken)
    {
        var observe = new ObserveStep(_client, store, new InventoryRebuilder(_client), objects, watches, key, _options.Resources);
        var render = new RenderStep(
            new SourceResolver(access), verifying, new SourceOpener(access, helm.Facts),
            new SourceRenderer(access, new DesiredMapper(_client.Discovery, key.Hash, _options.Resources), _metrics, helm.Renderer, _time), queue, _metrics, _time, key, cutToken);
        var pruner = new Pruner(_client, _options.ApplyConcurrency);
        var writes = new ObjectWrites(
            new Applier(_client, objects, _options.ApplyConcurrency), objects, store, observe, key, report,
            new EarlyReport(reporter, _logs.CreateLogger<EarlyReport>()), new AdoptionReport(events, _logs.CreateLogger<AdoptionReport>()), _mask,
            _options.FormerManagers);
        var tasks = new SyncTasks(objects, writes, new Prunes(pruner, objects), hooks, render,
            new Preflight(_client, _options.ApplyConcurrency), _time);
        var patches = new ApplicationPatches(_client);
        var requests = new SyncRequests(patches, trust, events, _logs.CreateLogger<SyncRequests>());
        var admit = new AdmitStep(_client, access, trust, queue);
        var finalizers = new ApplicationFinalizers(_client);
        return new(
            Finalize(
                observe, new DeletionAccounts(_client, accounts), new AppliedHooks(admit, render, queue, _time, cutToken), hooks,
                new ObjectDeletions(_client, pruner, objects), finalizers, store, objects, events),
            admit,
            new RefreshStep(patches, access, queue, _time, cutToken),
            new RequestStep(
                new Terminations(hooks, patches, requests, events, _metrics, _logs.CreateLogger<Terminations>()),
                new Rollbacks(access, events, _logs.CreateLogger<Rollbacks>()), requests, access, queue, _time, cutToken),
            observe,
            render,
            new TakeUpStep(requests, objects),
            new DriftStep(_client, objects, judge, render, report, _mask),
            new DiffStep(objects, render),
            gates,
            new PreviewStep(_client, previews, _mask, _options.FormerManagers),
            new AccountStep(accounts),
            new ForeignStep(_client, objects, report, _mask),
            new SyncStep(_client.Discovery, writes, tasks, new SyncOperations(hooks, events, _metrics, _time, _logs.CreateLogger<SyncOperations>()), hooks, reporter),
            new ForeignManagerStep(objects, releases, events, _logs.CreateLogger<ForeignManagerStep>()),
            new RecordStep(store, render, access, _metrics, events, requests, reporter, objects, _time, _logs.CreateLogger<RecordStep>()),
            new HoldStep(finalizers),
            new QuietCheck(access, objects), reporter, queue, _metrics, _time, _logs.CreateLogger<ReconcilePipeline>());
    }

    private FinalizeStep Finalize(
        ObserveStep observe, DeletionAccounts accounts, AppliedHooks applied, HookRunner runner, ObjectDeletions deletions, ApplicationFinalizers finalizers,
        InventoryStore store, ManagedObjects objects, OperatorEvents events) => new(
        observe, accounts, new DeleteHooks(applied, runner, accounts, finalizers, events, _time), deletions, finalizers, store, objects, events,
        _logs.CreateLogger<FinalizeStep>());

    private void Gauges(ReconcileQueue queue, ApplicationStore applications, WatchManager watches)
    {
        _metrics.QueueDepth = () => queue.Depth;
        _metrics.Applications = () => applications.Runtimes
            .GroupBy(static runtime => (
                Sync: runtime.Status.Sync?.Status.ToString() ?? nameof(SyncCode.Unknown),
                Health: runtime.Status.Health?.Status.ToString() ?? nameof(Model.HealthCode.Unknown)))
            .Select(static group => new ApplicationCount(group.Key.Sync, group.Key.Health, group.Count()));
        _metrics.QueueOldest = () => queue.Oldest;
        _metrics.Each.Source = () => applications.Readings;
        _metrics.Each.LimitCrossed = (isOver, count) => Log.ApplicationLabels(_logs.CreateLogger<OperatorLoop>(), isOver, count, _options.MetricsApplicationLimit);
        _metrics.Unverified = () => applications.Runtimes.Count(static runtime => runtime.Status.Sync?.RefusedRevision is not null);
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

using System.Text;
using GitOps.Kubernetes.Events;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Apply;
using GitOps.Operator.Controllers;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Diff;
using GitOps.Operator.Diff.Masking;
using GitOps.Operator.Model;
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
using GitOps.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace GitOps.Operator.Tests.Syncing.Bed;

/// <summary>
/// One life of the operator, put together as its loop does it, but without the loop: a pass is made when the test says so, and
/// every watch has dealt with everything before the next thing happens.
/// </summary>
internal sealed class OperatorProcess : IAsyncDisposable
{
    /// <summary>Secrets are written as any other object, and nothing is told of it.</summary>
    public static readonly TrustPolicy Trust = new("gitops-system", ["team-a"], null) { Secrets = SecretPolicy.Allow };

    private static readonly InstallationKey Key = new(Encoding.ASCII.GetBytes("0123456789abcdef0123456789abcdef"));

    private readonly CancellationTokenSource _stopping = new();
    private readonly MemoryCluster _cluster;
    private readonly MemoryTrigger _trigger;
    private readonly OperatorMetrics _metrics;
    private readonly EventRecorder _recorder;
    private readonly WatchManager _watches;
    private readonly ObjectFollower _previews;
    private readonly ObjectFollower _hooks;
    private readonly ObjectFollower _accounts;
    private readonly ObjectFollower _releases;
    private readonly ObjectFollower _keys;
    private readonly InventoryLoader _inventories;
    private readonly ApplicationStore _applications;
    private readonly ReconcilePipeline _pipeline;
    private readonly ManualTimeProvider _time;
    private readonly Task _approvals;

    public OperatorProcess(
        MemoryCluster cluster, MemoryRepositories repositories, ManualTimeProvider time, MemoryTrigger trigger, ResourceFilter filter,
        KubernetesObject policy)
    {
        (_cluster, _trigger, _time) = (cluster, trigger, time);
        var client = cluster.ClientOf("operator");
        var options = new OperatorOptions { ApplyConcurrency = 1 };
        _metrics = new(time);
        _recorder = new(client, new() { ReportingController = "operator", ReportingInstance = "one", TimeProvider = time });
        var events = new OperatorEvents(_recorder);
        var report = new DriftReport(_metrics, events, time, NullLogger<DriftReport>.Instance);
        var mask = new SecretMask(options.SensitiveAnnotations);
        var judge = new DriftJudge(Names.FieldManager, Key.Hash, mask);
        var listener = new ObservationListener(trigger, report, mask);
        var objects = new ManagedObjects(judge, time, listener);
        _watches = new(cluster.ClientOf("objects"), objects, _ => listener.TriggerWaiting());
        _previews = new(cluster.ClientOf("previews"), PreviewChanged);
        _hooks = new(cluster.ClientOf("hooks"), (application, _) => trigger.Trigger(application), tellsOfListed: true);
        _accounts = new(cluster.ClientOf("accounts"), (application, _) => trigger.Trigger(application), tellsOfListed: true);
        _releases = new(cluster.ClientOf("releases"), ReleaseChanged);
        _keys = new(cluster.ClientOf("keys"), KeyChanged, tellsOfListed: true);
        var tracker = new PageTracker();
        var store = new InventoryStore(client, tracker);
        _inventories = new(client, store, tracker, objects, trigger, Key, NullLogger<InventoryLoader>.Instance)
        {
            Disturbed = application => RuntimeOf(application)?.DisturbInventory(),
        };
        var access = new SourceAccess(repositories, NoChartRepositories.Instance);
        _applications = new(objects, [_previews, _hooks, _accounts, _releases, _keys], access, store);
        listener.Applications = _applications;
        objects.ApplicationExists = application => _applications.Find(application) is not null;
        var reporter = new StatusReporter(new StatusWriter(client), objects, events, time, DependencyChanged);
        var prunes = new Prunes(new Pruner(client, 1), objects);
        var runner = new HookRunner(client, _hooks, new HookRoom(prunes), reporter, events, time);
        _applications.SyncAbandoned = (application, operation, token) => runner.AbandonAsync(application, operation, writer: null, token);
        _inventories.HooksAbandoned = runner.LetGoAsync;
        var book = new ApprovalBook();
        var desk = new ApprovalDesk(client, book, policy, events);
        _applications.Missing = async (application, token) =>
        {
            if (await desk.CollectAsync(application, time.GetUtcNow(), token) is { } next)
            {
                trigger.TriggerAfter(application, next - time.GetUtcNow());
            }
        };
        _approvals = new ApprovalWatch(
            cluster.ClientOf("approvals"), options, book, desk, trigger, listener.TriggerWaiting, NullLogger<ApprovalWatch>.Instance).RunAsync(_stopping.Token);
        var accounts = new Accounts(client, Trust, _accounts, events);
        var observe = new ObserveStep(client, store, new InventoryRebuilder(client), objects, _watches, Key, filter);
        var verifying = new SourceJudge(new CommitJudge(repositories, time), new ChartJudge(NoChartRepositories.Instance, time), new KeyReader(client, _keys), events, trigger, time, CancellationToken.None);
        var render = new RenderStep(
            new SourceResolver(access), verifying, new SourceOpener(access),
            new SourceRenderer(access, new DesiredMapper(client.Discovery, Key.Hash, filter), _metrics), trigger, _metrics, time, Key, CancellationToken.None);
        var pruner = new Pruner(client, 1);
        var writes = new ObjectWrites(
            new Applier(client, objects, 1), objects, store, observe, Key, report, new EarlyReport(reporter, NullLogger<EarlyReport>.Instance),
            new AdoptionReport(events, NullLogger<AdoptionReport>.Instance), mask, options.FormerManagers);
        var tasks = new SyncTasks(objects, writes, prunes, runner, render, new Preflight(client, 1), time);
        var patches = new ApplicationPatches(client);
        var requests = new SyncRequests(patches, Trust, events, NullLogger<SyncRequests>.Instance);
        var admit = new AdmitStep(client, access, Trust, trigger);
        var finalizers = new ApplicationFinalizers(client);
        var deletionAccounts = new DeletionAccounts(client, accounts);
        _pipeline = new(
            new FinalizeStep(
                observe, deletionAccounts,
                new DeleteHooks(new AppliedHooks(admit, render, trigger, time, CancellationToken.None), runner, deletionAccounts, finalizers, events, time),
                new ObjectDeletions(client, pruner, objects), finalizers, store, objects, events, NullLogger<FinalizeStep>.Instance),
            admit,
            new RefreshStep(patches, access, trigger, time, CancellationToken.None),
            new RequestStep(
                new Terminations(runner, patches, requests, events, _metrics, NullLogger<Terminations>.Instance),
                new Rollbacks(access, events, NullLogger<Rollbacks>.Instance), requests, access, trigger, time, CancellationToken.None),
            observe,
            render,
            new TakeUpStep(requests, objects),
            new DriftStep(client, objects, judge, render, report, mask),
            new DiffStep(objects, render),
            new GateStep(
                desk,
                [new EmptyRenderingGate(), new AwayGate(), new UnknownKindGate(), new DeletionBudgetGate(objects)],
                [
                    new VerifiedGate(), new SuspendGate(), new SecretsGate(), new ManualGate(), new RetryGate(), new WindowGate(),
                    new DependencyGate(_applications.Dependencies, _applications.StateOf), new ApprovalGate(),
                ]),
            new PreviewStep(client, _previews, mask, options.FormerManagers),
            new AccountStep(accounts),
            new ForeignStep(client, objects, report, mask),
            new SyncStep(client.Discovery, writes, tasks, new SyncOperations(runner, events, _metrics, time, NullLogger<SyncOperations>.Instance), runner, reporter),
            new ForeignManagerStep(objects, new HelmReleases(client, _releases), events, NullLogger<ForeignManagerStep>.Instance),
            new RecordStep(store, render, access, _metrics, events, requests, reporter, objects, time, NullLogger<RecordStep>.Instance),
            new HoldStep(finalizers),
            new QuietCheck(access, objects), reporter, trigger, _metrics, time, NullLogger<ReconcilePipeline>.Instance);
    }

    public ApplicationRuntime? RuntimeOf(NamespacedName key) => _applications.RuntimeOf(key);

    /// <summary>What was counted of a metric, with its labels; what is 0 is left out.</summary>
    public async Task<string> CountAsync(string metric) => string.Join(", ", Encoding.UTF8.GetString(await _metrics.Scraper.ScrapeAsync()).Split('\n')
        .Where(line => line.StartsWith(metric, StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    /// <summary>As the operator starts: every claim is known before the first pass.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _inventories.LoadAllAsync([], cancellationToken);
        await SettleAsync(cancellationToken);
    }

    /// <param name="key">Of the Application.</param>
    /// <param name="isLagging">The pass is made with what was known of the Applications before.</param>
    /// <param name="cancellationToken">Ends the pass anywhere.</param>
    public async Task PassAsync(NamespacedName key, bool isLagging, CancellationToken cancellationToken)
    {
        if (!isLagging)
        {
            ReadApplications();
        }

        if (_applications.Find(key) is null)
        {
            await _applications.ForgetAsync(key, _inventories, cancellationToken);
        }
        else
        {
            var application = _applications.Find(key)!;
            var runtime = await _applications.RuntimeAsync(application, _inventories, cancellationToken);
            await _pipeline.RunAsync(new ReconcileContext(runtime, application, _time.GetUtcNow()), cancellationToken);
        }

        await SettleAsync(cancellationToken);
        await SendEventsAsync();
    }

    public Task SettleAsync(CancellationToken cancellationToken) => _cluster.SettleAsync(
        () => new Dictionary<string, int>(StringComparer.Ordinal)
        {
            ["objects"] = _watches.CountByState().Values.Sum(),
            ["previews"] = _previews.Count,
            ["hooks"] = _hooks.Count,
            ["accounts"] = _accounts.Count,
            ["releases"] = _releases.Count,
            ["keys"] = _keys.Count,
            ["approvals"] = _approvals.IsCompleted ? 0 : 3,
        },
        cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _watches.DisposeAsync();
        await _previews.DisposeAsync();
        await _hooks.DisposeAsync();
        await _accounts.DisposeAsync();
        await _releases.DisposeAsync();
        await _keys.DisposeAsync();
        await _approvals.ContinueWith(static _ => { }, TaskScheduler.Default);
        foreach (var runtime in _applications.Runtimes)
        {
            runtime.Dispose();
        }

        _metrics.Dispose();
        _stopping.Dispose();
    }

    private void ReadApplications()
    {
        var known = _cluster.List(Names.Application, string.Empty, null).Select(ApplicationResource.Parse).ToList();
        foreach (var application in known)
        {
            _applications.Set(application);
        }

        foreach (var gone in _applications.Keys.Where(key => !known.Exists(application => application.Key == key)))
        {
            _applications.Remove(gone);
        }
    }

    // Everything that is queued is sent before it first waits.
    private async Task SendEventsAsync()
    {
        using var stop = new CancellationTokenSource();
        var sending = _recorder.RunAsync(stop.Token);
        await stop.CancelAsync();
        await sending.ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    private void PreviewChanged(NamespacedName application, ObjectKey key)
    {
        if (_applications.RuntimeOf(application) is { } runtime)
        {
            runtime.PreviewChanged.Add(key);
            runtime.DisturbStrays();
            _trigger.Trigger(application);
        }
    }

    private void ReleaseChanged(NamespacedName application, ObjectKey key)
    {
        if (_applications.RuntimeOf(application) is { } runtime)
        {
            runtime.HelmChanged.Add(key);
            _trigger.Trigger(application);
        }
    }

    private void KeyChanged(NamespacedName application, ObjectKey key)
    {
        if (_applications.RuntimeOf(application) is { } runtime)
        {
            runtime.Verification.Changed.Add(key);
            _trigger.Trigger(application);
        }
    }

    private void DependencyChanged(NamespacedName application)
    {
        foreach (var dependent in _applications.Dependencies.DependentsOf(application))
        {
            _trigger.Trigger(dependent);
        }
    }
}

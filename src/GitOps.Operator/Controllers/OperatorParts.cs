using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Apply;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Diff;
using GitOps.Operator.Diff.Masking;
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
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Controllers;

/// <summary>
/// All that passes are made of, put together in the one way there is: the loop runs it, and so do tests that make passes by hand.
/// Disposing it ends the watches.
/// </summary>
internal sealed class OperatorParts : IAsyncDisposable
{
    private readonly OperatorSurroundings _around;
    private readonly OperatorOptions _options;
    private readonly TimeProvider _time;
    private readonly IReconcileTrigger _queue;
    private readonly ApprovalDesk _desk;
    private readonly SecretMask _mask;
    private readonly DriftReport _drift;
    private readonly DriftJudge _judge;
    private readonly InventoryStore _store;
    private readonly SourceAccess _access;
    private readonly StatusReporter _reporter;
    private readonly HookRunner _runner;
    private readonly TrustPolicy _trust;

    public OperatorParts(OperatorSurroundings around)
    {
        (_around, _options, _time, _queue) = (around, around.Options, around.Time, around.Queue);
        var client = around.Client(ClientUse.Passes);
        Events = new(around.Recorder);
        _mask = new(_options.SensitiveAnnotations);
        _trust = TrustOf(_options);
        _drift = new(around.Metrics, Events, _time, around.Logs.CreateLogger<DriftReport>());
        _judge = new(Names.FieldManager, around.Key.Hash, _mask);
        var listener = new ObservationListener(_queue, _drift, _mask);
        Objects = new(_judge, _time, listener);
        Watches = new(around.Client(ClientUse.Objects), Objects, _ => listener.TriggerWaiting());
        Previews = Follow(ClientUse.Previews, static (runtime, key) =>
        {
            runtime.PreviewChanged.Add(key);
            runtime.DisturbStrays();
        });
        Hooks = Follow(ClientUse.Hooks);
        Accounts = Follow(ClientUse.Accounts);
        Releases = Follow(ClientUse.Releases, static (runtime, key) => runtime.HelmChanged.Add(key));
        Keys = Follow(ClientUse.Keys, static (runtime, key) => runtime.Verification.Changed.Add(key), tellsOfListed: true);
        var tracker = new PageTracker();
        _store = new(client, tracker);
        Inventories = new(client, _store, tracker, Objects, _queue, around.Key, around.Logs.CreateLogger<InventoryLoader>())
        {
            Disturbed = application => Applications?.RuntimeOf(application)?.DisturbInventory(),
        };
        _access = new(around.Repositories, around.Charts);
        Applications = new(Objects, [Previews, Hooks, Accounts, Releases, Keys], _access, _store);
        listener.Applications = Applications;

        // Of Applications outside the namespaces that are watched, nothing is known: they may exist.
        Objects.ApplicationExists = application => Applications.Find(application) is not null
            || (!_options.Namespaces.IsEmpty && !_options.Namespaces.Contains(application.Namespace, StringComparer.Ordinal));
        _reporter = new(new StatusWriter(client), Objects, Events, _time, DependencyChanged);
        var prunes = new Prunes(new Pruner(client, _options.ApplyConcurrency), Objects);
        _runner = new(client, Hooks, new HookRoom(prunes), _reporter, Events, _time);
        Applications.SyncAbandoned = (application, operation, token) => _runner.AbandonAsync(application, operation, writer: null, token);
        Inventories.HooksAbandoned = _runner.LetGoAsync;
        var book = new ApprovalBook();
        _desk = new(client, book, around.ApprovalPolicy, Events);
        Applications.Missing = async (application, token) =>
        {
            if (await _desk.CollectAsync(application, _time.GetUtcNow(), token) is { } next)
            {
                _queue.TriggerAfter(application, next - _time.GetUtcNow());
            }
        };
        Approvals = new(
            around.Client(ClientUse.Approvals), _options, book, _desk, _queue, listener.TriggerWaiting, around.Logs.CreateLogger<ApprovalWatch>());
        Pipeline = MakePipeline(prunes);
    }

    public OperatorEvents Events { get; }

    public ManagedObjects Objects { get; }

    public WatchManager Watches { get; }

    /// <summary>Of what would be taken over.</summary>
    public ObjectFollower Previews { get; }

    public ObjectFollower Hooks { get; }

    public ObjectFollower Accounts { get; }

    public ObjectFollower Releases { get; }

    /// <summary>Of what signatures are verified with.</summary>
    public ObjectFollower Keys { get; }

    public InventoryLoader Inventories { get; }

    public ApplicationStore Applications { get; }

    /// <summary>Not begun: whoever has the parts runs it.</summary>
    public ApprovalWatch Approvals { get; }

    public ReconcilePipeline Pipeline { get; }

    public static TrustPolicy TrustOf(OperatorOptions options) => new(options.OperatorNamespace, options.TrustedNamespaces, options.DefaultServiceAccount)
    {
        Ignored = options.Ignored,
        ForeignManagers = new(options.ForeignFieldManagers),
        Secrets = options.SecretPolicy,
    };

    public async ValueTask DisposeAsync()
    {
        await Watches.DisposeAsync();
        foreach (var follower in new[] { Previews, Hooks, Accounts, Releases, Keys })
        {
            await follower.DisposeAsync();
        }
    }

    private ReconcilePipeline MakePipeline(Prunes prunes)
    {
        var (client, metrics, logs, cut) = (_around.Client(ClientUse.Passes), _around.Metrics, _around.Logs, _around.Cut);
        var observe = new ObserveStep(client, _store, new InventoryRebuilder(client), Objects, Watches, _around.Key, _options.Resources);
        var verifying = new SourceJudge(
            new CommitJudge(_around.Repositories, _time), new ChartJudge(_around.Charts, _time), new KeyReader(client, Keys), Events, _queue, _time, cut);
        var render = new RenderStep(
            new SourceResolver(_access), verifying, new SourceOpener(_access, _around.Helm?.Facts),
            new SourceRenderer(_access, new DesiredMapper(client.Discovery, _around.Key.Hash, _options.Resources), metrics, _around.Helm?.Renderer, _time),
            _queue, metrics, _time, _around.Key, cut);
        var writes = new ObjectWrites(
            new Applier(client, Objects, _options.ApplyConcurrency), Objects, _store, observe, _around.Key, _drift,
            new EarlyReport(_reporter, logs.CreateLogger<EarlyReport>()), new AdoptionReport(Events, logs.CreateLogger<AdoptionReport>()), _mask,
            _options.FormerManagers);
        var patches = new ApplicationPatches(client);
        var requests = new SyncRequests(patches, _trust, Events, logs.CreateLogger<SyncRequests>());
        var admit = new AdmitStep(client, _access, _trust, _queue);
        var finalizers = new ApplicationFinalizers(client);
        var accounts = new Accounts(client, _trust, Accounts, Events);
        var deletionAccounts = new DeletionAccounts(client, accounts);
        return new(
            new FinalizeStep(
                observe, deletionAccounts,
                new DeleteHooks(new AppliedHooks(admit, render, _queue, _time, cut), _runner, deletionAccounts, finalizers, Events, _time),
                new ObjectDeletions(client, new Pruner(client, _options.ApplyConcurrency), Objects), finalizers, _store, Objects, Events,
                logs.CreateLogger<FinalizeStep>()),
            admit,
            new RefreshStep(patches, _access, _queue, _time, cut),
            new RequestStep(
                new Terminations(_runner, patches, requests, Events, metrics, logs.CreateLogger<Terminations>()),
                new Rollbacks(_access, Events, logs.CreateLogger<Rollbacks>()), requests, _access, _queue, _time, cut),
            observe,
            render,
            new TakeUpStep(requests, Objects),
            new DriftStep(client, Objects, _judge, render, _drift, _mask),
            new DiffStep(Objects, render),
            new GateStep(
                _desk,
                [new EmptyRenderingGate(), new AwayGate(), new UnknownKindGate(), new DeletionBudgetGate(Objects)],
                [
                    new VerifiedGate(), new SuspendGate(), new SecretsGate(), new ManualGate(), new RetryGate(), new WindowGate(),
                    new DependencyGate(Applications.Dependencies, Applications.StateOf), new ApprovalGate(),
                ]),
            new PreviewStep(client, Previews, _mask, _options.FormerManagers),
            new AccountStep(accounts),
            new ForeignStep(client, Objects, _drift, _mask),
            new SyncStep(
                client.Discovery, writes, new SyncTasks(Objects, writes, prunes, _runner, render, new Preflight(client, _options.ApplyConcurrency), _time),
                new SyncOperations(_runner, Events, metrics, _time, logs.CreateLogger<SyncOperations>()), _runner, _reporter),
            new ForeignManagerStep(Objects, new HelmReleases(client, Releases), Events, logs.CreateLogger<ForeignManagerStep>()),
            new RecordStep(_store, render, _access, metrics, Events, requests, _reporter, Objects, _time, logs.CreateLogger<RecordStep>()),
            new HoldStep(finalizers),
            new QuietCheck(_access, Objects), _reporter, _queue, metrics, _time, logs.CreateLogger<ReconcilePipeline>());
    }

    /// <summary>Of which any change, and what is there at first, is a reason to look again.</summary>
    private ObjectFollower Follow(ClientUse use) => new(_around.Client(use), (application, _) => _queue.Trigger(application), tellsOfListed: true);

    /// <summary>Of which it matters what has changed.</summary>
    private ObjectFollower Follow(ClientUse use, Action<ApplicationRuntime, ObjectKey> note, bool tellsOfListed = false) => new(
        _around.Client(use),
        (application, key) =>
        {
            if (Applications?.RuntimeOf(application) is { } runtime)
            {
                note(runtime, key);
                _queue.Trigger(application);
            }
        },
        tellsOfListed);

    private void DependencyChanged(NamespacedName application)
    {
        foreach (var dependent in Applications.Dependencies.DependentsOf(application))
        {
            _queue.Trigger(dependent);
        }
    }
}

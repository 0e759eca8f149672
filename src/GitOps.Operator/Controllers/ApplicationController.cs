using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;
using GitOps.Operator.Api;
using GitOps.Operator.Auditing;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Observability;
using GitOps.Operator.Options;
using GitOps.Operator.Reconcile;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Controllers;

/// <summary>
/// From watches to passes: Applications and inventory pages are watched, each change puts an Application's key on the queue, and
/// workers take keys and run the pipeline. No pass begins before every inventory has been read and the Applications have been
/// listed once: who holds which object has to be known first.
/// </summary>
internal sealed class ApplicationController
{
    private static readonly TimeSpan WorkLimit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan StartRetry = TimeSpan.FromSeconds(2);

    private readonly IKubernetesClient _client;
    private readonly OperatorOptions _options;
    private readonly ReconcileQueue _queue;
    private readonly ApplicationStore _applications;
    private readonly InventoryLoader _inventories;
    private readonly ReconcilePipeline _pipeline;
    private readonly ManagedObjects _objects;
    private readonly OperatorMetrics _metrics;
    private readonly HealthRegistry _health;
    private readonly TimeProvider _time;
    private readonly ILogger<ApplicationController> _log;
    private readonly ReadinessGate _ready;

    public ApplicationController(
        IKubernetesClient client, OperatorOptions options, ReconcileQueue queue, ApplicationStore applications, InventoryLoader inventories,
        ReconcilePipeline pipeline, ManagedObjects objects, OperatorMetrics metrics, HealthRegistry health, TimeProvider time,
        ReadinessGate ready, ILogger<ApplicationController> log)
    {
        _client = client;
        _options = options;
        _queue = queue;
        _applications = applications;
        _inventories = inventories;
        _pipeline = pipeline;
        _objects = objects;
        _metrics = metrics;
        _health = health;
        _time = time;
        _log = log;
        _ready = ready;
    }

    /// <summary>Runs until told to stop, when the passes under way have ended; anything else that ends it is a broken invariant.</summary>
    /// <param name="stoppingToken">No pass begins any more.</param>
    /// <param name="cutToken">Everything ends, passes too.</param>
    public async Task RunAsync(CancellationToken stoppingToken, CancellationToken cutToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, cutToken);
        await LoadInventoriesAsync(either.Token);
        var scopes = _options.Namespaces.IsEmpty ? [string.Empty] : _options.Namespaces;
        var listed = scopes.Select(static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).ToList();
        var loops = scopes.Select((scope, index) => WatchApplicationsAsync(scope, listed[index], cutToken))
            .Concat(scopes.Select(scope => _inventories.WatchAsync(scope, cutToken)))
            .ToList();
        await Task.WhenAny(Task.WhenAll(listed.Select(static item => item.Task)), Task.WhenAll(loops)).WaitAsync(either.Token);
        await _inventories.CleanUpAsync(_applications, either.Token);
        _ready.Open();
        Log.Started(_log, _applications.Count, _objects.Count);
        var workers = Enumerable.Range(0, _options.Workers).Select(index => WorkAsync(index, either.Token, stoppingToken, cutToken)).ToList();

        // A loop that ends has a broken invariant, or was stopped: the host goes down with it.
        await await Task.WhenAny([.. loops, .. workers]);
        await Task.WhenAll(workers);
    }

    private async Task LoadInventoriesAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await _inventories.LoadAllAsync(_options.Namespaces, cancellationToken);
                return;
            }
            catch (Exception failure) when (failure is ApiException or ApiConnectionException)
            {
                Log.StartBlocked(_log, "the inventories", failure.Message);
                await Task.Delay(StartRetry, _time, cancellationToken);
            }
        }
    }

    private async Task WatchApplicationsAsync(string scope, TaskCompletionSource listed, CancellationToken cancellationToken)
    {
        var present = new HashSet<NamespacedName>();
        await foreach (var item in _client.WatchAsync(Names.Application, scope, new WatchOptions(), cancellationToken))
        {
            switch (item.Type)
            {
                case WatchEventType.Restarted:
                    present.Clear();
                    break;
                case WatchEventType.InitItem:
                    present.Add(new(item.Object!.Namespace, item.Object.Name));
                    Take(item.Object!);
                    break;
                case WatchEventType.Applied:
                    Take(item.Object!);
                    break;
                case WatchEventType.InitDone:
                    foreach (var gone in _applications.Keys.Where(key => (scope.Length == 0 || key.Namespace == scope) && !present.Contains(key)).ToList())
                    {
                        Drop(gone);
                    }

                    listed.TrySetResult();
                    break;
                case WatchEventType.Deleted:
                    Drop(new(item.Object!.Namespace, item.Object.Name));
                    break;
                case WatchEventType.Interrupted:
                    Log.WatchInterrupted(_log, Names.ApplicationKind, item.Error?.Message ?? string.Empty);
                    break;
                default:
                    break;
            }
        }
    }

    private void Take(KubernetesObject found)
    {
        var application = ApplicationResource.Parse(found) with { ReadAt = _time.GetUtcNow() };
        _metrics.Each.Saw(application.Key.Namespace, application.Key.Name);
        if (_applications.Set(application))
        {
            _queue.Trigger(application.Key);
            TriggerDependents(application.Key);
        }
    }

    private void Drop(NamespacedName key)
    {
        _applications.Remove(key);
        _queue.Trigger(key);
        TriggerDependents(key);
    }

    private void TriggerDependents(NamespacedName key)
    {
        foreach (var dependent in _applications.Dependencies.DependentsOf(key))
        {
            _queue.Trigger(dependent);
        }
    }

    private async Task WorkAsync(int index, CancellationToken waitToken, CancellationToken stoppingToken, CancellationToken cutToken)
    {
        using var loop = _health.AddLoop($"worker-{index}", WorkLimit);
        while (!stoppingToken.IsCancellationRequested)
        {
            loop.Wait();
            NamespacedName key;
            TimeSpan waited;
            try
            {
                (key, waited) = await _queue.TakeAsync(waitToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            loop.Beat();
            _metrics.QueueWaited(waited);
            try
            {
                await PassAsync(key, cutToken);
            }
            finally
            {
                _queue.Done(key);
            }
        }
    }

    private async Task PassAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        var cause = _queue.TakeCause(key);
        if (_applications.Find(key) is not { } application)
        {
            await ForgetAsync(key, cancellationToken);
            return;
        }

        if (Annotations.Find(application.Metadata.Annotations, Annotations.SkipReconcile) == "true")
        {
            // Left alone, status and all, until the annotation goes.
            return;
        }

        if (await RuntimeAsync(application, cancellationToken) is { } runtime)
        {
            await _pipeline.RunAsync(new ReconcileContext(runtime, application, _time.GetUtcNow()) { Cause = cause }, cancellationToken);
        }
    }

    /// <returns>Null: what another Application of that name has left could not be let go yet.</returns>
    private async Task<ApplicationRuntime?> RuntimeAsync(ApplicationResource application, CancellationToken cancellationToken)
    {
        try
        {
            return await _applications.RuntimeAsync(application, _inventories, cancellationToken);
        }
        catch (Exception failure) when (failure is ApiException or ApiConnectionException)
        {
            Log.ForgetFailed(_log, application.Key.ToString(), failure.Message);
            _queue.TriggerAfter(application.Key, StartRetry);
            return null;
        }
    }

    private async Task ForgetAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        using var audit = AuditScope.Gone(key);
        try
        {
            await _applications.ForgetAsync(key, _inventories, cancellationToken);
            await _applications.Missing(key, cancellationToken);
        }
        catch (Exception failure) when (failure is ApiException or ApiConnectionException)
        {
            // What holds its pages and hooks has still to be taken off.
            Log.ForgetFailed(_log, key.ToString(), failure.Message);
            _queue.TriggerAfter(key, StartRetry);
        }
    }
}

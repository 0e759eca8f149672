using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Apply;
using GitOps.Operator.Auditing;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Health;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Reports;
using GitOps.Operator.Status;
using GitOps.Operator.Sync;

namespace GitOps.Operator.Reconcile.Syncing;

/// <summary>
/// Runs hooks. Each carries the run it belongs to, so that one left from before is not taken for this one's; a finalizer holds
/// it until the attempt has ended; and that it is about to be created stands in the stored status before it is, as does its
/// result before it goes: whoever takes over finds what is there, and runs nothing twice.
/// </summary>
internal sealed class HookRunner
{
    private const string Propagation = "Background";
    private static readonly TimeSpan StartRetry = TimeSpan.FromSeconds(2);
    private static readonly string[] Finalizers = [Names.HookFinalizer, Annotations.ArgoPrefix + "hook-finalizer"];

    private readonly IKubernetesClient _client;
    private readonly ObjectFollower _watches;
    private readonly HookRoom _room;
    private readonly StatusReporter _reporter;
    private readonly OperatorEvents _events;
    private readonly TimeProvider _time;

    public HookRunner(
        IKubernetesClient client, ObjectFollower watches, HookRoom room, StatusReporter reporter, OperatorEvents events, TimeProvider time)
    {
        _client = client;
        _watches = watches;
        _room = room;
        _reporter = reporter;
        _events = events;
        _time = time;
    }

    /// <summary>How a hook stands; reads it unless its result is known.</summary>
    public async Task<TaskState> StateOfAsync(ReconcileContext context, SyncOperation operation, SyncTask task, CancellationToken cancellationToken)
    {
        var id = (task.Key, task.Phase);
        if (operation.Hooks.TryGetValue(id, out var outcome) && outcome.HasEnded)
        {
            return outcome.Phase == OperationPhase.Succeeded
                ? new(TaskProgress.Succeeded)
                : new(TaskProgress.Failed, outcome.Message);
        }

        if (context.HookStates.TryGetValue(id, out var known))
        {
            return known;
        }

        if (await ResourceAsync(task, cancellationToken) is not { } resource)
        {
            return context.HookStates[id] = new(TaskProgress.Waiting);
        }

        Follow(context, operation, resource, task.Key);
        var live = await _client.GetAsync(resource, task.Key.Namespace, task.Key.Name, cancellationToken);
        if (live is null || !IsOfRun(live, context.Key, operation, task.Phase))
        {
            return context.HookStates[id] = outcome is { IsCreated: true }
                ? End(operation, id, OperationPhase.Error, $"{task.Key} was deleted before its result was read")
                : new(TaskProgress.Waiting);
        }

        return context.HookStates[id] = Judge(context, operation, task, live);
    }

    /// <summary>Every hook that an attempt may run.</summary>
    public static InventoryHooks All(SyncOperation operation, IEnumerable<HookObject> hooks) => new()
    {
        Run = RunOf(operation),
        Objects =
        [
            .. hooks.SelectMany(hook => hook.Marks.Phases.Where(static phase => phase is not (SyncPhase.PreDelete or SyncPhase.PostDelete))
                    .Select(phase => hook.KeyIn(phase, operation.Revision, operation.AttemptStartedAt)))
                .Distinct().Order().Select(InventoryKey.Of),
        ],
    };

    /// <summary>
    /// The Application went while nobody was there to see it: what its last sync may have left held is let go. What does not say
    /// of itself that it is a hook of that Application and of that run is somebody else's.
    /// </summary>
    public async Task LetGoAsync(NamespacedName application, InventoryHooks hooks, CancellationToken cancellationToken)
    {
        using var audit = AuditScope.For(AuditReason.Hook);
        foreach (var key in hooks.Objects.Select(static item => item.ToKey()))
        {
            if ((await _client.Discovery.FindPreferredAsync(key.GroupKind, cancellationToken)).Resource is { } resource
                && await _client.GetAsync(resource, key.Namespace, key.Name, cancellationToken) is { } live
                && live.Annotation(Names.HookOfAnnotation) == application.ToString()
                && live.Annotation(Names.HookRunAnnotation)?.StartsWith(hooks.Run, StringComparison.Ordinal) == true)
            {
                await LetGoAsync(_client, resource, live, cancellationToken);
            }
        }
    }

    /// <summary>Stores that these hooks are about to be created: from then on they are found, whatever happens.</summary>
    public async Task AnnounceAsync(ReconcileContext context, SyncOperation operation, IEnumerable<SyncTask> tasks, CancellationToken cancellationToken)
    {
        foreach (var task in tasks)
        {
            operation.Hooks.TryAdd((task.Key, task.Phase), new(OperationPhase.Running, null) { IsCreated = false });
        }

        await StoreAsync(context, operation, cancellationToken);
    }

    /// <summary>Creates a hook, or makes room for it first.</summary>
    public async Task StartAsync(ReconcileContext context, SyncOperation operation, SyncTask task, CancellationToken cancellationToken)
    {
        var id = (task.Key, task.Phase);
        using var audit = AuditScope.For(AuditReason.Hook);
        try
        {
            context.HookStates[id] = await ResourceAsync(task, cancellationToken) is { } resource
                ? await StartAsync(context, operation, task, resource, cancellationToken)
                : Delayed(context, operation, task, $"the server does not serve {task.Hook!.Type} yet", StartRetry);
        }
        catch (ApiException refusal) when (refusal.IsTransient)
        {
            context.HookStates[id] = Delayed(context, operation, task, ApplyFailures.Describe(task.Key, refusal), refusal.RetryAfter ?? StartRetry);
        }
        catch (ApiException refusal) when (!refusal.IsConflict && !refusal.IsUnauthorized)
        {
            var failed = ApplyFailures.From(task.Key, task.Hook!.Location, refusal);
            context.HookStates[id] = Refuse(operation, task, new(task.Key, failed.Message!, failed.IsPermanent, failed.RetryAfter));
        }
    }

    /// <summary>Lets go of the hooks of an attempt that has ended, and deletes those whose policy says so.</summary>
    /// <param name="context">The pass.</param>
    /// <param name="operation">What has ended.</param>
    /// <param name="policy">HookSucceeded or HookFailed.</param>
    /// <param name="cancellationToken">Stops before the next request.</param>
    public async Task ReleaseAsync(ReconcileContext context, SyncOperation operation, HookDeletion policy, CancellationToken cancellationToken)
    {
        if (operation.Hooks.Count == 0)
        {
            return;
        }

        var deletions = new Dictionary<ObjectKey, HookDeletion>();
        foreach (var hook in context.Runtime.Target!.Hooks)
        {
            foreach (var phase in hook.Marks.Phases)
            {
                deletions[hook.KeyIn(phase, operation.Revision, operation.AttemptStartedAt)] = hook.Marks.Deletion;
            }
        }

        // Once an object is gone, its result is in no other place.
        await StoreAsync(context, operation, cancellationToken);
        await ReleaseAsync(
            context, operation, (live, outcome) => !outcome.HasEnded || deletions.GetValueOrDefault(live.Key).HasFlag(policy), cancellationToken);
    }

    /// <summary>
    /// Lets go of the hooks that have ended, and deletes those whose own annotations say so: of a deletion, whose manifests need not
    /// be at hand any more.
    /// </summary>
    /// <param name="context">The pass.</param>
    /// <param name="operation">Whose hooks.</param>
    /// <param name="deletes">Whether those that have succeeded go where they say HookSucceeded.</param>
    /// <param name="cancellationToken">Stops before the next request.</param>
    public async Task CleanUpAsync(ReconcileContext context, SyncOperation operation, bool deletes, CancellationToken cancellationToken)
    {
        // Once an object is gone, its result is in no other place.
        await StoreAsync(context, operation, cancellationToken);
        await ReleaseAsync(context, operation, (live, outcome) =>
        {
            var policy = MarkReader.Read(live, []).Deletion;
            return outcome.Phase == OperationPhase.Succeeded ? deletes && policy.HasFlag(HookDeletion.HookSucceeded) : policy.HasFlag(HookDeletion.HookFailed);
        }, cancellationToken);
    }

    /// <summary>Takes a hook that has failed away, so that it is run again in the same attempt.</summary>
    /// <returns>False: something still holds it.</returns>
    public async Task<bool> ClearAsync(ReconcileContext context, SyncOperation operation, SyncTask task, CancellationToken cancellationToken)
    {
        using var audit = AuditScope.For(AuditReason.Hook);
        if (await ResourceAsync(task, cancellationToken) is { } resource
            && await _client.GetAsync(resource, task.Key.Namespace, task.Key.Name, cancellationToken) is { } live
            && IsOfRun(live, context.Key, operation, task.Phase))
        {
            Follow(context, operation, resource, task.Key);
            await DeleteAsync(context.Writer, resource, live, cancellationToken);
            if (await _client.GetAsync(resource, task.Key.Namespace, task.Key.Name, cancellationToken) is { } held && held.Uid == live.Uid)
            {
                return false;
            }
        }

        operation.Hooks.Remove((task.Key, task.Phase));
        operation.Failures.Remove(task.Key);
        context.HookStates.Remove((task.Key, task.Phase));
        return true;
    }

    /// <summary>Deletes the hooks that still run, and lets go of the others: the attempt they belong to will not go on.</summary>
    public Task BreakOffAsync(ReconcileContext context, SyncOperation operation, CancellationToken cancellationToken) =>
        ReleaseAsync(context, operation, static (_, outcome) => !outcome.HasEnded, cancellationToken);

    /// <summary>The Application goes, or is gone: nobody will ask for the results of the hooks of its sync any more.</summary>
    /// <param name="application">Whose sync it was.</param>
    /// <param name="operation">The sync that was under way; null: none.</param>
    /// <param name="writer">Deletes the hooks that still run; null: they are left to themselves.</param>
    /// <param name="cancellationToken">Stops before the next request.</param>
    public Task AbandonAsync(NamespacedName application, SyncOperation? operation, IKubernetesClient? writer, CancellationToken cancellationToken) =>
        operation is null
            ? Task.CompletedTask
            : ReleaseAsync(application, operation, writer ?? _client, (_, outcome) => writer is not null && !outcome.HasEnded, static _ => { }, cancellationToken);

    private Task ReleaseAsync(
        ReconcileContext context, SyncOperation operation, Func<KubernetesObject, HookOutcome, bool> deletes, CancellationToken cancellationToken) =>
        ReleaseAsync(
            context.Key, operation, context.Writer, deletes, note => _events.Warning(context.Application, "HookLeft", "Sync", note), cancellationToken);

    private async Task ReleaseAsync(
        NamespacedName application, SyncOperation operation, IKubernetesClient writer, Func<KubernetesObject, HookOutcome, bool> deletes,
        Action<string> warn, CancellationToken cancellationToken)
    {
        using var audit = AuditScope.For(AuditReason.Hook);
        foreach (var ((key, phase), outcome) in operation.Hooks)
        {
            if ((await _client.Discovery.FindPreferredAsync(key.GroupKind, cancellationToken)).Resource is not { } resource
                || await _client.GetAsync(resource, key.Namespace, key.Name, cancellationToken) is not { } live
                || !IsOfRun(live, application, operation, phase))
            {
                continue;
            }

            try
            {
                if (deletes(live, outcome))
                {
                    await DeleteAsync(writer, resource, live, cancellationToken);
                }
                else
                {
                    await LetGoAsync(writer, resource, live, cancellationToken);
                }
            }
            catch (ApiException refusal) when (refusal.IsForbidden)
            {
                // Who may create a hook need not be able to delete it: that holds up no sync. The finalizer is the operator's own.
                await LetGoAsync(_client, resource, live, cancellationToken);
                warn($"{key} stays: {refusal.Message}");
            }
        }

        operation.Followed.Clear();
        _watches.Follow(application, []);
    }

    // Two Applications of one commit may begin in the same second, with hooks of the same name.
    private static bool IsOfRun(KubernetesObject live, NamespacedName application, SyncOperation operation, SyncPhase phase) =>
        live.Annotation(Names.HookRunAnnotation) == RunOf(operation, phase) && live.Annotation(Names.HookOfAnnotation) == application.ToString();

    private static string RunOf(SyncOperation operation, SyncPhase phase) => $"{RunOf(operation)}{phase}";

    private static string RunOf(SyncOperation operation) =>
        $"{Revisions.Tag(operation.Revision)}-{operation.AttemptStartedAt.ToUnixTimeSeconds()}-";

    private static TaskState End(SyncOperation operation, (ObjectKey Key, SyncPhase Phase) id, OperationPhase phase, string? message)
    {
        operation.Hooks[id] = new(phase, message);
        return phase == OperationPhase.Succeeded ? new(TaskProgress.Succeeded) : new(TaskProgress.Failed, message);
    }

    private static TaskState Refuse(SyncOperation operation, SyncTask task, SyncFailure failure)
    {
        operation.Failures[task.Key] = failure;
        return End(operation, (task.Key, task.Phase), OperationPhase.Error, failure.Message);
    }

    private async Task<ApiResource?> ResourceAsync(SyncTask task, CancellationToken cancellationToken) =>
        (await _client.Discovery.FindAsync(task.Hook!.Type, cancellationToken)).Resource;

    // All that the attempt has followed so far: a watch that ends and begins again tells of everything it lists.
    private void Follow(ReconcileContext context, SyncOperation operation, ApiResource resource, ObjectKey key)
    {
        if (operation.Followed.TryAdd(key, resource))
        {
            _watches.Follow(context.Key, [.. operation.Followed.Select(static pair => (pair.Value, pair.Key))]);
        }
    }

    private TaskState Judge(ReconcileContext context, SyncOperation operation, SyncTask task, KubernetesObject live)
    {
        var id = (task.Key, task.Phase);
        var health = HealthRules.BuiltIn.Assess(live);
        switch (health?.Code)
        {
            case null or HealthCode.Healthy:
                return End(operation, id, OperationPhase.Succeeded, health?.Message);
            case HealthCode.Degraded or HealthCode.Unknown or HealthCode.Missing:
                return End(operation, id, OperationPhase.Failed, $"{task.Key} failed{SyncTasks.Because(health.Message)}");
            default:
                break;
        }

        if (live.IsTerminating)
        {
            return End(operation, id, OperationPhase.Error, $"{task.Key} was deleted while it ran");
        }

        var created = TimestampConverter.TryParse(KubernetesObject.GetString(live.Metadata, "creationTimestamp"), out var time) ? time : _time.GetUtcNow();
        var deadline = created + context.Spec.Deadlines.Hook;
        if (deadline <= _time.GetUtcNow())
        {
            return End(operation, id, OperationPhase.Failed,
                $"{task.Key} has not ended within {GoDuration.Format(context.Spec.Deadlines.Hook)} (spec.deadlines.hook){SyncTasks.Because(health.Message)}");
        }

        context.LookAgain(deadline);
        operation.Hooks[id] = new(OperationPhase.Running, health.Message);
        return new(TaskProgress.Running, $"{task.Key} runs{SyncTasks.Because(health.Message)}");
    }

    /// <summary>It cannot be created now. What never can be has failed when its deadline is over.</summary>
    private TaskState Delayed(ReconcileContext context, SyncOperation operation, SyncTask task, string message, TimeSpan? after)
    {
        var now = _time.GetUtcNow();
        var deadline = (operation.At?.Since ?? context.Now) + context.Spec.Deadlines.Hook;
        if (deadline <= now)
        {
            return End(operation, (task.Key, task.Phase), OperationPhase.Error,
                $"{task.Key} ({task.Hook!.Location}) could not be created within {GoDuration.Format(context.Spec.Deadlines.Hook)} (spec.deadlines.hook): {message}");
        }

        context.LookAgain(after is { } wait && now + wait < deadline ? now + wait : deadline);
        return new(TaskProgress.Running, $"{task.Key} ({task.Hook!.Location}): {message}");
    }

    private async Task<TaskState> StartAsync(
        ReconcileContext context, SyncOperation operation, SyncTask task, ApiResource resource, CancellationToken cancellationToken)
    {
        Follow(context, operation, resource, task.Key);
        var live = await _client.GetAsync(resource, task.Key.Namespace, task.Key.Name, cancellationToken);
        if (live is not null && !IsOfRun(live, context.Key, operation, task.Phase))
        {
            switch (await _room.MakeAsync(context, task, live, cancellationToken))
            {
                case { Failure: { } failure }:
                    return Refuse(operation, task, failure);
                case { Waiting: { } waiting, Retry: var retry }:
                    return Delayed(context, operation, task, waiting, retry);
                case { DeletesLeftover: true }:
                    // Of a former phase of this attempt, the result is in no other place once the object is gone.
                    await StoreAsync(context, operation, cancellationToken);
                    await DeleteAsync(context.Writer, resource, live, cancellationToken);
                    if (await _client.GetAsync(resource, task.Key.Namespace, task.Key.Name, cancellationToken) is not null)
                    {
                        return Delayed(context, operation, task, $"waiting for the former {task.Key} to go", after: null);
                    }

                    break;
                default:
                    break;
            }
        }

        var wanted = KubernetesObject.Parse(task.Hook!.Json);
        wanted.Metadata!["name"] = task.Key.Name;
        wanted.Metadata.Remove("generateName");
        wanted.Metadata["annotations"]!.AsObject()[Names.HookRunAnnotation] = RunOf(operation, task.Phase);
        var answer = await context.Writer.ApplyAsync(resource, wanted, new ApplyOptions(Names.FieldManager), cancellationToken);
        operation.Hooks[(task.Key, task.Phase)] = new(OperationPhase.Running, null);
        return Judge(context, operation, task, answer.Object);
    }

    private async Task StoreAsync(ReconcileContext context, SyncOperation operation, CancellationToken cancellationToken)
    {
        if (!operation.IsStored)
        {
            var isDeletion = context.Application.Metadata.IsTerminating;
            await _reporter.ReportAsync(
                context,
                isDeletion ? StepResult.Wait("Deleting", "hooks of the deletion are under way") : StepResult.Wait("Progressing", "the sync is under way"),
                cancellationToken);
        }
    }

    private static async Task DeleteAsync(IKubernetesClient writer, ApiResource resource, KubernetesObject live, CancellationToken cancellationToken)
    {
        if (!live.IsTerminating)
        {
            await writer.DeleteAsync(resource, live.Namespace, live.Name, new DeleteOptions(Propagation, live.Uid), cancellationToken);
        }

        await LetGoAsync(writer, resource, live, cancellationToken);
    }

    private static async Task LetGoAsync(IKubernetesClient writer, ApiResource resource, KubernetesObject live, CancellationToken cancellationToken)
    {
        // Tested one by one: a finalizer that somebody adds meanwhile stays.
        for (var index = live.Finalizers.Count - 1; index >= 0; index--)
        {
            if (!Finalizers.Contains(live.Finalizers[index], StringComparer.Ordinal))
            {
                continue;
            }

            var path = $"/metadata/finalizers/{index}";
            try
            {
                await writer.PatchAsync(
                    resource, live.Namespace, live.Name, PatchType.Json,
                    new JsonArray(
                        new JsonObject { ["op"] = "test", ["path"] = path, ["value"] = live.Finalizers[index] },
                        new JsonObject { ["op"] = "remove", ["path"] = path }),
                    new WriteOptions(Names.FieldManager), cancellationToken);
            }
            catch (ApiException refusal) when (refusal.IsNotFound)
            {
                return;
            }
        }
    }
}

using System.Collections.Immutable;
using GitOps.Operator.Api;
using GitOps.Operator.Observability;
using GitOps.Operator.Reconcile.Reports;
using GitOps.Operator.Reconcile.Syncing;
using GitOps.Operator.Status;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Reconcile.Requests;

/// <summary>
/// Breaks a sync off where somebody wants that: by the annotation <c>terminate</c> with its id, or as in Argo CD by setting
/// <c>status.operationState.phase</c> to <c>Terminating</c>. What was written stays; hooks that run are deleted.
/// </summary>
internal sealed class Terminations
{
    public const string Message = "Operation terminated";

    private readonly HookRunner _hooks;
    private readonly ApplicationPatches _patches;
    private readonly SyncRequests _requests;
    private readonly OperatorEvents _events;
    private readonly OperatorMetrics _metrics;
    private readonly ILogger<Terminations> _log;

    public Terminations(
        HookRunner hooks, ApplicationPatches patches, SyncRequests requests, OperatorEvents events, OperatorMetrics metrics,
        ILogger<Terminations> log)
    {
        _hooks = hooks;
        _patches = patches;
        _requests = requests;
        _events = events;
        _metrics = metrics;
        _log = log;
    }

    public async Task RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var application = context.Application;
        var runtime = context.Runtime;
        if (application.Status.OperationState is { Phase: OperationPhase.Terminating } asked
            && runtime.TerminationSeen != application.Metadata.ResourceVersion)
        {
            // Where nothing runs any more, the status still has to say again what became of it.
            runtime.StoredStatus = null;
            await TerminateAsync(context, asked.Id, "by its phase in the status", cancellationToken);
            runtime.TerminationSeen = application.Metadata.ResourceVersion;
        }

        if (!application.Metadata.Annotations.TryGetValue(Annotations.Terminate, out var id))
        {
            return;
        }

        if (await TerminateAsync(context, id, By(context), cancellationToken))
        {
            // The annotation goes in the next pass, when the status says that this has been done.
            context.LookAgain(context.Now);
            return;
        }

        if (runtime.Status.OperationState?.Id != id)
        {
            var current = runtime.Operation?.Id ?? runtime.Status.OperationState?.Id;
            _events.Warning(application, "TerminationIgnored", "Sync",
                $"no operation {id} is under way{(current is null ? string.Empty : $"; the last one is {current}")}");
        }

        await _patches.RemoveAnnotationsAsync(context, [Annotations.Terminate], cancellationToken);
    }

    private static string By(ReconcileContext context) =>
        context.Application.AskedBy.GetValueOrDefault(Annotations.Terminate)?.ToString() ?? "by annotation";

    /// <returns>Whether there was something to break off.</returns>
    private async Task<bool> TerminateAsync(ReconcileContext context, string? id, string by, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        SyncAttempt ended;
        if (runtime.Operation is { } operation && operation.Id == id)
        {
            await _hooks.BreakOffAsync(context, operation, cancellationToken);
            ended = Attempt(context, operation) with { Message = $"{Message} {by}" };
        }
        else if (runtime is { Operation: null, Attempt: { Permanent: false } attempt } && attempt.Id == id)
        {
            ended = attempt with { NotBefore = null, Permanent = true, Message = $"{Message} {by}; before that: {attempt.Message}" };
        }
        else
        {
            return false;
        }

        await _requests.EndAsync(context, ended.Asked, cancellationToken);
        runtime.Attempt = ended with { EndedAt = context.Now };
        runtime.Operation = null;
        runtime.Finished = null;
        runtime.WaitingForKindSince = null;
        _metrics.SyncEnded(context.Key, MetricLabels.SyncResult.Terminated);
        Log.Terminated(_log, context.Key, id!, by);
        _events.Warning(context.Application, "Terminated", "Sync", $"operation {id} was terminated {by}");
        return true;
    }

    private static SyncAttempt Attempt(ReconcileContext context, SyncOperation operation) => new(
        operation.Revision, context.Application.Metadata.Generation, operation.StartedAt, operation.Retries + 1, null, Permanent: true, null,
        operation.Failures.ToImmutableDictionary(static pair => pair.Key, static pair => pair.Value.Message))
    {
        Id = operation.Id,
        SpecHash = context.Runtime.SpecHash,
        Trigger = operation.Trigger,
        Cause = operation.Cause,
        Asked = operation.Asked,
        InitiatedBy = operation.InitiatedBy,
        ApprovedBy = operation.ApprovedBy,
        Supersedes = operation.Supersedes,
        Rows = OperationRows.Of(operation),
    };
}

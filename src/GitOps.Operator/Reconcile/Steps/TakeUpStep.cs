using System.Globalization;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Requests;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>
/// Whether what was asked for can be begun, now that it is known what it renders to; and whether what is held back after a
/// failure may be tried again.
/// </summary>
internal sealed class TakeUpStep : IReconcileStep
{
    private readonly SyncRequests _requests;
    private readonly ManagedObjects _objects;

    public TakeUpStep(SyncRequests requests, ManagedObjects objects)
    {
        _requests = requests;
        _objects = objects;
    }

    public string Name => "take-up";

    public Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        if (context.Held is not null)
        {
            // The repository is being asked: nothing can be said of a request yet.
            return Task.FromResult(StepResult.Continue);
        }

        if (runtime.Attempt is { Permanent: true } failed && failed.Sick.Any(key => _objects.StateOf(key)?.Health?.Code == HealthCode.Healthy))
        {
            // An object on which the sync failed has recovered: worth another attempt.
            runtime.Attempt = null;
        }

        if (context.InvalidAnnotation is { } mistake)
        {
            context.Held = (SourceProblem.InvalidAnnotation, mistake);
        }
        else if (context.IsExact && !IsAtWanted(context))
        {
            context.Held = ("RevisionUnavailable", context.SourceProblem?.Message ?? $"{context.WantedRevision} has not been read yet");
        }

        if (context.Request is not { } request)
        {
            return Task.FromResult(StepResult.Continue);
        }

        var isNew = SyncRequests.IsNew(context);
        if (isNew && Refusal(context, request) is { } refusal)
        {
            _requests.Refuse(context, request.Asked, refusal);
            context.Spec = runtime.Validation!.Spec!;
            if (!request.Revisions.IsEmpty && context.IsExact)
            {
                // It was about the revision that was asked for, and says nothing about the one of the spec.
                context.SourceProblem = null;
            }
        }
        else if (isNew && (context.SourceProblem is not null || context.Revision is null || runtime.CheckedRevision != context.Revision))
        {
            context.Held ??= ("FetchingSource", context.SourceProblem?.Message ?? "a sync was asked for; waiting for the repository");
        }
        else if (request.DryRun)
        {
            context.Held ??= ("DryRun", "a dry run was asked for: nothing is written");
        }
        else if (isNew)
        {
            // Somebody wants it to be tried, whatever became of the last attempt.
            runtime.Attempt = null;
        }

        return Task.FromResult(StepResult.Continue);
    }

    private static bool IsAtWanted(ReconcileContext context) =>
        context.Runtime.Target is { } target && context.Revision is not null && target.Revision == context.Revision;

    private static string? Refusal(ReconcileContext context, SyncRequest request)
    {
        var spec = context.Runtime.Validation!.Spec!;
        if (!request.Revisions.IsEmpty)
        {
            if (context.Rollback is { } pin && !Revisions.Split(pin.State.Revision).Zip(request.Revisions)
                    .All(static pair => pair.Second is null || pair.First.StartsWith(pair.Second, StringComparison.Ordinal)))
            {
                return $"{request.RevisionField}: the Application is held at {Revisions.Short(pin.State.Revision)} by the annotation {Annotations.RollbackTo}; "
                    + "take that off first";
            }

            if (!context.IsExact && context.Resolved is { } resolved && !resolved.Items.Zip(request.Revisions)
                    .All(static pair => OperationRules.IsNewest(pair.Second, pair.First.Source, pair.First.Revision)))
            {
                return $"{request.RevisionField}: automated sync is on, and is at {spec.RevisionNames}; "
                    + $"remove spec.syncPolicy.automated to sync to {string.Join(',', request.Revisions)}, or go back with the annotation {Annotations.RollbackTo}";
            }
        }

        if (context.SourceProblem is { NeedsUser: true } problem)
        {
            return request.Revisions.IsEmpty ? problem.Message : $"{request.RevisionField}: {problem.Message}";
        }

        return context.Runtime.Target is { } target ? Unknown(context, target, request) : null;
    }

    /// <summary>An object that is named and is nowhere: most likely a slip of the pen.</summary>
    private static string? Unknown(ReconcileContext context, Rendering target, SyncRequest request)
    {
        for (var i = 0; i < request.Resources.Length; i++)
        {
            var selector = request.Resources[i];
            var isKnown = target.Objects.Any(item => SyncRequest.Selects(selector, item.Key))
                || context.Runtime.Inventory!.Entries.Keys.Any(key => SyncRequest.Selects(selector, key))
                || target.Unmapped.Any(item => SyncRequest.Selects(selector with { Namespace = null }, new ObjectKey(item.Type.Group, item.Type.Kind, string.Empty, item.Name)));
            if (!isKnown)
            {
                return string.Create(CultureInfo.InvariantCulture,
                    $"operation.sync.resources[{i}]: the Application has no {selector.Kind}{(string.IsNullOrEmpty(selector.Group) ? string.Empty : "." + selector.Group)} {(string.IsNullOrEmpty(selector.Namespace) ? string.Empty : selector.Namespace + "/")}{selector.Name}; hooks cannot be named");
            }
        }

        return null;
    }
}

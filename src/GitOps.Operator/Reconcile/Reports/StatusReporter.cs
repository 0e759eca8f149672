using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Gates;
using GitOps.Operator.Status;

namespace GitOps.Operator.Reconcile.Reports;

/// <summary>Stores the status of an Application after a pass, if it says anything new.</summary>
internal sealed class StatusReporter
{
    private readonly StatusWriter _writer;
    private readonly ManagedObjects _objects;
    private readonly OperatorEvents _events;
    private readonly TimeProvider _time;
    private readonly Action<NamespacedName> _changed;

    /// <param name="writer">Stores it.</param>
    /// <param name="objects">What the watches know.</param>
    /// <param name="events">Tell of changes in health.</param>
    /// <param name="time">Of what is reported.</param>
    /// <param name="changed">Told when an Application stands otherwise for those that depend on it.</param>
    public StatusReporter(StatusWriter writer, ManagedObjects objects, OperatorEvents events, TimeProvider time, Action<NamespacedName> changed)
    {
        _writer = writer;
        _objects = objects;
        _events = events;
        _time = time;
        _changed = changed;
    }

    public async Task ReportAsync(ReconcileContext context, StepResult result, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        if ((context.Application.Metadata.IsTerminating && result.Verdict == StepVerdict.Done)
            || (result.IsQuiet && runtime.Status.ObservedGeneration == context.Application.Metadata.Generation))
        {
            return;
        }

        runtime.Told ??= runtime.Status;
        var status = StatusBuilder.Build(context, result, _objects.Of(context.Key), _time.GetUtcNow());
        var json = status.ToJson();
        var text = KubernetesJson.ToText(json);
        runtime.Status = status;
        if (text != runtime.StoredStatus && await _writer.WriteAsync(context.Application.Metadata, json, cancellationToken))
        {
            runtime.StoredStatus = text;
        }

        if (text == runtime.StoredStatus && runtime.Operation is { } operation && status.OperationState?.AttemptStartedAt == operation.AttemptStartedAt)
        {
            operation.Stored();
        }

        if (text == runtime.StoredStatus)
        {
            TellOfHealth(context, status);
        }

        Tell(context, status);
    }

    private void TellOfHealth(ReconcileContext context, ApplicationStatus status)
    {
        foreach (var news in HealthNews.Between(context.Runtime.Told!, status))
        {
            if (news.IsWarning)
            {
                _events.Warning(context.Application, news.Reason, "Assess", news.Note);
            }
            else
            {
                _events.Normal(context.Application, news.Reason, "Assess", news.Note);
            }
        }

        if (SecretNews.Between(context.Runtime.Told!, status) is { } secrets)
        {
            _events.Warning(context.Application, secrets.Reason, "Render", secrets.Note);
        }

        context.Runtime.Told = status;
    }

    private void Tell(ReconcileContext context, ApplicationStatus status)
    {
        var runtime = context.Runtime;
        var reported = new ReportedState(
            context.Application.Metadata.Generation, status.Sync?.Status ?? SyncCode.Unknown, status.Health?.Status ?? HealthCode.Unknown,
            status.Condition(Conditions.Ready)?.IsTrue == true, context.SourceProblem is null ? runtime.CheckedRevision : null);
        if (reported != runtime.Reported)
        {
            runtime.Reported = reported;
            _changed(context.Key);
        }
    }
}

using GitOps.Kubernetes.Objects;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Status;

namespace GitOps.Operator.Reconcile.Reports;

/// <summary>Stores the status of an Application after a pass, if it says anything new.</summary>
internal sealed class StatusReporter
{
    private readonly StatusWriter _writer;
    private readonly ManagedObjects _objects;
    private readonly TimeProvider _time;

    public StatusReporter(StatusWriter writer, ManagedObjects objects, TimeProvider time)
    {
        _writer = writer;
        _objects = objects;
        _time = time;
    }

    public async Task ReportAsync(ReconcileContext context, StepResult result, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        if ((context.Application.Metadata.IsTerminating && result.Verdict == StepVerdict.Done)
            || (result.IsQuiet && runtime.Status.ObservedGeneration == context.Application.Metadata.Generation))
        {
            return;
        }

        var status = StatusBuilder.Build(context, result, _objects.Of(context.Key), _time.GetUtcNow());
        var json = status.ToJson();
        var text = KubernetesJson.ToText(json);
        runtime.Status = status;
        if (text != runtime.StoredStatus && await _writer.WriteAsync(context.Application.Metadata, json, cancellationToken))
        {
            runtime.StoredStatus = text;
        }
    }
}

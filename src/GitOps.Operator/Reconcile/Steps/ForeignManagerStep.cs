using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Reconcile.Foreign;
using GitOps.Operator.Status;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>
/// Who else has his mark on the Application's objects: from what applies answered, watches told and the preview read. Two that
/// do not know of each other would overwrite each other without end: it is said who, and how to end it.
/// </summary>
internal sealed class ForeignManagerStep : IReconcileStep
{
    private readonly ManagedObjects _objects;
    private readonly HelmReleases _releases;
    private readonly OperatorEvents _events;
    private readonly ILogger<ForeignManagerStep> _log;

    public ForeignManagerStep(ManagedObjects objects, HelmReleases releases, OperatorEvents events, ILogger<ForeignManagerStep> log)
    {
        _objects = objects;
        _releases = releases;
        _events = events;
        _log = log;
    }

    public string Name => "foreign-managers";

    public async Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        var marked = _objects.ForeignOf(context.Key)
            .Concat((runtime.Preview?.Objects ?? []).Where(static item => item.Value.Foreign is not null).Select(static item => (item.Key, item.Value.Foreign!)))
            .DistinctBy(static item => item.Item1);
        var groups = await _releases.KeepLiveAsync(context, ForeignGroup.Of(marked), cancellationToken);
        runtime.ForeignManagers = groups;
        if (groups.IsEmpty)
        {
            return StepResult.Continue;
        }

        var message = ForeignText.Message(groups);
        if (runtime.ToldForeign != message)
        {
            if ((runtime.ToldForeign ?? runtime.Status.Condition(Conditions.ForeignManager)?.Message) != message)
            {
                Log.ForeignManager(_log, context.Key, message);
                _events.Warning(context.Application, Conditions.ForeignManager, "Observe", message);
            }

            runtime.ToldForeign = message;
        }

        return StepResult.Continue;
    }
}

using GitOps.Kubernetes.Http;
using GitOps.Operator.Reconcile.Reports;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Reconcile;

/// <summary>Lets a step store the status before its own work: drift is reported while it is being put right, not afterwards.</summary>
internal sealed class EarlyReport
{
    private readonly StatusReporter _reporter;
    private readonly ILogger<EarlyReport> _log;

    public EarlyReport(StatusReporter reporter, ILogger<EarlyReport> log)
    {
        _reporter = reporter;
        _log = log;
    }

    /// <summary>A report that cannot be stored is no reason not to heal: the one at the end of the pass is tried again.</summary>
    public async Task ReportAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        try
        {
            await _reporter.ReportAsync(context, StepResult.Wait("Healing", "setting drift right"), cancellationToken);
        }
        catch (Exception failure) when (failure is ApiException or ApiConnectionException)
        {
            Log.StepFailed(_log, context.Key, "early report", failure.Message);
        }
    }
}

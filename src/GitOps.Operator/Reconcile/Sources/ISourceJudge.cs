namespace GitOps.Operator.Reconcile.Sources;

/// <summary>Whether what the sources were resolved to may be deployed: signatures, allowed revisions. Asked before anything of it is read.</summary>
internal interface ISourceJudge
{
    /// <summary>Goes on with what may be deployed: what was resolved, else what could be verified last. Nothing else is opened.</summary>
    /// <param name="context">Of the pass.</param>
    /// <param name="resolved">What the sources are at.</param>
    /// <param name="next">Opens and renders what it is given.</param>
    /// <param name="cancellationToken">Ends the pass.</param>
    Task<StepResult> ThenAsync(
        ReconcileContext context, ResolvedSources resolved, Func<ReconcileContext, ResolvedSources, CancellationToken, Task<StepResult>> next,
        CancellationToken cancellationToken);
}

/// <summary>Lets everything pass.</summary>
internal sealed class NoSourceJudge : ISourceJudge
{
    public static readonly NoSourceJudge Instance = new();

    public Task<StepResult> ThenAsync(
        ReconcileContext context, ResolvedSources resolved, Func<ReconcileContext, ResolvedSources, CancellationToken, Task<StepResult>> next,
        CancellationToken cancellationToken) => next(context, resolved, cancellationToken);
}

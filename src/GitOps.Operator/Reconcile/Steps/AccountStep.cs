namespace GitOps.Operator.Reconcile.Steps;

/// <summary>Before anything is written: whether there still is somebody to write as.</summary>
internal sealed class AccountStep : IReconcileStep
{
    private readonly Accounts _accounts;

    public AccountStep(Accounts accounts) => _accounts = accounts;

    public string Name => "account";

    public async Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken) =>
        context.Syncing || context.Heals.Count > 0
            ? await _accounts.CheckAsync(context, cancellationToken) ?? StepResult.Continue
            : StepResult.Continue;
}

using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Deleting;

/// <summary>As whom the objects of an Application are deleted.</summary>
/// <param name="Writer">Deletes.</param>
/// <param name="Account">Whose rights it has otherwise; null: the operator's.</param>
/// <param name="IsGone">The account does not exist: nothing may be deleted in its name.</param>
/// <param name="HomeGoes">The Application's whole namespace is being deleted.</param>
internal sealed record DeletionAccount(IKubernetesClient Writer, NamespacedName? Account, bool IsGone, bool HomeGoes)
{
    /// <summary>Why no hooks run; null: they do. Created by the operator, one could do what its Application may not.</summary>
    public string? WithoutHooks =>
        Account is null ? null
        : IsGone ? $"ServiceAccount {Account} is gone"
        : HomeGoes ? $"namespace {Account.Value.Namespace} is being deleted, and ServiceAccount {Account} with it"
        : null;
}

/// <summary>
/// Deletes are made as the Application's account. With its namespace the account and its rights go too, in no order; what is
/// left to delete then carries our marks and the recorded uid, and is deleted as the operator. An account that is gone while its
/// namespace stays was deleted by somebody: nothing is done in its place.
/// </summary>
internal sealed class DeletionAccounts
{

    private readonly IKubernetesClient _client;
    private readonly Accounts _accounts;

    public DeletionAccounts(IKubernetesClient client, Accounts accounts)
    {
        _client = client;
        _accounts = accounts;
    }

    public async Task<DeletionAccount> FindAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var account = _accounts.Of(context.Application);

        // In this order: an account that went with its namespace is only gone once that is being deleted.
        var exists = account is not { } name || await _accounts.ExistsAsync(name, cancellationToken);
        var homeGoes = !await IsThereAsync(context.Key.Namespace, cancellationToken);
        return new(
            account is { } known && exists && !homeGoes ? _client.As(Impersonation.ServiceAccount(known.Namespace, known.Name)) : _client,
            account, !exists && !homeGoes, homeGoes);
    }

    /// <summary>Whether a namespace takes new objects.</summary>
    public async Task<bool> IsThereAsync(string @namespace, CancellationToken cancellationToken) =>
        await _client.GetAsync(BuiltInKinds.Namespace, string.Empty, @namespace, cancellationToken) is { IsTerminating: false };
}

using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Status;

namespace GitOps.Operator.Reconcile;

/// <summary>
/// The service accounts as which Applications write. The API server lets us act as one that does not exist, with whatever rights
/// role bindings still give to its name: whoever deleted it meant that to end, so it is looked up before anything is written.
/// </summary>
internal sealed class Accounts
{
    public const string Gone = "AccountGone";
    private static readonly ApiResource Resource = ApiResource.Of("v1", "ServiceAccount", "serviceaccounts", namespaced: true);

    private readonly IKubernetesClient _client;
    private readonly TrustPolicy _policy;
    private readonly ObjectFollower _watches;
    private readonly OperatorEvents _events;

    /// <param name="client">Looks accounts up, as the operator itself.</param>
    /// <param name="policy">Who may do without one.</param>
    /// <param name="watches">Tells when one that is waited for comes back.</param>
    /// <param name="events">Takes what happened.</param>
    public Accounts(IKubernetesClient client, TrustPolicy policy, ObjectFollower watches, OperatorEvents events)
    {
        _client = client;
        _policy = policy;
        _watches = watches;
        _events = events;
    }

    /// <summary>The key of an account among managed objects.</summary>
    public static ObjectKey KeyOf(NamespacedName account) => new(string.Empty, Resource.Kind, account.Namespace, account.Name);

    /// <summary>Whose rights an Application has; null: the operator's own. Also of a spec that is not valid.</summary>
    public NamespacedName? Of(ApplicationResource application)
    {
        var home = application.Metadata.Namespace;
        var name = application.Spec.ServiceAccountName;
        if (string.IsNullOrEmpty(name) && !_policy.Trusts(home))
        {
            name = _policy.DefaultServiceAccount;
        }

        return string.IsNullOrEmpty(name) ? null : new(home, name);
    }

    public async Task<bool> ExistsAsync(NamespacedName account, CancellationToken cancellationToken) =>
        await _client.GetAsync(Resource, account.Namespace, account.Name, cancellationToken) is not null;

    /// <summary>Before a pass writes: null, or that there is nobody to write as. The account is waited for.</summary>
    public async Task<StepResult?> CheckAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        if (Of(context.Application) is not { } account)
        {
            return null;
        }

        if (await ExistsAsync(account, cancellationToken))
        {
            _watches.Follow(context.Key, []);
            return null;
        }

        _watches.Follow(context.Key, [(Resource, KeyOf(account))]);
        var message = $"ServiceAccount {account} does not exist: nothing is written until it does, or spec.serviceAccountName names another";
        if (context.Runtime.Status.Condition(Conditions.Ready)?.Reason != Gone)
        {
            _events.Warning(context.Application, Gone, "Sync", message);
        }

        return StepResult.Stall(Gone, message);
    }

    /// <summary>Nothing is waited for any more.</summary>
    public void Forget(NamespacedName application) => _watches.Follow(application, []);
}

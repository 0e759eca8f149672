using System.Text.Json.Nodes;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Plugins;
using GitOps.Sandbox.Policies;
using GitOps.Sandbox.Webhooks;

namespace GitOps.Sandbox.Registry;

/// <summary>
/// Who may change or refuse a write, in the server's order: its own plugins, policies, webhooks, quotas last. What changes comes before the
/// object is completed and validated, what only refuses comes after. No lock is held meanwhile, and with no webhook that could
/// be asked nothing is awaited.
/// </summary>
internal sealed class AdmissionChain
{
    private const string ConfigurationGroup = "admissionregistration.k8s.io";

    private readonly MutatingPolicies _mutatingPolicies;
    private readonly ValidatingPolicies _validatingPolicies;
    private readonly MutatingWebhooks _mutating;
    private readonly ValidatingWebhooks _validating;

    public AdmissionChain(Cluster cluster)
    {
        var client = new WebhookClient(cluster);
        (_mutatingPolicies, _validatingPolicies) = (new(cluster), new(cluster));
        (_mutating, _validating) = (new(cluster, client), new(cluster, client));
    }

    /// <summary>Lets everybody change the object.</summary>
    /// <returns>The object, changed; null for a deletion.</returns>
    /// <exception cref="ApiError">The request is refused.</exception>
    public ValueTask<JsonObject?> MutateAsync(AdmissionRequest request)
    {
        AdmissionPlugins.Admit(request);
        return IsExempt(request) || (_mutatingPolicies.IsEmpty && _mutating.IsEmpty) ? new(request.Object) : AskAsync(request);
    }

    /// <summary>Lets everybody refuse what is to be stored.</summary>
    /// <exception cref="ApiError">The request is refused.</exception>
    public ValueTask ValidateAsync(AdmissionRequest request)
    {
        AdmissionPlugins.Validate(request);
        if (!IsExempt(request))
        {
            if (!_validatingPolicies.IsEmpty)
            {
                _validatingPolicies.Validate(request);
            }

            if (!_validating.IsEmpty)
            {
                return AskAllAsync(request);
            }
        }

        ResourceQuotas.Charge(request);
        return default;
    }

    /// <summary>Nobody is asked about the configuration of who is asked: else it could not be repaired.</summary>
    private static bool IsExempt(AdmissionRequest request) => request.Kind.Group == ConfigurationGroup;

    private async ValueTask AskAllAsync(AdmissionRequest request)
    {
        await _validating.ValidateAsync(request);
        ResourceQuotas.Charge(request);
    }

    private async ValueTask<JsonObject?> AskAsync(AdmissionRequest request)
    {
        var (policies, webhooks) = (new Reinvocation(), new Reinvocation());
        _mutatingPolicies.Mutate(request, policies);
        await _mutating.MutateAsync(request, webhooks);
        if (policies.IsWanted || webhooks.IsWanted)
        {
            policies.Begin();
            webhooks.Begin();
            AdmissionPlugins.Admit(request);
            _mutatingPolicies.Mutate(request, policies);
            await _mutating.MutateAsync(request, webhooks);
        }

        return request.Object;
    }
}

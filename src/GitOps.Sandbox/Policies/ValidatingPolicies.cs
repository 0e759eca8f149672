using System.Text.Json.Nodes;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Webhooks;

namespace GitOps.Sandbox.Policies;

/// <summary>Applies ValidatingAdmissionPolicies where bindings say so: refuses, or warns.</summary>
internal sealed class ValidatingPolicies
{
    private readonly ConfigurationCache<ValidatingPolicy> _policies;
    private readonly ConfigurationCache<PolicyBinding> _bindings;

    public ValidatingPolicies(Cluster cluster)
    {
        _policies = new(cluster, "validatingadmissionpolicies", ValidatingPolicy.ReadAll);
        _bindings = new(cluster, "validatingadmissionpolicybindings", PolicyBinding.ReadAll);
    }

    public bool IsEmpty => _bindings.Current.IsEmpty || _policies.Current.IsEmpty;

    /// <exception cref="ApiError">A policy forbids it.</exception>
    public void Validate(AdmissionRequest request)
    {
        ApiError? first = null;
        foreach (var policy in _policies.Current)
        {
            if (policy.Policy.Match.Find(request) is not { } resource)
            {
                continue;
            }

            foreach (var binding in _bindings.Current)
            {
                if (binding.PolicyName == policy.Policy.Name && binding.Matches(request))
                {
                    Apply(request, new(policy, binding, resource, null), ref first);
                }
            }
        }

        if (first is not null)
        {
            throw first;
        }
    }

    private static void Apply(AdmissionRequest request, PolicyInvocation<ValidatingPolicy> bound, ref ApiError? first)
    {
        var (policy, binding) = (bound.Policy, bound.Binding);
        IReadOnlyList<JsonObject?> found;
        try
        {
            found = PolicyParams.Find(request, policy.Policy.ParamKind, binding.ParamRef);
        }
        catch (PolicyConfigurationException exception)
        {
            if (!policy.Policy.IgnoresFailure)
            {
                first ??= Refusal(request, policy, exception.IsOfPolicy ? null : binding, new(exception.Message, ValidatingPolicy.Invalid));
            }

            return;
        }

        foreach (var violation in found.SelectMany(param => policy.Check(request, bound.Resource, param)))
        {
            foreach (var action in binding.Actions)
            {
                switch (action)
                {
                    case "Deny":
                        first ??= Refusal(request, policy, binding, violation);
                        break;
                    case "Warn":
                        request.Context.Warn(
                            $"Validation failed for ValidatingAdmissionPolicy '{policy.Policy.Name}' with binding '{binding.Name}': {violation.Message}");
                        break;
                    default:
                        break;
                }
            }
        }
    }

    private static ApiError Refusal(AdmissionRequest request, ValidatingPolicy policy, PolicyBinding? binding, Violation violation)
    {
        var bound = binding is null ? string.Empty : $" with binding '{binding.Name}'";
        var message = $"ValidatingAdmissionPolicy '{policy.Policy.Name}'{bound} denied request: {violation.Message}";
        return PolicyRefusal.Of(request, message, message, violation.Reason, violation.Reason switch
        {
            "Forbidden" => 403,
            "Unauthorized" => 401,
            "RequestEntityTooLarge" => 413,
            _ => 422,
        });
    }
}

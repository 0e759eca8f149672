using System.Text.Json.Nodes;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Schema;
using GitOps.Sandbox.Webhooks;

namespace GitOps.Sandbox.Policies;

/// <summary>Applies MutatingAdmissionPolicies where bindings say so, one after the other; nobody owns what they set.</summary>
internal sealed class MutatingPolicies
{
    private readonly Cluster _cluster;
    private readonly ConfigurationCache<MutatingPolicy> _policies;
    private readonly ConfigurationCache<PolicyBinding> _bindings;

    public MutatingPolicies(Cluster cluster)
    {
        _cluster = cluster;
        _policies = new(cluster, "mutatingadmissionpolicies", MutatingPolicy.ReadAll);
        _bindings = new(cluster, "mutatingadmissionpolicybindings", PolicyBinding.ReadAll);
    }

    public bool IsEmpty => _bindings.Current.IsEmpty || _policies.Current.IsEmpty;

    /// <exception cref="ApiError">A policy cannot be applied and may not be passed over.</exception>
    public void Mutate(AdmissionRequest request, Reinvocation reinvocation)
    {
        if (request.Object is null)
        {
            return;
        }

        var failures = new List<Violation>();
        var invocations = Invocations(request, failures).ToList();
        reinvocation.Resume(request.Object);
        foreach (var invocation in invocations)
        {
            Mutate(request, invocation, reinvocation, failures);
        }

        reinvocation.Pause(request.Object);
        if (failures.Count > 0)
        {
            throw Refusal(request, failures);
        }
    }

    private static ApiError Refusal(AdmissionRequest request, List<Violation> failures)
    {
        var refusal = PolicyRefusal.Of(request, null, failures[0].Message, failures[0].Reason, 403);
        var causes = (JsonArray)refusal.Details!["causes"]!;
        foreach (var failure in failures.Skip(1))
        {
            causes.Add((JsonNode)new JsonObject { ["message"] = failure.Message });
        }

        return refusal;
    }

    private static void Fail(PolicyInvocation<MutatingPolicy> invocation, string why, List<Violation> failures)
    {
        var policy = invocation.Policy.Policy;
        if (!policy.IgnoresFailure)
        {
            failures.Add(new($"policy '{policy.Name}' with binding '{invocation.Binding.Name}' denied request: {why}", ValidatingPolicy.Invalid));
        }
    }

    private IEnumerable<PolicyInvocation<MutatingPolicy>> Invocations(AdmissionRequest request, List<Violation> failures)
    {
        foreach (var policy in _policies.Current)
        {
            if (policy.Policy.Match.Find(request) is not { } resource)
            {
                continue;
            }

            foreach (var binding in _bindings.Current.Where(binding => binding.PolicyName == policy.Policy.Name && binding.Matches(request)))
            {
                foreach (var param in Params(request, new(policy, binding, resource, null), failures))
                {
                    yield return new(policy, binding, resource, param);
                }
            }
        }
    }

    private static IReadOnlyList<JsonObject?> Params(AdmissionRequest request, PolicyInvocation<MutatingPolicy> bound, List<Violation> failures)
    {
        try
        {
            return PolicyParams.Find(request, bound.Policy.Policy.ParamKind, bound.Binding.ParamRef);
        }
        catch (PolicyConfigurationException exception)
        {
            var policy = bound.Policy.Policy;
            if (!policy.IgnoresFailure)
            {
                var name = exception.IsOfPolicy ? $"\"{policy.Name}\"" : $"'{policy.Name}' with binding '{bound.Binding.Name}'";
                failures.Add(new($"policy {name} denied request: {exception.Message}", "Forbidden"));
            }

            return [];
        }
    }

    private void Mutate(AdmissionRequest request, PolicyInvocation<MutatingPolicy> invocation, Reinvocation reinvocation, List<Violation> failures)
    {
        var policy = invocation.Policy.Policy;
        var id = invocation.Id(policy.Name);
        if (!policy.Conditions.AreMet(request, invocation.Resource, invocation.Param, out var error))
        {
            if (error is not null)
            {
                Fail(invocation, error, failures);
            }

            return;
        }

        if (!reinvocation.Includes(id))
        {
            return;
        }

        var before = request.Object!;
        foreach (var mutation in invocation.Policy.Mutations)
        {
            try
            {
                Apply(request, invocation, mutation);
            }
            catch (PolicyConfigurationException exception)
            {
                Fail(invocation, exception.Message, failures);
            }
        }

        if (!JsonNode.DeepEquals(before, request.Object))
        {
            reinvocation.OnChanged();
        }

        if (invocation.Policy.IsReinvocable)
        {
            reinvocation.OnAsked(id);
        }
    }

    private void Apply(AdmissionRequest request, PolicyInvocation<MutatingPolicy> invocation, PolicyMutation mutation)
    {
        var resource = invocation.Resource;
        var context = PolicyContext.Of(request, resource, invocation.Param, invocation.Policy.Policy.Variables);
        var kind = request.Kind == request.Resource.GroupVersionKind ? resource.GroupVersionKind : request.Kind;
        var shown = ObjectVersions.Convert(request, request.Object, resource)!;
        var changed = mutation.Apply(context, shown, _cluster.Schemas.Find(kind) ?? TypeSchema.Untyped);
        if (ReferenceEquals(changed, shown))
        {
            return;
        }

        if (resource != request.Resource && resource.Custom is null)
        {
            throw new PolicyConfigurationException(
                $"converting ({resource.Version}.{resource.Kind}) to ({request.Resource.Version}.{request.Resource.Kind}): unknown conversion");
        }

        var next = ObjectVersions.ConvertBack(request, changed, resource);
        _cluster.Writer.Reread(request, next);
        request.Object = next;
    }
}

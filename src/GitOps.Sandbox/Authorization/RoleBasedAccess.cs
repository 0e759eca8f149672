using System.Collections.Immutable;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Authorization;

/// <summary>Everything that somebody may do in a namespace.</summary>
/// <param name="Rules">Rule by rule, those of the whole cluster first.</param>
/// <param name="Errors">Roles that bindings name and that are not there.</param>
internal sealed record HeldRules(ImmutableArray<PolicyRule> Rules, ImmutableArray<string> Errors);

/// <summary>Evaluates roles and their bindings, as they are stored at the moment of the request.</summary>
internal sealed class RoleBasedAccess
{
    private readonly bool _isEnabled;
    private readonly Lazy<RoleIndex> _index;

    public RoleBasedAccess(Cluster cluster)
    {
        (_isEnabled, _index) = (cluster.Options.EnableRbac, new(() => new(cluster.Store)));
        Log = new(this);
    }

    /// <summary>What permissions were needed for.</summary>
    public PermissionLog Log { get; }

    /// <summary>Whether a caller may do what it is about to do; a permission that allows it has been needed.</summary>
    public AccessDecision Use(Caller caller, AccessRequest request)
    {
        var decision = Decide(caller, request);
        if (decision.IsAllowed)
        {
            Log.Allow(caller, request);
        }

        return decision;
    }

    /// <summary>As <see cref="Use"/>, for what a request cannot do without.</summary>
    /// <exception cref="ApiError">403.</exception>
    public void Require(Caller caller, AccessRequest request)
    {
        var decision = Use(caller, request);
        if (!decision.IsAllowed)
        {
            throw Authorizer.Forbidden(caller, request, decision.Reason);
        }
    }

    public AccessDecision Decide(Caller caller, AccessRequest request)
    {
        if (!_isEnabled || caller.IsMaster)
        {
            return new(true, string.Empty);
        }

        List<string>? errors = null;
        foreach (var binding in Bindings(caller, request.Namespace))
        {
            if (_index.Value.Rules(binding.Role) is not { } rules)
            {
                (errors ??= []).Add(Missing(binding.Role));
                continue;
            }

            foreach (var rule in rules)
            {
                if (rule.Allows(request))
                {
                    return new(true, binding.Describe(caller));
                }
            }
        }

        return new(false, errors is null ? string.Empty : $"RBAC: {Aggregate(errors)}");
    }

    /// <summary>Everything that somebody may do in a namespace, or, if it is empty, in the whole cluster.</summary>
    public HeldRules RulesOf(Caller caller, string @namespace)
    {
        if (!_isEnabled)
        {
            return new(RuleCover.FullAuthority, []);
        }

        var (rules, errors) = (ImmutableArray.CreateBuilder<PolicyRule>(), ImmutableArray.CreateBuilder<string>());
        foreach (var binding in Bindings(caller, @namespace).Distinct())
        {
            if (_index.Value.Rules(binding.Role) is { } granted)
            {
                rules.AddRange(granted);
            }
            else
            {
                errors.Add(Missing(binding.Role));
            }
        }

        return new(rules.ToImmutable(), errors.ToImmutable());
    }

    /// <summary>The bindings in all namespaces and of the cluster that name a user itself, not one of its groups.</summary>
    public IReadOnlyList<RoleBinding> BindingsOf(string user) => _index.Value.BindingsOf(new(false, user));

    /// <summary>The rules of a role; null if there is no such role.</summary>
    public ImmutableArray<PolicyRule>? RulesOf(RoleReference role) => _index.Value.Rules(role);

    /// <summary>Several errors as one text, each of them once.</summary>
    public static string Aggregate(IEnumerable<string> errors)
    {
        var all = errors.Distinct(StringComparer.Ordinal).ToList();
        return all.Count == 1 ? all[0] : $"[{string.Join(", ", all)}]";
    }

    private static string Missing(RoleReference role) =>
        $"{new GroupResource(RoleIndex.Group, role.Kind == RoleReference.ClusterRole ? "clusterrole" : "role")} \"{role.Name}\" not found";

    private IEnumerable<RoleBinding> Bindings(Caller caller, string @namespace)
    {
        var inCluster = Bindings(string.Empty, caller);
        return @namespace.Length == 0 ? inCluster : inCluster.Concat(Bindings(@namespace, caller));
    }

    private IEnumerable<RoleBinding> Bindings(string @namespace, Caller caller)
    {
        foreach (var binding in _index.Value.Bindings(@namespace, new(false, caller.Name)))
        {
            yield return binding;
        }

        foreach (var group in caller.Groups)
        {
            foreach (var binding in _index.Value.Bindings(@namespace, new(true, group)))
            {
                yield return binding;
            }
        }
    }
}

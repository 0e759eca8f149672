using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>
/// What an object's own fields say about its health: Argo CD's rules for the kinds it has one for, kstatus' for all others.
/// Never looks at children, at other objects or at the clock.
/// </summary>
internal sealed class HealthRules
{
    /// <summary>Those that the operator brings along.</summary>
    public static readonly HealthRules BuiltIn = new([]);

    private readonly IHealthRuleSource[] _sources;

    /// <param name="custom">Asked before what is built in.</param>
    public HealthRules(IEnumerable<IHealthRuleSource> custom) => _sources = [.. custom, BuiltInRules.Instance];

    /// <returns>Null where the object says nothing about its health: it counts neither as healthy nor as not.</returns>
    public HealthStatus? Assess(KubernetesObject found) => Assess(found, found.Key.GroupKind);

    /// <summary>The same, where the kind is known already.</summary>
    public HealthStatus? Assess(KubernetesObject found, GroupKind kind)
    {
        // A hook whose finalizer is ours is judged by its result, which is read before it is let go.
        if (found.IsTerminating && !found.Finalizers.Any(static name => name is
                Api.Annotations.Prefix + "hook-finalizer" or Api.Annotations.ArgoPrefix + "hook-finalizer"))
        {
            return new(HealthCode.Progressing, "Pending deletion");
        }

        foreach (var source in _sources)
        {
            if (source.Find(kind) is { } rule)
            {
                return rule.Assess(found);
            }
        }

        return GenericHealth.Assess(found);
    }
}

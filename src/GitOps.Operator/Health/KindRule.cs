using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>What the status of one kind means.</summary>
/// <param name="Group">The API group; <c>*.example.org</c> stands for all groups below it.</param>
/// <param name="Kind">The kind; <c>*</c> stands for all of the group.</param>
internal abstract record KindRule(string Group, string Kind)
{
    /// <summary>For the reference: what it goes by, in one line.</summary>
    public abstract string Summary { get; }

    /// <returns>Null: the object says nothing about its health.</returns>
    public abstract HealthStatus? Assess(KubernetesObject found);
}

/// <summary>A kind whose rule is code.</summary>
internal sealed record CodedRule(string Group, string Kind, Func<KubernetesObject, HealthStatus?> Rule, string About) : KindRule(Group, Kind)
{
    public override string Summary => About;

    public override HealthStatus? Assess(KubernetesObject found) => Rule(found);
}

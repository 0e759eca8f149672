using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Health;

/// <summary>
/// Rules for some kinds. Several sources are asked in order and the first that has a rule for a kind decides: what an operator
/// of a platform says of a kind comes before what is built in.
/// </summary>
internal interface IHealthRuleSource
{
    /// <summary>The rule for this kind; null: there is none here.</summary>
    KindRule? Find(GroupKind kind);
}

using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Controllers;

/// <summary>Puts Applications in line to be looked at.</summary>
internal interface IReconcileTrigger
{
    void Trigger(NamespacedName application);

    void TriggerAfter(NamespacedName application, TimeSpan delay);
}

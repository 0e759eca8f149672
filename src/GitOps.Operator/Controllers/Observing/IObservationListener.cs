using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Controllers.Observing;

/// <summary>Who wants to know that something about an Application's objects changed.</summary>
internal interface IObservationListener
{
    /// <summary>An object of this Application is not as it was, or its health changed.</summary>
    void ObjectChanged(NamespacedName application);

    /// <summary>Somebody changed an object, and a write of ours has put it right before anybody looked into it.</summary>
    /// <param name="application">Whose object.</param>
    /// <param name="seen">As it was changed.</param>
    /// <param name="answer">To our write.</param>
    void Overwritten(NamespacedName application, KubernetesObject seen, KubernetesObject answer);
}

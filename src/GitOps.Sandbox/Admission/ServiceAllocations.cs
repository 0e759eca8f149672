using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>What the server hands out to Services.</summary>
internal abstract class ServiceAllocations
{
    /// <summary>A free address, now this Service's.</summary>
    public abstract string NextAddress(KubernetesObject service);

    /// <summary>A free node port, now this Service's.</summary>
    public abstract int NextPort(KubernetesObject service);

    /// <summary>Takes an address or a port that was asked for.</summary>
    /// <returns>False if another Service has it.</returns>
    public abstract bool TryTake(KubernetesObject service, string what);
}

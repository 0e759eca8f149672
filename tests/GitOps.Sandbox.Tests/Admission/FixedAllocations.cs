using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;

namespace GitOps.Sandbox.Tests.Admission;

/// <summary>Gives every Service the same address and port.</summary>
internal sealed class FixedAllocations : ServiceAllocations
{
    public override string NextAddress(KubernetesObject service) => "10.96.0.9";

    public override int NextPort(KubernetesObject service) => 31_000;

    public override bool TryTake(KubernetesObject service, string what) => true;
}

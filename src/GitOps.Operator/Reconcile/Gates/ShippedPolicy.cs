using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Plain;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Gates;

/// <summary>The admission policy that comes with the program, as objects.</summary>
internal static class ShippedPolicy
{
    /// <summary>The policy, then its binding.</summary>
    public static async Task<IReadOnlyList<KubernetesObject>> ReadAsync(CancellationToken cancellationToken)
    {
        var tree = MemorySourceTree.Of(new Dictionary<string, string>(StringComparer.Ordinal) { ["policy.yaml"] = EmbeddedPolicies.SyncApproval() });
        var rendered = await PlainRenderer.RenderAsync(tree, new PlainOptions(string.Empty), cancellationToken);
        return [.. rendered.Objects.Select(static item => item.Object).OrderBy(static item => item.Kind, StringComparer.Ordinal)];
    }
}

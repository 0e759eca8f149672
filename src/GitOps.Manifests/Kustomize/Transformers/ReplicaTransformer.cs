using System.Globalization;
using GitOps.Manifests.Kustomize.Model;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Transformers;

/// <summary>Sets the number of replicas of the workloads of a name.</summary>
internal sealed class ReplicaTransformer(Replica replica, List<FieldSpec> fields) : ITransformer
{
    public void Transform(ResourceSet resources, BuildState state)
    {
        var isFound = false;
        var count = replica.Count.ToString(CultureInfo.InvariantCulture);
        foreach (var field in fields)
        {
            foreach (var resource in resources.WithAnyId(id => id.Name == replica.Name && id.Gvk.IsSelectedBy(field.Gvk)))
            {
                isFound = true;
                FieldVisitor.Visit(
                    resource, field, node => Scalars.SetText(node, count, ScalarTag.Integer), Node.Scalar(string.Empty, ScalarTag.Integer));
            }
        }

        if (!isFound)
        {
            throw new KustomizeException(
                $"replicas: there is no {string.Join(", ", fields.Select(static field => field.Gvk.Kind))} named '{replica.Name}': correct the name, without what this kustomization puts before or after it");
        }
    }
}

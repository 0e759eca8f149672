using GitOps.Manifests.Kustomize.Model;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Transformers;

/// <summary>Sets labels or annotations.</summary>
internal sealed class MetadataTransformer(SortedDictionary<string, string> entries, List<FieldSpec> fields) : ITransformer
{
    public void Transform(ResourceSet resources, BuildState state)
    {
        var map = Node.Map();
        foreach (var resource in resources.All)
        {
            foreach (var (name, text) in entries)
            {
                // One value in all the fields of an object, as in kustomize: what changes it later in one place, changes it in all.
                var value = Node.String(text);
                foreach (var field in fields)
                {
                    FieldVisitor.Visit(resource.Node, field, node => Scalars.SetEntry(node, name, value), map);
                }
            }
        }
    }
}

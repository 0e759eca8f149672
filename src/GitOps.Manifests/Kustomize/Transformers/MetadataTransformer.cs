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
        var quoted = entries.Where(static entry => Scalars.NeedsQuotes(entry.Value)).Select(static entry => entry.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var resource in resources.All)
        {
            foreach (var (name, text) in entries)
            {
                // One value in all the fields of an object, as in kustomize: what changes it later in one place, changes it in all.
                var value = Node.Scalar(text, ScalarTag.String, isQuoted: quoted.Contains(name));
                Action<Node> set = node => Scalars.SetEntry(node, name, value);
                foreach (var field in fields)
                {
                    FieldVisitor.Visit(resource, field, set, map);
                }
            }
        }
    }
}

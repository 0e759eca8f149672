using GitOps.Manifests.Kustomize.Model;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Transformers;

/// <summary>Puts a prefix or a suffix to names.</summary>
internal sealed class AffixTransformer(string affix, bool isPrefix, List<FieldSpec> fields) : ITransformer
{
    private const string NamePath = "metadata/name";

    public void Transform(ResourceSet resources, BuildState state)
    {
        foreach (var resource in resources.All)
        {
            var id = resource.OriginalId;
            if (!IsNamedByOthers(id.Gvk))
            {
                Transform(resource, id);
            }
        }
    }

    /// <summary>Kinds whose names mean something beyond the kustomization.</summary>
    private static bool IsNamedByOthers(Gvk gvk) =>
        gvk.Kind is "CustomResourceDefinition" or "Namespace" || gvk is { Kind: "APIService", Group: "apiregistration.k8s.io" };

    private void Transform(Resource resource, ResourceId id)
    {
        foreach (var field in fields.Where(field => id.Gvk.IsSelectedBy(field.Gvk)))
        {
            if (field.Path == NamePath && affix.Length > 0)
            {
                (isPrefix ? resource.Prefixes : resource.Suffixes).Add(affix);
                resource.StorePreviousId();
            }

            FieldVisitor.Visit(
                resource, field, node => Scalars.SetText(node, isPrefix ? affix + node.Text : node.Text + affix, ScalarTag.Plain),
                Node.Scalar(string.Empty, ScalarTag.String));
        }
    }
}

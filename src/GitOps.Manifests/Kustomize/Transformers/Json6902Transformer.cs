using GitOps.Manifests.Kustomize.Merging;
using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Transformers;

/// <summary><c>patchesJson6902</c>.</summary>
internal sealed class Json6902Transformer(JsonPatch patch, Selector target) : ITransformer
{
    public bool EditsOnly => true;

    public void Transform(ResourceSet resources, BuildState state)
    {
        foreach (var resource in resources.Select(target).ToList())
        {
            resources.Edit(resource, () => JsonPatchText.Apply(patch, resource));
        }
    }
}

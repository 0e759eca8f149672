using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Transformers;

/// <summary><c>patchesStrategicMerge</c>: each patch is for the object that it names.</summary>
internal sealed class StrategicMergeTransformer(List<Node> patches) : ITransformer
{
    public bool EditsOnly => true;

    public void Transform(ResourceSet resources, BuildState state)
    {
        foreach (var patch in patches)
        {
            var named = new Resource(patch.Clone());
            MergePatch.ApplyToAll(resources, [resources.Find(named.CurrentId)], named, state);
        }
    }
}

using GitOps.Manifests.Kustomize.Generators;
using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Transformers;

/// <summary>Puts a suffix made of the content to the names of generated objects.</summary>
internal sealed class HashTransformer : ITransformer
{
    public void Transform(ResourceSet resources, BuildState state)
    {
        foreach (var resource in resources.All.Where(static resource => resource.NeedsHash || resource.AsksForHash))
        {
            var hash = ContentHash.Of(resource.Node);
            resource.StorePreviousId();
            resource.Name = $"{resource.Name}-{hash}";
        }
    }
}

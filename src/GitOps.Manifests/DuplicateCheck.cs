using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;

namespace GitOps.Manifests;

/// <summary>
/// Finds objects that are written twice. Renderers compare what is written; whoever knows the destination namespace and
/// which kinds have one calls it again once namespaces are defaulted.
/// </summary>
public static class DuplicateCheck
{
    /// <summary>One error per object whose identity an earlier one has, naming both places. Objects without a name have none.</summary>
    public static ImmutableArray<ManifestError> Find(IEnumerable<RenderedObject> objects)
    {
        var first = new Dictionary<ObjectKey, SourceLocation>();
        var errors = ImmutableArray.CreateBuilder<ManifestError>();
        foreach (var (item, location) in objects)
        {
            var key = item.Key;
            if (key.Name.Length > 0 && !first.TryAdd(key, location))
            {
                errors.Add(new(location, $"{key} is defined twice, first at {first[key]}: remove one of them"));
            }
        }

        return errors.DrainToImmutable();
    }
}

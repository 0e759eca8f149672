namespace GitOps.Manifests.Kustomize.Resources;

/// <summary>
/// The objects of a set by what they are and were called. It holds until one of them is renamed, and spares a walk over all objects
/// for each object that is added, generated or patched.
/// </summary>
internal sealed class IdentityIndex
{
    private readonly HashSet<(Gvk Gvk, string Name, string Namespace)> _current = [];
    private readonly Dictionary<string, List<Resource>> _byName = new(StringComparer.Ordinal);

    public IdentityIndex(IEnumerable<Resource> resources)
    {
        foreach (var resource in resources)
        {
            Add(resource);
        }
    }

    /// <summary>The first that is called as another before it; null: there is none.</summary>
    public Resource? Duplicate { get; private set; }

    /// <summary>Adds an object, in the order of the set.</summary>
    public void Add(Resource resource)
    {
        if (!_current.Add(resource.CurrentId.Key))
        {
            Duplicate ??= resource;
        }

        foreach (var id in resource.AllIds)
        {
            if (!_byName.TryGetValue(id.Name, out var named))
            {
                _byName[id.Name] = [resource];
            }
            else if (!ReferenceEquals(named[^1], resource))
            {
                named.Add(resource);
            }
        }
    }

    /// <summary>Whether an object is called so now.</summary>
    public bool Contains(ResourceId id) => _current.Contains(id.Key);

    /// <summary>Those that ever had a name, in the order of the set.</summary>
    public IReadOnlyList<Resource> Named(string name) => _byName.TryGetValue(name, out var named) ? named : [];
}

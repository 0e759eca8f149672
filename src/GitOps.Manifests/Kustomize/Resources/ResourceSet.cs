namespace GitOps.Manifests.Kustomize.Resources;

/// <summary>
/// All objects of a build so far, in the order in which they came. What they are called is kept at hand until a transformer may have
/// changed it; a transformer that works on single objects says which ones by <see cref="Edit"/>, and so keeps it.
/// </summary>
internal sealed class ResourceSet
{
    private readonly List<Resource> _all = [];
    private IdentityIndex? _index;

    public IReadOnlyList<Resource> All => _all;

    /// <exception cref="KustomizeException">It cannot be done.</exception>
    public void Apply(ITransformer transformer, BuildState state)
    {
        BuildWork.Spend(_all.Count + 10);
        transformer.Transform(this, state);
        if (!transformer.EditsOnly)
        {
            _index = null;
        }
    }

    /// <summary>Changes one object.</summary>
    public void Edit(Resource resource, Action change)
    {
        var before = resource.CurrentId.Key;
        change();
        if (resource.CurrentId.Key != before)
        {
            _index = null;
        }
    }

    /// <exception cref="KustomizeException">There is an object of that identity already.</exception>
    public void Append(Resource resource)
    {
        var id = resource.CurrentId;
        if (Index().Contains(id))
        {
            throw Registered(id);
        }

        Index().Add(resource);
        _all.Add(resource);
    }

    /// <exception cref="KustomizeException">There is an object of one of these identities already.</exception>
    public void AppendAll(IEnumerable<Resource> resources)
    {
        foreach (var resource in resources)
        {
            Append(resource);
        }
    }

    /// <summary>Adds a generated object, or merges it with or puts it in the place of the one of its name.</summary>
    /// <exception cref="KustomizeException">The behavior does not fit what is there.</exception>
    public void Absorb(Resource resource)
    {
        var id = resource.CurrentId;
        var matches = Named(id.Name).Where(other => other.AllIds.Any(id.IsSame)).ToList();
        switch (matches.Count, resource.Behavior)
        {
            case (0, GeneratorBehavior.Merge or GeneratorBehavior.Replace):
                throw new KustomizeException($"there is no {id} to merge with or to replace: correct its name and namespace, or remove behavior");
            case (0, _):
                Append(resource);
                break;
            case (1, GeneratorBehavior.Replace):
                resource.TakePlaceOf(matches[0]);
                Put(resource, matches[0]);
                break;
            case (1, GeneratorBehavior.Merge):
                var origin = matches[0].Origin;
                resource.TakePlaceOf(matches[0]);
                resource.MergeDataOf(matches[0], "data");
                resource.MergeDataOf(matches[0], "binaryData");
                resource.Origin = origin ?? resource.Origin;
                Put(resource, matches[0]);
                break;
            case (1, _):
                throw new KustomizeException(
                    $"{id} exists: set behavior to merge or replace, or give it another name");
            default:
                throw new KustomizeException($"found multiple objects that could accept merge of {id}");
        }
    }

    /// <summary>Those of which any identity, present or past, matches.</summary>
    public IEnumerable<Resource> WithAnyId(Func<ResourceId, bool> matches) => _all.Where(resource => resource.AllIds.Any(matches));

    /// <summary>The one object that a patch names.</summary>
    /// <exception cref="KustomizeException">There is none, or there are several.</exception>
    public Resource Find(ResourceId id)
    {
        var found = Named(id.Name).Where(resource => resource.AllIds.Any(id.IsSame)).ToList();
        return found.Count == 1
            ? found[0]
            : throw new KustomizeException(
                found.Count == 0
                    ? $"there is no {id} to patch: correct its kind, name and namespace, as they are before this kustomization changes them"
                    : $"{found.Count} objects are {id}: give the patch a target that only one of them is");
    }

    public IEnumerable<Resource> Select(Selector selector)
    {
        BuildWork.Spend((selector.Name is null ? _all.Count : 1) * 4L);
        return (selector.Name is { } name ? Named(name) : _all).Where(selector.Matches);
    }

    public void DropDeleted()
    {
        if (_all.RemoveAll(static resource => resource.IsDeleted || resource.Node.IsEmpty) > 0)
        {
            _index = null;
        }
    }

    public void Remove(Predicate<Resource> matches)
    {
        _all.RemoveAll(matches);
        _index = null;
    }

    public void SortBy<T>(Func<Resource, T> key, Comparison<T> comparison)
    {
        var sorted = _all.OrderBy(key, Comparer<T>.Create(comparison)).ToList();
        _all.Clear();
        _all.AddRange(sorted);
        _index = null;
    }

    /// <exception cref="KustomizeException">Two objects are called the same.</exception>
    public void CheckIdentities()
    {
        if (Index().Duplicate is { } duplicate)
        {
            throw Registered(duplicate.CurrentId);
        }
    }

    /// <summary>Those that ever had a name.</summary>
    public IReadOnlyList<Resource> Named(string name) => Index().Named(name);

    private static KustomizeException Registered(ResourceId id) => new($"{id} is there already: remove one of the two, or make it a patch");

    private IdentityIndex Index()
    {
        if (_index is null)
        {
            BuildWork.Spend(_all.Count * 4L);
            _index = new(_all);
        }

        return _index;
    }

    private void Put(Resource resource, Resource old)
    {
        _all[_all.IndexOf(old)] = resource;
        _index = null;
    }
}

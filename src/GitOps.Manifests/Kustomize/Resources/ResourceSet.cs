namespace GitOps.Manifests.Kustomize.Resources;

/// <summary>All objects of a build so far, in the order in which they came.</summary>
internal sealed class ResourceSet
{
    private readonly List<Resource> _all = [];

    public IReadOnlyList<Resource> All => _all;

    /// <exception cref="KustomizeException">There is an object of that identity already.</exception>
    public void Append(Resource resource)
    {
        var id = resource.CurrentId;
        if (_all.Exists(other => other.CurrentId.IsSame(id)))
        {
            throw new KustomizeException($"may not add resource with an already registered id: {id}");
        }

        _all.Add(resource);
    }

    public void AppendAll(IEnumerable<Resource> resources)
    {
        var known = _all.Select(Key).ToHashSet();
        foreach (var resource in resources)
        {
            if (!known.Add(Key(resource)))
            {
                throw new KustomizeException($"may not add resource with an already registered id: {resource.CurrentId}");
            }

            _all.Add(resource);
        }

        static (Gvk Gvk, string Name, string Namespace) Key(Resource resource)
        {
            var id = resource.CurrentId;
            return (id.Gvk, id.Name, id.EffectiveNamespace);
        }
    }

    /// <summary>Adds a generated object, or merges it with or puts it in the place of the one of its name.</summary>
    /// <exception cref="KustomizeException">The behavior does not fit what is there.</exception>
    public void Absorb(Resource resource)
    {
        var id = resource.CurrentId;
        var matches = _all.Where(other => other.AllIds.Any(id.IsSame)).ToList();
        switch (matches.Count, resource.Behavior)
        {
            case (0, GeneratorBehavior.Merge or GeneratorBehavior.Replace):
                throw new KustomizeException($"id {id} does not exist; cannot merge or replace");
            case (0, _):
                Append(resource);
                break;
            case (1, GeneratorBehavior.Replace):
                resource.TakePlaceOf(matches[0]);
                _all[_all.IndexOf(matches[0])] = resource;
                break;
            case (1, GeneratorBehavior.Merge):
                var origin = matches[0].Origin;
                resource.TakePlaceOf(matches[0]);
                resource.MergeDataOf(matches[0], "data");
                resource.MergeDataOf(matches[0], "binaryData");
                resource.Origin = origin ?? resource.Origin;
                _all[_all.IndexOf(matches[0])] = resource;
                break;
            case (1, _):
                throw new KustomizeException(
                    $"id {id} exists; can not use behavior: '{resource.Behavior.ToString().ToLowerInvariant()}', behavior must be merge or replace");
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
        var found = WithAnyId(id.IsSame).ToList();
        return found.Count == 1
            ? found[0]
            : throw new KustomizeException(
                $"{(found.Count == 0 ? "no" : "multiple")} matches for Id {id}; failed to find unique target for patch {id}");
    }

    public IEnumerable<Resource> Select(Selector selector) => _all.Where(selector.Matches);

    public void DropDeleted() => _all.RemoveAll(static resource => resource.IsDeleted || resource.Node.IsEmpty);

    public void Remove(Predicate<Resource> matches) => _all.RemoveAll(matches);

    public void Sort(Comparison<Resource> comparison)
    {
        var sorted = _all.Order(Comparer<Resource>.Create(comparison)).ToList();
        _all.Clear();
        _all.AddRange(sorted);
    }

    public void Replace(IReadOnlyList<Resource> resources)
    {
        _all.Clear();
        AppendAll(resources);
    }
}

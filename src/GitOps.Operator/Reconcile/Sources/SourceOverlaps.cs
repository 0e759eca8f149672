using GitOps.Kubernetes.Objects;
using GitOps.Manifests;

namespace GitOps.Operator.Reconcile.Sources;

/// <summary>Objects that several sources of an Application describe: the last of them counts, as with Argo CD. One source must not describe one twice.</summary>
internal sealed class SourceOverlaps
{
    private readonly Dictionary<SourceLocation, int> _sources = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<ObjectKey, (int Source, SourceLocation Location)> _last = [];

    /// <param name="sources">What each source was rendered to.</param>
    public SourceOverlaps(IReadOnlyList<IReadOnlyCollection<RenderedObject>> sources)
    {
        for (var i = 0; i < sources.Count; i++)
        {
            foreach (var item in sources[i])
            {
                _sources[item.Location] = i;
            }
        }
    }

    /// <summary>Takes in objects with their places as they were rendered, namespaces filled in.</summary>
    public void Add(IEnumerable<RenderedObject> objects)
    {
        foreach (var item in objects)
        {
            var source = SourceOf(item);
            if (!_last.TryGetValue(item.Object.Key, out var known) || known.Source < source)
            {
                _last[item.Object.Key] = (source, item.Location);
            }
        }
    }

    /// <summary>Whether a later source describes the object, too; says so.</summary>
    public bool IsReplaced(RenderedObject item, ICollection<string> warnings)
    {
        var (source, location) = _last[item.Object.Key];
        if (source <= SourceOf(item))
        {
            return false;
        }

        warnings.Add($"RepeatedResource: {item.Object.Key} ({item.Location}) gives way to {location}: where several sources have an object, the last one counts");
        return true;
    }

    /// <summary>What the spec itself brings is in none, and gives way to all.</summary>
    private int SourceOf(RenderedObject item) => _sources.GetValueOrDefault(item.Location, -1);
}
